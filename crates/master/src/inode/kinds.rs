//! The values that an inode's attributes take.

use std::collections::BTreeMap;
use std::fmt;

use alluxio_common::conf::ShownOptions;
use alluxio_common::{Access, Mode, TtlAction};

/// What an inode is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InodeKind {
    /// It has content.
    File,
    /// It has children.
    Directory,
}

/// How long an inode lives, counted from its creation, and what happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ttl {
    /// Milliseconds; -1 for ever.
    pub millis: i64,
    /// What happens at the end.
    pub action: TtlAction,
}

impl Ttl {
    /// For ever. Clients see the action even so, and FREE is the one that they expect there.
    pub const NONE: Self = Self {
        millis: -1,
        action: TtlAction::Free,
    };

    /// Every negative time means for ever, whatever would happen at the end.
    #[must_use]
    pub const fn normalised(self) -> Self {
        if self.millis < 0 { Self::NONE } else { self }
    }
}

/// How many copies of every block of a file are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Replication {
    /// At least; 0 when none need be kept.
    pub min: i32,
    /// At most; -1 for any number.
    pub max: i32,
}

impl Replication {
    /// Any number.
    pub const UNLIMITED: Self = Self { min: 0, max: -1 };
}

/// What named users and groups may do, beyond the mode bits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acl {
    /// By user name.
    pub users: BTreeMap<String, Access>,
    /// By group name.
    pub groups: BTreeMap<String, Access>,
    /// The most that named users, the owning group and named groups may do.
    pub mask: Option<Access>,
}

impl Acl {
    /// Whether it says nothing beyond the mode bits.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && self.mask.is_none()
    }
}

/// What new children of a directory inherit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultAcl {
    /// Owner, owning group and others.
    pub mode: Mode,
    /// Named users and groups, and the mask.
    pub named: Acl,
}

impl Default for DefaultAcl {
    fn default() -> Self {
        Self {
            mode: Mode::from_bits(0),
            named: Acl::default(),
        }
    }
}

/// How a store is mounted.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct MountOptions {
    /// Whether changes are refused.
    pub read_only: bool,
    /// Whether every user may use it.
    pub shared: bool,
    /// Properties of the connector.
    pub properties: BTreeMap<String, String>,
}

impl fmt::Debug for MountOptions {
    /// Secrets are stars: this text stands in dumps of the journal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MountOptions")
            .field("read_only", &self.read_only)
            .field("shared", &self.shared)
            .field("properties", &ShownOptions(&self.properties))
            .finish()
    }
}

/// How many inodes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Files, complete or not.
    pub files: u64,
    /// Directories, the topmost one included.
    pub directories: u64,
}
