//! [`FileInfo`]: everything that a status tells about a file or directory.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{BlockId, InodeId, Mode, MountId, PersistenceState, Timestamp};

use super::block_locations::BlockCopies;
use crate::inode::{Acl, DefaultAcl, Replication, Ttl};

/// A block of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileBlock {
    /// Its id.
    pub block_id: BlockId,
    /// How many bytes it holds.
    pub length: u64,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Who holds a copy.
    pub copies: BlockCopies,
}

/// Everything that a status tells about a file or directory, owned. Servers of many statuses a
/// second read a [`super::StatusView`] instead, which borrows from the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a status has independent yes-or-no facts"
)]
pub struct FileInfo {
    /// The inode.
    pub file_id: InodeId,
    /// The last component; empty for the root.
    pub name: String,
    /// The whole path.
    pub path: String,
    /// Where it lies, or would lie, in the store.
    pub ufs_path: String,
    /// Bytes of a file, -1 when the store cannot tell; children of a directory.
    pub length: i64,
    /// Zero for a directory.
    pub block_size: i64,
    /// When it was created.
    pub creation_time: Timestamp,
    /// When its content or its list of children last changed.
    pub modification_time: Timestamp,
    /// When it was last opened.
    pub access_time: Timestamp,
    /// Whether all content is there; directories are always complete.
    pub completed: bool,
    /// Whether this is a directory.
    pub folder: bool,
    /// Whether its blocks, or those of new children, are never evicted.
    pub pinned: bool,
    /// Media where pinned blocks must stay.
    pub media: BTreeSet<String>,
    /// Whether blocks may be kept on workers.
    pub cacheable: bool,
    /// Whether the content is in the store.
    pub persistence: PersistenceState,
    /// When it expires.
    pub ttl: Ttl,
    /// The owning user.
    pub owner: String,
    /// The owning group.
    pub group: String,
    /// The permissions.
    pub mode: Mode,
    /// Permissions of named users and groups.
    pub acl: Option<Acl>,
    /// What new children inherit.
    pub default_acl: Option<DefaultAcl>,
    /// Whether a store is mounted here.
    pub mount_point: bool,
    /// The mount that serves the path.
    pub mount_id: MountId,
    /// How many copies are wanted.
    pub replication: Replication,
    /// What the store said about the content; empty when unknown.
    pub ufs_fingerprint: String,
    /// Extended attributes.
    pub xattr: BTreeMap<String, Vec<u8>>,
    /// The blocks, in order.
    pub blocks: Vec<FileBlock>,
    /// How much of it is on workers, 0 to 100.
    pub in_alluxio_percentage: i32,
    /// How much of it is in a memory tier, 0 to 100.
    pub in_memory_percentage: i32,
}
