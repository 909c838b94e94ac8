//! [`BlockMaster`]: the struct, and what the namespace asks of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use alluxio_common::{BlockId, Clock, WorkerAddress, WorkerId};
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::Notify;

use super::locations::{Changed, Locations, Place, Removed, Slot};
use super::safe_mode::SafeMode;
use super::worker::{Worker, WorkerState};
use crate::file_system::{BlockCopies, BlockLocation, BlockLocations, BlockRemoval};

/// What the block master takes from the configuration.
#[derive(Debug, Clone)]
pub struct BlockMasterConf {
    /// `alluxio.master.worker.timeout`: a worker that is silent for longer is lost.
    pub worker_timeout: Duration,
    /// `alluxio.master.lost.worker.deletion.timeout`: a lost worker is forgotten after this.
    pub lost_worker_deletion: Duration,
    /// `alluxio.master.worker.connect.wait.time`: how long an empty worker list is not answered.
    pub safe_mode_wait: Duration,
    /// How many workers are known to come; safe mode ends when they are all there.
    pub expected_workers: Option<usize>,
    /// `alluxio.master.worker.register.lease.ttl`
    pub register_lease: Duration,
}

impl Default for BlockMasterConf {
    fn default() -> Self {
        Self {
            worker_timeout: Duration::from_secs(300),
            lost_worker_deletion: Duration::from_secs(1800),
            safe_mode_wait: Duration::from_secs(5),
            expected_workers: None,
            register_lease: Duration::from_secs(60),
        }
    }
}

/// What the block master asks of the namespace.
pub trait BlockOwners: Send + Sync + fmt::Debug {
    /// Which of these blocks a worker is to drop that names them among all that it has.
    fn unwanted(&self, blocks: &[BlockId]) -> Unwanted;

    /// Whether the commit of this block comes too late for its file.
    fn refuses_commit(&self, block: BlockId) -> bool;

    /// Which of these blocks belong to a file that is not in the store.
    fn only_on_workers(&self, blocks: &[BlockId]) -> Vec<BlockId>;

    /// The bytes of a block by the length of its file; `None` when no file has it.
    fn block_length(&self, block: BlockId) -> Option<u64>;
}

/// Blocks that nobody is to read from the workers that name them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unwanted {
    /// Those that belong to no file.
    pub orphans: Vec<BlockId>,
    /// Those whose copies may hold the bytes of another place, unless they were committed after
    /// the commits of their writer were over.
    pub withdrawn: Vec<BlockId>,
}

/// Who holds what, and who is alive. One lock guards the workers (each is heard once a second);
/// the map of blocks has locks of its own.
#[derive(Debug)]
pub struct BlockMaster {
    pub(super) conf: BlockMasterConf,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) locations: Locations,
    pub(super) registry: Mutex<Registry>,
    /// What each registration's places stand for; replaced when one begins or ends.
    pub(super) slots: ArcSwap<SlotTable>,
    pub(super) owners: OnceLock<Weak<dyn BlockOwners>>,
    /// Woken when a registration has died and its places are to be swept.
    pub(super) dead_slots: Notify,
}

/// The workers.
#[derive(Debug)]
pub(super) struct Registry {
    pub(super) workers: BTreeMap<WorkerId, Worker>,
    pub(super) by_address: BTreeMap<String, WorkerId>,
    pub(super) storages: Vec<Storage>,
    pub(super) safe_mode: SafeMode,
    pub(super) rng: StdRng,
}

/// A tier and a medium, as blocks name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Storage {
    pub(super) tier_alias: Arc<str>,
    pub(super) medium_type: Arc<str>,
}

/// What the numbers in a place stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct SlotTable {
    pub(super) slots: Vec<SlotState>,
    pub(super) storages: Vec<Storage>,
}

/// A registration.
#[derive(Debug, Clone, Default)]
pub(super) enum SlotState {
    /// Nobody uses the number.
    #[default]
    Free,
    /// Its worker is sending its blocks.
    Arriving { id: WorkerId, count: Arc<AtomicU64> },
    /// Its worker takes part.
    Live {
        id: WorkerId,
        address: Arc<WorkerAddress>,
        count: Arc<AtomicU64>,
    },
    /// Its places are being forgotten.
    Dead,
}

impl BlockMaster {
    /// No workers yet; safe mode begins.
    pub fn new(conf: BlockMasterConf, clock: Arc<dyn Clock>, seed: u64) -> Arc<Self> {
        let safe_mode = SafeMode::begin(
            clock.monotonic(),
            conf.safe_mode_wait,
            conf.expected_workers,
        );
        Arc::new(Self {
            conf,
            locations: Locations::new(),
            registry: Mutex::new(Registry {
                workers: BTreeMap::new(),
                by_address: BTreeMap::new(),
                storages: Vec::new(),
                safe_mode,
                rng: StdRng::seed_from_u64(seed),
            }),
            slots: ArcSwap::default(),
            owners: OnceLock::new(),
            dead_slots: Notify::new(),
            clock,
        })
    }

    /// Tells who knows files. Called once, when the namespace is there.
    pub fn set_owners(&self, owners: Weak<dyn BlockOwners>) {
        // A second call changes nothing: there is one namespace.
        let _first_wins = self.owners.set(owners);
    }

    pub(super) fn owners(&self) -> Option<Arc<dyn BlockOwners>> {
        self.owners.get()?.upgrade()
    }

    /// Whether the master still waits for its workers.
    pub fn is_in_safe_mode(&self) -> bool {
        self.registry.lock().safe_mode.is_on(self.clock.monotonic())
    }

    /// How many blocks are known, and how many bytes knowing them takes.
    pub fn memory(&self) -> (usize, usize) {
        self.locations.memory()
    }

    /// Notes a copy, and keeps the count of its registration.
    pub(super) fn note(&self, table: &SlotTable, block: BlockId, place: Place) {
        if self.locations.add(block, place) == Changed::Yes {
            table.add_to_count(place.slot, 1);
        }
    }

    /// Forgets a copy, and keeps the count of its registration.
    pub(super) fn unnote(&self, table: &SlotTable, block: BlockId, slot: Slot) -> Removed {
        let removed = self.locations.remove(block, slot);
        if removed != Removed::Nothing {
            table.add_to_count(slot, -1);
        }
        removed
    }
}

impl SlotTable {
    pub(super) fn state(&self, slot: Slot) -> &SlotState {
        self.slots
            .get(usize::from(slot.0))
            .unwrap_or(&SlotState::Free)
    }

    fn add_to_count(&self, slot: Slot, change: i64) {
        if let SlotState::Live { count, .. } | SlotState::Arriving { count, .. } = self.state(slot)
        {
            let wrapped = change.cast_unsigned();
            count.fetch_add(wrapped, Ordering::Relaxed);
        }
    }

    pub(super) fn block_count(&self, slot: Slot) -> u64 {
        match self.state(slot) {
            SlotState::Live { count, .. } => count.load(Ordering::Relaxed),
            SlotState::Free | SlotState::Arriving { .. } | SlotState::Dead => 0,
        }
    }

    fn location(&self, place: Place) -> Option<BlockLocation> {
        let SlotState::Live { id, address, .. } = self.state(place.slot) else {
            return None;
        };
        let storage = self.storages.get(usize::from(place.storage))?;
        Some(BlockLocation {
            worker_id: *id,
            address: Arc::clone(address),
            tier_alias: Arc::clone(&storage.tier_alias),
            medium_type: Arc::clone(&storage.medium_type),
        })
    }
}

impl Registry {
    /// The number of a tier and medium, the same for ever.
    pub(super) fn storage_index(&mut self, tier_alias: &str, medium_type: &str) -> u8 {
        let found = self.storages.iter().position(|storage| {
            &*storage.tier_alias == tier_alias && &*storage.medium_type == medium_type
        });
        let index = found.unwrap_or_else(|| {
            // A cluster names a handful of tiers; beyond 255 pairs the last one stands for all.
            if self.storages.len() < usize::from(u8::MAX) {
                self.storages.push(Storage {
                    tier_alias: tier_alias.into(),
                    medium_type: medium_type.into(),
                });
            }
            self.storages.len() - 1
        });
        u8::try_from(index).unwrap_or(u8::MAX)
    }

    pub(super) fn active(&self) -> impl Iterator<Item = &Worker> {
        self.workers
            .values()
            .filter(|worker| worker.state == WorkerState::Active)
    }
}

impl BlockLocations for BlockMaster {
    fn copies(&self, block_id: BlockId) -> BlockCopies {
        let places = self.locations.find(block_id);
        if places.is_empty() {
            return BlockCopies::new();
        }
        let table = self.slots.load();
        places
            .into_iter()
            .filter_map(|place| table.location(place))
            .collect()
    }

    fn remove(&self, blocks: &[BlockId], removal: BlockRemoval) {
        let table = self.slots.load_full();
        for block in blocks {
            // A freed block stays known until its worker says that it is gone; a deleted one is
            // forgotten now, and the worker's word later changes nothing.
            let places = match removal {
                BlockRemoval::Free => self.locations.find(*block),
                BlockRemoval::Delete => self.locations.forget(*block),
            };
            for place in places {
                // A worker that registers may have named the block before its file was gone.
                let (SlotState::Live { id, .. } | SlotState::Arriving { id, .. }) =
                    table.state(place.slot)
                else {
                    continue;
                };
                if removal == BlockRemoval::Delete {
                    table.add_to_count(place.slot, -1);
                }
                if let Some(worker) = self.registry.lock().workers.get_mut(id) {
                    worker.orders.push(*block);
                }
            }
        }
    }

    fn are_being_removed(&self, blocks: &[BlockId]) -> bool {
        let registry = self.registry.lock();
        let mut alive = registry
            .workers
            .values()
            .filter(|worker| worker.state == WorkerState::Active);
        alive.any(|worker| blocks.iter().any(|block| worker.orders.contains(*block)))
    }

    fn is_lost(&self, block_id: BlockId) -> bool {
        self.locations.is_lost(block_id)
    }
}
