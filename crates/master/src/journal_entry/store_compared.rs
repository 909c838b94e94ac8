//! An inode is again what its store has.

use alluxio_common::InodeId;

use super::codec::record;

/// Takes back a pending [`super::StoreUnknownEntry`]: the inode, with what is below it, was compared
/// with its store, or is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreComparedEntry {
    /// Which inode.
    pub id: InodeId,
}

record!(StoreComparedEntry { 1 => id });
