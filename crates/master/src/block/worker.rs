//! What the master knows of one worker.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Timestamp, WorkerAddress, WorkerId};

use super::locations::Slot;
use super::orders::Orders;
use crate::meta::ComparedSettings;

/// How many lost directories of one worker are noted: many times more than a host has disks.
const LOST_DIRECTORIES_LIMIT: usize = 1_000;

/// Bytes by tier alias.
pub type TierBytes = BTreeMap<String, u64>;

/// Whether a worker takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerState {
    /// It asked for an id, and has not registered yet.
    Unregistered,
    /// It takes part.
    Active,
    /// It has not been heard of for too long.
    Lost,
    /// An administrator took it out.
    Decommissioned,
}

impl WorkerState {
    /// The word of Alluxio's reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unregistered | Self::Lost => "LOST",
            Self::Active => "ACTIVE",
            Self::Decommissioned => "Decommissioned",
        }
    }
}

/// What a worker runs on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerBuild {
    /// Release.
    pub version: String,
    /// Source revision.
    pub revision: String,
    /// Processors that it may use.
    pub virtual_cpus: i32,
}

/// What the master knows of one worker.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) id: WorkerId,
    pub(super) address: Arc<WorkerAddress>,
    pub(super) state: WorkerState,
    /// The registration that its blocks are noted under; none before it has registered.
    pub(super) slot: Option<Slot>,
    /// A registration that is still arriving in batches.
    pub(super) arriving: Option<Slot>,
    pub(super) build: WorkerBuild,
    pub(super) settings: Arc<ComparedSettings>,
    pub(super) capacity: TierBytes,
    pub(super) used: TierBytes,
    pub(super) lost_storage: BTreeMap<String, Vec<String>>,
    pub(super) started: Timestamp,
    /// On the monotonic clock.
    pub(super) last_contact: Duration,
    pub(super) orders: Orders,
    /// Whether a decommissioned worker may come back.
    pub(super) may_return: bool,
}

impl Worker {
    pub(super) fn new(
        id: WorkerId,
        address: Arc<WorkerAddress>,
        now: Timestamp,
        at: Duration,
    ) -> Self {
        Self {
            id,
            address,
            state: WorkerState::Unregistered,
            slot: None,
            arriving: None,
            build: WorkerBuild::default(),
            settings: Arc::default(),
            capacity: TierBytes::new(),
            used: TierBytes::new(),
            lost_storage: BTreeMap::new(),
            started: now,
            last_contact: at,
            orders: Orders::default(),
            may_return: true,
        }
    }

    /// Notes directories that the worker has lost, each once. What is beyond the limit is not noted:
    /// it tells nobody anything new.
    pub(super) fn note_lost_storage(&mut self, lost: BTreeMap<String, Vec<String>>) {
        let mut count: usize = self.lost_storage.values().map(Vec::len).sum();
        for (tier, directories) in lost {
            for directory in directories {
                if count == LOST_DIRECTORIES_LIMIT {
                    return;
                }
                let known = self.lost_storage.entry(tier.clone()).or_default();
                if !known.contains(&directory) {
                    known.push(directory);
                    count += 1;
                }
            }
        }
    }

    pub(super) fn capacity_bytes(&self) -> u64 {
        self.capacity.values().sum()
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.used.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_tells_of_ever_new_lost_directories_fills_no_memory() {
        let address = WorkerAddress {
            host: "a".to_owned(),
            container_host: String::new(),
            rpc_port: 0,
            data_port: 0,
            web_port: 0,
            domain_socket_path: String::new(),
            locality: Vec::new(),
        };
        let (id, now) = (WorkerId::from_raw(1), Timestamp::from_millis(0));
        let mut worker = Worker::new(id, Arc::new(address), now, Duration::ZERO);
        for round in 0..LOST_DIRECTORIES_LIMIT {
            let names = (0..3).map(|index| format!("/{round}/{index}")).collect();
            let tier = format!("tier {}", round % 2);
            worker.note_lost_storage([(tier, names)].into());
        }
        let noted: usize = worker.lost_storage.values().map(Vec::len).sum();
        assert_eq!(noted, LOST_DIRECTORIES_LIMIT);
        assert_eq!(worker.lost_storage["tier 0"][0], "/0/0");
    }
}
