//! A directory appears.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{InodeId, Mode, PersistenceState, Timestamp};

use crate::inode::{Acl, DefaultAcl, Ttl};

use super::codec::record;

/// Creates a directory. The root is the one whose name is empty and whose parent is itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InodeDirectoryEntry {
    /// The new directory's id.
    pub id: InodeId,
    /// The directory that holds it; its own id for the root.
    pub parent_id: InodeId,
    /// Its name there, one component; empty for the root.
    pub name: String,
    /// The owning user.
    pub owner: String,
    /// The owning group.
    pub group: String,
    /// The permission bits.
    pub mode: Mode,
    /// When it was created.
    pub creation_time: Timestamp,
    /// When its list of children last changed.
    pub modification_time: Timestamp,
    /// When it was last read.
    pub access_time: Timestamp,
    /// Whether the directory is in the store.
    pub persistence: PersistenceState,
    /// Whether new children are pinned.
    pub pinned: bool,
    /// The media where pinned blocks below it must stay; empty for any.
    pub media: BTreeSet<String>,
    /// When it expires.
    pub ttl: Ttl,
    /// Whether a store is mounted here.
    pub mount_point: bool,
    /// Whether all children that the store has are known.
    pub children_loaded: bool,
    /// Extended attributes.
    pub xattr: BTreeMap<String, Vec<u8>>,
    /// Permissions of named users and groups.
    pub acl: Option<Acl>,
    /// What new children inherit.
    pub default_acl: Option<DefaultAcl>,
    /// What the store said about the directory; empty when unknown.
    pub fingerprint: String,
    /// The parent's modification and access times become at least this.
    pub parent_time: Option<Timestamp>,
}

record!(InodeDirectoryEntry {
    1 => id,
    2 => parent_id,
    3 => name,
    4 => owner,
    5 => group,
    6 => mode,
    8 => creation_time,
    9 => modification_time,
    10 => access_time,
    12 => persistence,
    14 => pinned,
    15 => media,
    16 => ttl,
    18 => xattr,
    19 => acl,
    20 => fingerprint,
    21 => parent_time,
    22 => mount_point,
    23 => children_loaded,
    24 => default_acl,
});
