//! An inode goes.

use alluxio_common::{InodeId, Timestamp};

use super::codec::record;

/// Deletes an inode and, for a directory, everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteEntry {
    /// Which inode; never the root.
    pub id: InodeId,
    /// The parent's modification and access times become at least this.
    pub operation_time: Timestamp,
}

record!(DeleteEntry { 1 => id, 2 => operation_time });
