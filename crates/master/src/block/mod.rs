//! Workers and blocks: who is alive, how much room there is, and which worker holds which block.
//!
//! **Owns** the registry of workers and the map from blocks to workers. Both live in memory only:
//! workers tell them anew after a restart.
//! **Must never know** paths, permissions or stores; it asks the namespace through [`BlockOwners`]
//! and nothing else.
//! **Start reading** at [`BlockMaster`], then `locations.rs`.

mod block_master;
mod commit_block;
mod error;
mod heartbeat;
mod locations;
mod lost_workers;
mod orders;
mod owners;
mod register;
mod report;
mod safe_mode;
mod unwanted;
mod worker;

pub use block_master::{BlockMaster, BlockMasterConf, BlockOwners, Unwanted};
pub use commit_block::CommittedBlock;
pub use error::BlockMasterError;
pub use heartbeat::{Heartbeat, WorkerOrder};
pub use lost_workers::Comeback;
pub use register::{Registration, RegistrationBatch};
pub use report::{ClusterCapacity, LostStorage, WorkerFilter, WorkerReport};
pub use worker::{TierBytes, WorkerBuild, WorkerState};

#[cfg(test)]
mod tests;
