//! The namespace in memory: a hundred million files on one machine.
//!
//! **Owns** [`InodeTree`]: every inode, its place, its attributes, the indices over them, and the
//! small settings that the journal carries beside them; the one function that changes all this
//! ([`InodeTree::apply`]); and the checkpoint that is written while it changes.
//! **Must never know** a lock, a clock, a store, a user's permission, or the journal's files. What is
//! allowed is decided before; here it only happens.
//! **Start reading** at [`InodeTree`], then [`InodeRef`] for what an inode tells, then `apply.rs`.
//! What lies in memory: `record.rs`, `store.rs`, `directory.rs`.

mod apply;
mod arena;
mod attributes;
mod bounded_table;
mod check;
mod checkpoint;
mod children;
mod directory;
mod extras;
mod inode_ref;
mod kinds;
mod load;
mod memory;
mod reclaim;
mod record;
mod resolve;
mod settings;
mod slot_table;
mod snapshot;
mod state_hash;
mod store;
mod texts;
mod tree;
mod walk;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

pub use checkpoint::SECTIONS;
pub use children::Children;
pub use inode_ref::{Ancestors, InodeRef};
pub use kinds::{Acl, Counts, DefaultAcl, InodeKind, MountOptions, Replication, Ttl};
pub use load::{CheckpointError, TreeLoader};
pub use memory::{MemoryPart, MemoryReport};
pub use reclaim::{Reclaimed, ReclaimedFile};
pub use resolve::{Trace, Unresolved};
pub use settings::{DirectoryIdReservation, Mount, Settings};
pub use snapshot::{Snapshot, SnapshotChunk};
pub use tree::InodeTree;
pub use walk::SubtreeWalk;
