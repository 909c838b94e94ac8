//! A store is unmounted.

use super::codec::record;

/// Removes a row of the mount table. The directory goes by an entry of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteMountPointEntry {
    /// Which mount: its place in the namespace.
    pub path: String,
}

record!(DeleteMountPointEntry { 1 => path });
