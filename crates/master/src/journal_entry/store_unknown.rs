//! Nobody knows what a store has of an inode.

use alluxio_common::InodeId;

use super::codec::record;

/// Work in a store was given up without an answer how far it came: the inode, and what is below it,
/// may be there or not. Pending until [`super::StoreComparedEntry`] takes it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreUnknownEntry {
    /// Which inode; it may move or go meanwhile.
    pub id: InodeId,
}

record!(StoreUnknownEntry { 1 => id });
