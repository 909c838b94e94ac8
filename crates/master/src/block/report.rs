//! What clients and administrators ask about workers.

use std::collections::BTreeMap;
use std::sync::Arc;

use alluxio_common::{Timestamp, WorkerAddress, WorkerId};

use super::block_master::BlockMaster;
use super::error::BlockMasterError;
use super::worker::{TierBytes, Worker, WorkerBuild, WorkerState};
use crate::meta::ComparedSettings;

/// Everything about one worker.
#[derive(Debug, Clone)]
pub struct WorkerReport {
    /// Its id.
    pub id: WorkerId,
    /// Where it is reached.
    pub address: Arc<WorkerAddress>,
    /// Whether it takes part.
    pub state: WorkerState,
    /// Whether one that was taken out of service may register again by itself.
    pub may_return: bool,
    /// Seconds since it was last heard.
    pub silent_seconds: u64,
    /// When it registered.
    pub started: Timestamp,
    /// All room, by tier.
    pub capacity: TierBytes,
    /// What is taken of it, by tier.
    pub used: TierBytes,
    /// How many blocks it holds.
    pub block_count: u64,
    /// What it runs on.
    pub build: WorkerBuild,
}

impl WorkerReport {
    /// The state, in Alluxio's word.
    pub const fn state_name(&self) -> &'static str {
        match (self.state, self.may_return) {
            (WorkerState::Decommissioned, false) => "Disabled",
            (state, _) => state.as_str(),
        }
    }

    /// All room.
    pub fn capacity_bytes(&self) -> u64 {
        self.capacity.values().sum()
    }

    /// What is taken of it.
    pub fn used_bytes(&self) -> u64 {
        self.used.values().sum()
    }
}

/// Which workers are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerFilter {
    /// Those that take part, and those that are lost.
    All,
    /// Those that take part.
    Live,
    /// Those that are lost.
    Lost,
    /// Those that were taken out.
    Decommissioned,
}

/// The room of all workers that take part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterCapacity {
    /// All room, by tier.
    pub capacity: TierBytes,
    /// What is taken of it, by tier.
    pub used: TierBytes,
    /// How many workers take part.
    pub live: usize,
    /// How many are lost.
    pub lost: usize,
    /// How many were taken out.
    pub decommissioned: usize,
}

/// Directories that a worker has lost.
#[derive(Debug, Clone)]
pub struct LostStorage {
    /// The worker.
    pub address: Arc<WorkerAddress>,
    /// Directories by tier.
    pub directories: BTreeMap<String, Vec<String>>,
}

impl BlockMaster {
    /// The workers that clients may use.
    ///
    /// # Errors
    /// In safe mode.
    pub fn live_workers(&self) -> Result<Vec<WorkerReport>, BlockMasterError> {
        if self.is_in_safe_mode() {
            return Err(BlockMasterError::SafeMode);
        }
        Ok(self.workers(&WorkerFilter::Live))
    }

    /// Workers for a report.
    pub fn workers(&self, filter: &WorkerFilter) -> Vec<WorkerReport> {
        let wanted = |worker: &Worker| match filter {
            WorkerFilter::All => worker.state != WorkerState::Unregistered,
            WorkerFilter::Live => worker.state == WorkerState::Active,
            WorkerFilter::Lost => worker.state == WorkerState::Lost,
            WorkerFilter::Decommissioned => worker.state == WorkerState::Decommissioned,
        };
        let table = self.slots.load_full();
        let now = self.clock.monotonic();
        let registry = self.registry.lock();
        let report = |worker: &Worker| WorkerReport {
            id: worker.id,
            address: Arc::clone(&worker.address),
            state: worker.state,
            may_return: worker.may_return,
            silent_seconds: now.saturating_sub(worker.last_contact).as_secs(),
            started: worker.started,
            capacity: worker.capacity.clone(),
            used: worker.used.clone(),
            block_count: worker.slot.map_or(0, |slot| table.block_count(slot)),
            build: worker.build.clone(),
        };
        registry
            .workers
            .values()
            .filter(|worker| wanted(worker))
            .map(report)
            .collect()
    }

    /// The room of the cluster.
    pub fn capacity(&self) -> ClusterCapacity {
        let registry = self.registry.lock();
        let mut cluster = ClusterCapacity::default();
        for worker in registry.workers.values() {
            match worker.state {
                WorkerState::Active => cluster.live += 1,
                WorkerState::Lost => cluster.lost += 1,
                WorkerState::Decommissioned => cluster.decommissioned += 1,
                WorkerState::Unregistered => {}
            }
            if worker.state != WorkerState::Active {
                continue;
            }
            for (tier, bytes) in &worker.capacity {
                *cluster.capacity.entry(tier.clone()).or_default() += bytes;
            }
            for (tier, bytes) in &worker.used {
                *cluster.used.entry(tier.clone()).or_default() += bytes;
            }
        }
        cluster
    }

    /// All room of the workers that take part, and what is taken of it, in bytes.
    pub fn total_bytes(&self) -> (u64, u64) {
        let registry = self.registry.lock();
        registry.active().fold((0, 0), |(capacity, used), worker| {
            (
                capacity + worker.capacity_bytes(),
                used + worker.used_bytes(),
            )
        })
    }

    /// The settings of the workers that take part, by host and port.
    pub fn settings(&self) -> Vec<(String, Arc<ComparedSettings>)> {
        let registry = self.registry.lock();
        registry
            .active()
            .map(|worker| {
                let server = format!("{}:{}", worker.address.host, worker.address.rpc_port);
                (server, Arc::clone(&worker.settings))
            })
            .collect()
    }

    /// Directories that workers have lost.
    pub fn lost_storage(&self) -> Vec<LostStorage> {
        let registry = self.registry.lock();
        registry
            .workers
            .values()
            .filter(|worker| !worker.lost_storage.is_empty())
            .map(|worker| LostStorage {
                address: Arc::clone(&worker.address),
                directories: worker.lost_storage.clone(),
            })
            .collect()
    }
}
