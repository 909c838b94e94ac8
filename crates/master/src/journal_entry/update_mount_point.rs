//! The options of a mount change.

use alluxio_common::MountId;

use crate::inode::MountOptions;

use super::codec::record;

/// Replaces the options of a mount; the place, the store and the id stay, unless a new id is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateMountPointEntry {
    /// Which mount: its place in the namespace.
    pub path: String,
    /// The id of the mount from now on.
    pub mount_id: MountId,
    /// All options from now on.
    pub options: MountOptions,
}

record!(UpdateMountPointEntry {
    1 => path,
    2 => mount_id,
    3 => options,
});
