//! What a worker says each second, and what it is told.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{BlockId, WorkerId};
use tracing::warn;

use super::block_master::BlockMaster;
use super::locations::{Place, Removed, Slot};
use super::register::RegistrationBatch;
use super::unwanted::OWNERS_BATCH;
use super::worker::{TierBytes, WorkerState};

/// Blocks that one order names: about a megabyte of ids.
const ORDER_LIMIT: usize = 100_000;

/// What a worker says each second.
#[derive(Debug, Clone, Default)]
pub struct Heartbeat {
    /// All room by tier, when it has changed.
    pub capacity: Option<TierBytes>,
    /// What is taken, by tier.
    pub used: TierBytes,
    /// Blocks that it holds since the last heartbeat.
    pub added: Vec<RegistrationBatch>,
    /// Blocks that it does not hold any more.
    pub removed: Vec<BlockId>,
    /// Directories that it has lost, by tier: all of them, or those since the last heartbeat.
    pub lost_storage: BTreeMap<String, Vec<String>>,
}

/// What a worker is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerOrder {
    /// Go on.
    Nothing,
    /// Register: the master does not know what you hold.
    Register,
    /// Drop these blocks.
    Free(Vec<BlockId>),
    /// An administrator took you out.
    Decommissioned,
}

impl BlockMaster {
    /// Takes a heartbeat. A worker that is not known, or was given up, is told to register.
    pub fn heartbeat(&self, id: WorkerId, heartbeat: Heartbeat) -> WorkerOrder {
        let Heartbeat {
            capacity,
            used,
            added,
            removed,
            lost_storage,
        } = heartbeat;
        let slot = {
            let mut registry = self.registry.lock();
            let Some(worker) = registry.workers.get_mut(&id) else {
                return WorkerOrder::Register;
            };
            worker.last_contact = self.clock.monotonic();
            match worker.state {
                WorkerState::Active => {}
                WorkerState::Decommissioned => return WorkerOrder::Decommissioned,
                WorkerState::Unregistered | WorkerState::Lost => return WorkerOrder::Register,
            }
            let Some(slot) = worker.slot else {
                return WorkerOrder::Register;
            };
            worker.used = used;
            if let Some(capacity) = capacity {
                worker.capacity = capacity;
            }
            worker.note_lost_storage(lost_storage);
            slot
        };
        let mut rightly_held = BTreeSet::new();
        for batch in &added {
            rightly_held.extend(self.note_added(slot, batch));
        }
        self.unnote_removed(slot, &removed);
        self.confirm_orders(id, &removed);
        for batch in &added {
            let unwanted = self.unwanted(&batch.blocks);
            self.order_drops(id, slot, &unwanted, |block| rightly_held.contains(block));
        }
        let now = self.clock.monotonic();
        let mut registry = self.registry.lock();
        let orders = registry
            .workers
            .get_mut(&id)
            .map(|worker| worker.orders.take(ORDER_LIMIT, now));
        match orders {
            Some(blocks) if !blocks.is_empty() => WorkerOrder::Free(blocks),
            Some(_) | None => WorkerOrder::Nothing,
        }
    }

    /// The blocks of an order that was not sent after all: they go with a later one.
    pub fn withhold(&self, id: WorkerId, blocks: &[BlockId]) {
        let mut registry = self.registry.lock();
        if let Some(worker) = registry.workers.get_mut(&id) {
            worker.orders.give_back(blocks);
        }
    }

    /// Notes copies that are new, or elsewhere on their worker. Returns the withdrawn ones that are
    /// right: the worker has committed them before, and was not refused.
    fn note_added(&self, slot: Slot, batch: &RegistrationBatch) -> Vec<BlockId> {
        let rightly_held = self.rightly_held(slot, &batch.blocks);
        let storage = self.storage_of(&batch.tier_alias, &batch.medium_type);
        let table = self.slots.load_full();
        for block in &batch.blocks {
            self.note(&table, *block, Place { slot, storage });
        }
        rightly_held
    }

    /// Forgets copies that a worker does not have any more. A block that is nowhere then and in no
    /// store is lost, whatever became of it.
    fn unnote_removed(&self, slot: Slot, removed: &[BlockId]) {
        let table = self.slots.load_full();
        for batch in removed.chunks(OWNERS_BATCH) {
            let mut gone = batch.to_vec();
            gone.retain(|block| self.unnote(&table, *block, slot) == Removed::TheLast);
            let Some(owners) = self.owners().filter(|_| !gone.is_empty()) else {
                continue;
            };
            let lost = owners.only_on_workers(&gone);
            if let Some(first) = lost.first() {
                warn!(count = lost.len(), %first, "blocks lost that no store has");
            }
            for block in lost {
                self.locations.note_lost(block);
            }
        }
    }

    /// Forgets the orders that a worker has carried out.
    fn confirm_orders(&self, id: WorkerId, removed: &[BlockId]) {
        let mut registry = self.registry.lock();
        let Some(worker) = registry.workers.get_mut(&id) else {
            return;
        };
        for block in removed {
            worker.orders.confirm(*block);
        }
    }

    /// The number of a tier and medium; the table of slots learns a new one.
    pub(super) fn storage_of(&self, tier_alias: &str, medium_type: &str) -> u8 {
        let mut registry = self.registry.lock();
        let index = registry.storage_index(tier_alias, medium_type);
        if self.slots.load().storages.len() != registry.storages.len() {
            let mut table = (**self.slots.load()).clone();
            table.storages.clone_from(&registry.storages);
            self.slots.store(std::sync::Arc::new(table));
        }
        index
    }
}
