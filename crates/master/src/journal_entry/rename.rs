//! An inode moves.

use alluxio_common::{InodeId, Timestamp};

use super::codec::record;

/// Gives an inode, and all that lies below it, a new place. Nothing may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameEntry {
    /// Which inode.
    pub id: InodeId,
    /// The directory that holds it from now on; not the inode itself or anything below it.
    pub new_parent_id: InodeId,
    /// Its name there, one component.
    pub new_name: String,
    /// The modification and access times of both parents become at least this.
    pub operation_time: Timestamp,
}

record!(RenameEntry {
    1 => id,
    2 => new_parent_id,
    3 => new_name,
    4 => operation_time,
});
