//! A deletion is on its way to the stores.

use std::collections::BTreeMap;

use alluxio_common::{InodeId, OperationId, Timestamp};

use super::codec::{record, record_field};
use crate::inode::Mount;

/// Stores are about to delete something, and the namespace will follow. It is pending until
/// [`super::StoreDeleteDoneEntry`] takes it back; a start repeats what is pending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreDeleteEntry {
    /// What is deleted. No two pending deletions have the same path.
    pub path: String,
    /// The request; it counts as done only when the stores have followed.
    pub operation_id: Option<OperationId>,
    /// When that was decided. What a store got later is somebody else's.
    pub time: Timestamp,
    /// Whether a directory goes with everything in it.
    pub recursive: bool,
    /// What to delete, by its path in the namespace. What lies below comes first, so it is worked
    /// off from the last to the first.
    pub targets: BTreeMap<String, StoreTarget>,
    /// The inode that follows; `None` when the namespace is done with it already.
    pub inode: Option<InodeId>,
    /// Whether the parent is listed from the store at the next access then.
    pub sync_parent: bool,
    /// Whether the targets are directories that a store gets for something new, which go again unless
    /// the namespace gets them, too. Only empty ones go.
    pub makes: bool,
}

/// One place in one store that is to go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreTarget {
    /// Where it lies in the store.
    pub ufs_uri: String,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// For a mounted directory, the mount that goes with it: what the directory holds is deleted,
    /// it itself is not ours.
    pub mount: Option<Mount>,
    /// Whether it is what persisting may have left of a file that is not persisted. The deletion
    /// does not fail because of it.
    pub is_copy: bool,
}

record!(StoreDeleteEntry {
    1 => path,
    2 => operation_id,
    3 => time,
    4 => recursive,
    5 => targets,
    6 => inode,
    7 => sync_parent,
    8 => makes,
});
record!(StoreTarget { 1 => ufs_uri, 2 => is_directory, 3 => mount, 4 => is_copy });
record_field!(StoreDeleteEntry, StoreTarget);

impl Default for StoreDeleteEntry {
    fn default() -> Self {
        Self {
            path: String::new(),
            operation_id: None,
            time: Timestamp::from_millis(0),
            recursive: false,
            targets: BTreeMap::new(),
            inode: None,
            sync_parent: false,
            makes: false,
        }
    }
}
