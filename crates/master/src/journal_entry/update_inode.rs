//! Attributes of an inode change.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{InodeId, JobId, Mode, PersistenceState, Timestamp};

use crate::inode::{Acl, DefaultAcl, Replication, Ttl};

use super::codec::{DecodeError, Field, FieldValue, put_bytes, put_record, record};

/// Replaces those attributes that are present; the others stay. Every value is absolute: the result
/// of a strategy, not the strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateInodeEntry {
    /// Which inode.
    pub id: InodeId,
    /// The owning user.
    pub owner: Option<String>,
    /// The owning group.
    pub group: Option<String>,
    /// The permission bits.
    pub mode: Option<Mode>,
    /// When it was created.
    pub creation_time: Option<Timestamp>,
    /// When its content last changed.
    pub modification_time: Option<Timestamp>,
    /// When it was last read.
    pub access_time: Option<Timestamp>,
    /// Whether the content is in the store.
    pub persistence: Option<PersistenceState>,
    /// Whether blocks may not be evicted.
    pub pinned: Option<bool>,
    /// The media where pinned blocks must stay; empty for any.
    pub media: Option<BTreeSet<String>>,
    /// When it expires; [`Ttl::NONE`] for never.
    pub ttl: Option<Ttl>,
    /// How many copies of every block are wanted. Files only.
    pub replication: Option<Replication>,
    /// All extended attributes from now on.
    pub xattr: Option<BTreeMap<String, Vec<u8>>>,
    /// All permissions of named users and groups from now on; an empty one removes them.
    pub acl: Option<Acl>,
    /// What new children inherit. Directories only.
    pub default_acl: Option<DefaultAclChange>,
    /// What the store said; empty when unknown.
    pub fingerprint: Option<String>,
    /// Whether a store is mounted here. Directories only.
    pub mount_point: Option<bool>,
    /// Whether all children that the store has are known. Directories only.
    pub children_loaded: Option<bool>,
    /// The job that persists the file; a negative id for none. Files only.
    pub persist_job_id: Option<JobId>,
    /// Where the persist job writes in the store; empty for nowhere. Files only.
    pub temporary_ufs_path: Option<String>,
    /// When persisting is to start at the earliest; -1 for no such time. Files only.
    pub should_persist_time: Option<Timestamp>,
}

/// What happens to a directory's default ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultAclChange {
    /// New children inherit this.
    Replace(DefaultAcl),
    /// New children inherit nothing.
    Remove,
}

record!(UpdateInodeEntry {
    1 => id,
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
    17 => replication,
    18 => xattr,
    19 => acl,
    20 => fingerprint,
    22 => mount_point,
    23 => children_loaded,
    24 => default_acl,
    25 => persist_job_id,
    26 => temporary_ufs_path,
    27 => should_persist_time,
});

impl UpdateInodeEntry {
    /// A change of this inode that changes nothing yet.
    pub fn of(id: InodeId) -> Self {
        Self {
            id,
            owner: None,
            group: None,
            mode: None,
            creation_time: None,
            modification_time: None,
            access_time: None,
            persistence: None,
            pinned: None,
            media: None,
            ttl: None,
            replication: None,
            xattr: None,
            acl: None,
            default_acl: None,
            fingerprint: None,
            mount_point: None,
            children_loaded: None,
            persist_job_id: None,
            temporary_ufs_path: None,
            should_persist_time: None,
        }
    }
}

// Present and empty means removal; a default ACL itself is never empty.
impl FieldValue for DefaultAclChange {
    fn absent() -> Self {
        Self::Remove
    }

    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        match self {
            Self::Replace(acl) => put_record(out, tag, acl),
            Self::Remove => put_bytes(out, tag, &[]),
        }
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        let mut acl = DefaultAcl::absent();
        acl.merge(field)?;
        *self = Self::Replace(acl);
        Ok(())
    }
}
