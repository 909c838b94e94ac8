//! A file appears.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{InodeId, Mode, PersistenceState, Timestamp};

use crate::inode::{Acl, Replication, Ttl};

use super::codec::record;

/// Creates a file. With a length it is complete from the start, as one that is found in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InodeFileEntry {
    /// The new file's id: its container with all sequence bits set.
    pub id: InodeId,
    /// The directory that holds it.
    pub parent_id: InodeId,
    /// Its name there, one component.
    pub name: String,
    /// The owning user.
    pub owner: String,
    /// The owning group.
    pub group: String,
    /// The permission bits.
    pub mode: Mode,
    /// The length of every block but the last, in bytes; positive.
    pub block_size: i64,
    /// When it was created.
    pub creation_time: Timestamp,
    /// When its content last changed.
    pub modification_time: Timestamp,
    /// When its content was last read.
    pub access_time: Timestamp,
    /// `Some` for a complete file: its length in bytes, -1 when the store cannot tell.
    pub length: Option<i64>,
    /// Whether the content is in the store.
    pub persistence: PersistenceState,
    /// Whether blocks may be kept on workers.
    pub cacheable: bool,
    /// Whether its blocks may not be evicted.
    pub pinned: bool,
    /// The media where pinned blocks must stay; empty for any.
    pub media: BTreeSet<String>,
    /// When it expires.
    pub ttl: Ttl,
    /// How many copies of every block are wanted.
    pub replication: Replication,
    /// Extended attributes.
    pub xattr: BTreeMap<String, Vec<u8>>,
    /// Permissions of named users and groups.
    pub acl: Option<Acl>,
    /// What the store said about the content; empty when unknown.
    pub fingerprint: String,
    /// The parent's modification and access times become at least this.
    pub parent_time: Option<Timestamp>,
}

record!(InodeFileEntry {
    1 => id,
    2 => parent_id,
    3 => name,
    4 => owner,
    5 => group,
    6 => mode,
    7 => block_size,
    8 => creation_time,
    9 => modification_time,
    10 => access_time,
    11 => length,
    12 => persistence,
    13 => cacheable,
    14 => pinned,
    15 => media,
    16 => ttl,
    17 => replication,
    18 => xattr,
    19 => acl,
    20 => fingerprint,
    21 => parent_time,
});
