//! The namespace in memory: a hundred million files on one machine.
//!
//! **Owns** [`InodeTree`]: every inode, its place, its attributes, the indices over them, and the
//! small settings that the journal carries beside them; the one function that changes all this
//! ([`InodeTree::apply`]); and the checkpoint that is written while it changes.
//! **Must never know** a lock, a clock, a store, a user's permission, or the journal's files. What is
//! allowed is decided before; here it only happens.
//! **Start reading** at [`InodeTree`], then [`InodeRef`] for what an inode tells, then `apply.rs`.

mod children;
mod kinds;
mod reclaim;
mod resolve;
mod settings;
mod tree;
mod walk;

pub use children::Children;
pub use kinds::{Acl, Counts, DefaultAcl, InodeKind, MountOptions, Replication, Ttl};
pub use reclaim::{Reclaimed, ReclaimedFile};
pub use resolve::{Trace, Unresolved};
pub use settings::{DirectoryIdReservation, Mount, Settings};
pub use tree::{Ancestors, InodeRef, InodeTree};
pub use walk::SubtreeWalk;
