//! The blocks of a worker: files in directories, grouped into tiers.
//!
//! **Owns** what lies in the storage directories and what is known about it: quotas, reservations,
//! the order of eviction, checksums, recovery after a crash.
//! **Must never know** gRPC, the master, an under store, or a path of the namespace; it is
//! synchronous, and who calls it from an async task decides where it may block.
//! **Start reading** at [`BlockStore`], then [`TempBlock`] (being written) and [`Block`]
//! (committed), then `evict.rs`.

mod allocate;
mod changes;
mod checksum;
mod claim;
mod dir;
mod error;
mod evict;
mod format;
mod mapped;
mod mappings;
mod meta;
mod move_block;
mod open_files;
mod order;
mod owner;
mod reader;
mod recover;
mod store;
mod temp_block;
mod tier;
mod verify;
mod writers;

#[cfg(test)]
mod full_disk_tests;
#[cfg(test)]
mod move_tests;
#[cfg(test)]
mod tests;

pub use allocate::AllocationPolicy;
pub use changes::Changes;
pub use checksum::BootId;
pub use dir::StorageDir;
pub use error::{BlockError, OpenStoreError, Shortage};
pub use format::format_dirs;
pub use mapped::MappedBlock;
pub use meta::{Block, BlockMeta, ShownBlock};
pub use order::EvictionOrder;
pub use reader::BlockReader;
pub use store::{BlockStore, StoreCounters};
pub use temp_block::{CreateBlock, Origin, TempBlock};
pub use tier::{BlockPlace, DirConf, QuotaFit, StorageTier, StoreConf, Target, TierConf};
