//! A worker has a complete block.

use alluxio_common::{BlockId, WorkerId};

use super::block_master::BlockMaster;
use super::error::BlockMasterError;
use super::locations::Place;

/// A block that a worker has completed.
#[derive(Debug, Clone)]
pub struct CommittedBlock<'a> {
    /// Which block.
    pub block: BlockId,
    /// `MEM`, `SSD`, `HDD`.
    pub tier_alias: &'a str,
    /// `MEM`, `SSD`, `HDD`.
    pub medium_type: &'a str,
    /// What is taken of the tier with it.
    pub used_bytes_on_tier: u64,
}

impl BlockMaster {
    /// Notes that a worker has a complete block. Its length is the namespace's to keep.
    ///
    /// # Errors
    /// When the worker has not registered.
    pub fn commit_block(
        &self,
        worker_id: WorkerId,
        committed: &CommittedBlock<'_>,
    ) -> Result<(), BlockMasterError> {
        let slot = {
            let mut registry = self.registry.lock();
            let worker = registry
                .workers
                .get_mut(&worker_id)
                .ok_or(BlockMasterError::WorkerNotFound { id: worker_id })?;
            worker.last_contact = self.clock.monotonic();
            worker.used.insert(
                committed.tier_alias.to_owned(),
                committed.used_bytes_on_tier,
            );
            worker
                .slot
                .ok_or(BlockMasterError::WorkerNotFound { id: worker_id })?
        };
        let storage = self.storage_of(committed.tier_alias, committed.medium_type);
        let table = self.slots.load_full();
        self.note(&table, committed.block, Place { slot, storage });
        // Its file may have been deleted, or completed without it, while it was written.
        let unwanted = self.unwanted(&[committed.block]);
        let owners = self.owners();
        let is_too_late = |block| {
            owners
                .as_ref()
                .is_some_and(|files| files.refuses_commit(block))
        };
        self.order_drops(worker_id, slot, &unwanted, |block| !is_too_late(*block));
        Ok(())
    }
}
