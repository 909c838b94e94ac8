//! How a worker gets an id, and tells what it has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use alluxio_common::{BlockId, WorkerAddress, WorkerId};
use rand::Rng;
use tracing::info;

use super::block_master::{BlockMaster, Registry, SlotState};
use super::error::BlockMasterError;
use super::locations::{Place, Slot};
use super::worker::{TierBytes, Worker, WorkerBuild, WorkerState};
use crate::meta::ComparedSettings;

/// Registrations that the map can tell apart; those of lost workers are reused once swept.
const SLOT_LIMIT: usize = u16::MAX as usize;

/// What a worker says of itself when it registers.
#[derive(Debug, Clone, Default)]
pub struct Registration {
    /// All room, by tier.
    pub capacity: TierBytes,
    /// What is taken of it, by tier.
    pub used: TierBytes,
    /// Directories that it has lost, by tier.
    pub lost_storage: BTreeMap<String, Vec<String>>,
    /// What it runs on.
    pub build: WorkerBuild,
    /// What of its configuration is compared with that of others.
    pub settings: ComparedSettings,
}

/// Blocks in one tier and medium.
#[derive(Debug, Clone, Default)]
pub struct RegistrationBatch {
    /// `MEM`, `SSD`, `HDD`.
    pub tier_alias: String,
    /// `MEM`, `SSD`, `HDD`.
    pub medium_type: String,
    /// The blocks.
    pub blocks: Vec<BlockId>,
}

impl BlockMaster {
    /// The id of the worker at this address: the same host and port get the same id as long as they
    /// are remembered. What else belongs to the address may be new since the last time.
    pub fn worker_id(&self, address: &WorkerAddress) -> WorkerId {
        let key = address.data_address();
        let (now, at) = (self.clock.now(), self.clock.monotonic());
        let mut registry = self.registry.lock();
        if let Some(id) = registry.by_address.get(&key).copied()
            && let Some(worker) = registry.workers.get_mut(&id)
        {
            worker.last_contact = at;
            if *worker.address != *address {
                worker.address = Arc::new(address.clone());
            }
            return id;
        }
        let id = loop {
            let id = WorkerId::from_raw(registry.rng.random_range(1..i64::MAX));
            if !registry.workers.contains_key(&id) {
                break id;
            }
        };
        let worker = Worker::new(id, Arc::new(address.clone()), now, at);
        registry.workers.insert(id, worker);
        registry.by_address.insert(key, id);
        id
    }

    /// How long a worker may take to register. There is no queue: blocks arrive in batches, and a
    /// batch costs what it costs whoever else registers.
    ///
    /// # Errors
    /// When the worker has no id.
    pub fn register_lease(&self, id: WorkerId) -> Result<Duration, BlockMasterError> {
        let registry = self.registry.lock();
        match registry.workers.get(&id) {
            Some(_) => Ok(self.conf.register_lease),
            None => Err(BlockMasterError::WorkerNotFound { id }),
        }
    }

    /// Begins a registration: what follows in batches does not count before it is complete.
    ///
    /// # Errors
    /// When the worker has no id, or was decommissioned for good.
    pub fn begin_registration(&self, id: WorkerId) -> Result<(), BlockMasterError> {
        let mut registry = self.registry.lock();
        let at = self.clock.monotonic();
        let worker = registry
            .workers
            .get_mut(&id)
            .ok_or(BlockMasterError::WorkerNotFound { id })?;
        if worker.state == WorkerState::Decommissioned && !worker.may_return {
            return Err(BlockMasterError::Decommissioned {
                host: worker.address.host.clone(),
            });
        }
        worker.last_contact = at;
        let abandoned = worker.arriving.take();
        let slot = self.take_slot(id)?;
        worker.arriving = Some(slot);
        drop(registry);
        if let Some(abandoned) = abandoned {
            self.kill_slot(abandoned);
        }
        Ok(())
    }

    /// Takes blocks of a registration that has begun.
    ///
    /// # Errors
    /// When the worker has not begun one.
    pub fn register_blocks(
        &self,
        id: WorkerId,
        batch: &RegistrationBatch,
    ) -> Result<(), BlockMasterError> {
        let (slot, storage) = {
            let mut registry = self.registry.lock();
            let storage = registry.storage_index(&batch.tier_alias, &batch.medium_type);
            let worker = registry
                .workers
                .get_mut(&id)
                .ok_or(BlockMasterError::WorkerNotFound { id })?;
            worker.last_contact = self.clock.monotonic();
            (
                worker
                    .arriving
                    .ok_or(BlockMasterError::WorkerNotFound { id })?,
                storage,
            )
        };
        let table = self.slots.load_full();
        for block in &batch.blocks {
            self.note(&table, *block, Place { slot, storage });
        }
        let (unwanted, nothing_known) = (self.unwanted(&batch.blocks), |_: &BlockId| false);
        self.order_drops(id, slot, &unwanted, nothing_known);
        Ok(())
    }

    /// Completes a registration: its blocks count, and those of an earlier one do not any more.
    ///
    /// # Errors
    /// When the worker has not begun one.
    pub fn complete_registration(
        &self,
        id: WorkerId,
        registration: Registration,
    ) -> Result<(), BlockMasterError> {
        let mut registry = self.registry.lock();
        let worker = registry
            .workers
            .get_mut(&id)
            .ok_or(BlockMasterError::WorkerNotFound { id })?;
        let slot = worker
            .arriving
            .take()
            .ok_or(BlockMasterError::WorkerNotFound { id })?;
        let old = worker.slot.replace(slot);
        worker.state = WorkerState::Active;
        worker.last_contact = self.clock.monotonic();
        worker.started = self.clock.now();
        worker.capacity = registration.capacity;
        worker.used = registration.used;
        worker.lost_storage.clear();
        worker.note_lost_storage(registration.lost_storage);
        worker.build = registration.build;
        worker.settings = Arc::new(registration.settings);
        let address = Arc::clone(&worker.address);
        let active = registry.active().count();
        registry.safe_mode.registered(active);
        let count = match self.slots.load().state(slot) {
            SlotState::Arriving { count, .. } => Arc::clone(count),
            SlotState::Free | SlotState::Live { .. } | SlotState::Dead => Arc::default(),
        };
        let blocks = count.load(Ordering::Relaxed);
        self.set_slot(
            &registry,
            slot,
            SlotState::Live {
                id,
                address: Arc::clone(&address),
                count,
            },
        );
        drop(registry);
        if let Some(old) = old {
            self.kill_slot(old);
        }
        info!(worker_id = %id, address = %address.data_address(), blocks, "worker registered");
        Ok(())
    }

    fn take_slot(&self, id: WorkerId) -> Result<Slot, BlockMasterError> {
        let mut table = (**self.slots.load()).clone();
        let free = table
            .slots
            .iter()
            .position(|state| matches!(state, SlotState::Free));
        let index = match free {
            Some(index) => index,
            None if table.slots.len() < SLOT_LIMIT => {
                table.slots.push(SlotState::Free);
                table.slots.len() - 1
            }
            None => return Err(BlockMasterError::TooManyRegistrations { limit: SLOT_LIMIT }),
        };
        let count = Arc::default();
        table.slots[index] = SlotState::Arriving { id, count };
        self.slots.store(Arc::new(table));
        Ok(Slot(
            u16::try_from(index).expect("the limit is the largest u16"),
        ))
    }

    /// Changes the state of a slot. Takes the registry to prove that it is locked: tables are
    /// copied and replaced, and two at once would lose one.
    pub(super) fn set_slot(&self, registry: &Registry, slot: Slot, state: SlotState) {
        let mut table = (**self.slots.load()).clone();
        table.slots[usize::from(slot.0)] = state;
        table.storages.clone_from(&registry.storages);
        self.slots.store(Arc::new(table));
    }

    /// Ends a registration; its places are forgotten in the background.
    pub(super) fn kill_slot(&self, slot: Slot) {
        let registry = self.registry.lock();
        self.set_slot(&registry, slot, SlotState::Dead);
        drop(registry);
        self.dead_slots.notify_one();
    }
}
