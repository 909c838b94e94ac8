//! [`Extras`]: what few inodes have.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{JobId, Timestamp};

use super::{Acl, DefaultAcl, Replication, Ttl};
use crate::journal_entry::codec::{Record, record};

/// Rare attributes of one inode. An inode that has none of them has no extras.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extras {
    pub(super) ttl: Ttl,
    pub(super) replication: Replication,
    pub(super) media: BTreeSet<String>,
    pub(super) xattr: BTreeMap<String, Vec<u8>>,
    pub(super) acl: Option<Acl>,
    pub(super) default_acl: Option<DefaultAcl>,
    pub(super) persist_job_id: Option<JobId>,
    pub(super) temporary_ufs_path: String,
    pub(super) should_persist_time: Option<Timestamp>,
    /// A fingerprint that is too long for the table of fingerprints.
    pub(super) long_fingerprint: String,
    /// A name that is too long for the text arena.
    pub(super) long_name: String,
    /// The first block whose copies on workers may hold the bytes of another place.
    pub(super) withdrawn_from: Option<u32>,
}

/// What an inode without extras has.
pub(super) static NO_EXTRAS: Extras = Extras {
    ttl: Ttl::NONE,
    replication: Replication::UNLIMITED,
    media: BTreeSet::new(),
    xattr: BTreeMap::new(),
    acl: None,
    default_acl: None,
    persist_job_id: None,
    temporary_ufs_path: String::new(),
    should_persist_time: None,
    long_fingerprint: String::new(),
    long_name: String::new(),
    withdrawn_from: None,
};

record!(Extras {
    1 => ttl,
    2 => replication,
    3 => media,
    4 => xattr,
    5 => acl,
    6 => default_acl,
    7 => persist_job_id,
    8 => temporary_ufs_path,
    9 => should_persist_time,
    10 => long_fingerprint,
    11 => long_name,
    12 => withdrawn_from,
});

impl Extras {
    /// The bytes that a checkpoint holds of the attributes; equal for equal attributes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        bytes
    }

    /// Bytes of the attributes themselves and of what they point to, roughly.
    pub(super) fn allocated_bytes(&self) -> usize {
        size_of::<Self>() + self.to_bytes().len()
    }
}
