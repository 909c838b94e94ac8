//! Which store serves which path.
//!
//! **Owns** the [`MountTable`], the resolution of a path to a place in a store, and the connectors
//! of the mounts.
//! **Must never know** inodes, permissions or gRPC.
//! **Start reading** at [`MountTable::resolve`].

mod mount_point;
mod mount_table;
mod silence;
mod stores;

pub use mount_point::{MountPoint, Resolution};
pub use mount_table::MountTable;
pub use stores::Stores;
