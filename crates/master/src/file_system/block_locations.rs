//! [`BlockLocations`]: what the namespace asks of the block master.

use std::fmt;
use std::sync::Arc;

use alluxio_common::{BlockId, WorkerAddress, WorkerId};
use smallvec::SmallVec;

/// One copy of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockLocation {
    /// The worker that has it.
    pub worker_id: WorkerId,
    /// Where that worker is reached; the same value as in the worker list.
    pub address: Arc<WorkerAddress>,
    /// `MEM`, `SSD`, `HDD`.
    pub tier_alias: Arc<str>,
    /// `MEM`, `SSD`, `HDD`.
    pub medium_type: Arc<str>,
}

/// The copies of one block. Most blocks have one.
pub type BlockCopies = SmallVec<[BlockLocation; 1]>;

/// What happens to the copies of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockRemoval {
    /// The copies go, the block stays known: its data is in the store.
    Free,
    /// The block itself is gone.
    Delete,
}

/// Which worker holds which block. The namespace asks with the tree locked, so every method is
/// short, takes no lock for long, and never calls back.
pub trait BlockLocations: Send + Sync + fmt::Debug {
    /// The copies of a block on workers that are alive.
    fn copies(&self, block_id: BlockId) -> BlockCopies;

    /// Orders the workers to drop their copies. They do so at their next heartbeat.
    fn remove(&self, blocks: &[BlockId], removal: BlockRemoval);

    /// Whether a worker that is alive has yet to say that it has dropped one of these.
    fn are_being_removed(&self, blocks: &[BlockId]) -> bool;

    /// Whether a worker that held the block was lost, or has lost the block, and nobody holds it now.
    fn is_lost(&self, block_id: BlockId) -> bool;
}
