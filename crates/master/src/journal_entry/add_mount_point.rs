//! A store is mounted.

use alluxio_common::MountId;

use crate::inode::MountOptions;

use super::codec::record;

/// Adds a row to the mount table. The directory itself comes by entries of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddMountPointEntry {
    /// Where in the namespace, absolute and normalised.
    pub path: String,
    /// What is mounted: the URI of a directory in a store.
    pub ufs_uri: String,
    /// The id of the mount.
    pub mount_id: MountId,
    /// How it is mounted.
    pub options: MountOptions,
}

record!(AddMountPointEntry {
    1 => path,
    2 => ufs_uri,
    3 => mount_id,
    4 => options,
});
