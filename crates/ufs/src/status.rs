//! What a store says about a path: [`UfsStatus`], and about itself: [`UfsSpace`].

use std::sync::Arc;

use alluxio_common::{Mode, Timestamp};

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UfsStatus {
    /// Bytes.
    File(UfsFile),
    /// A directory; in an object store possibly one that only the keys below it imply.
    Directory(UfsDirectory),
}

/// A file of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UfsFile {
    /// The last component of the path; in a listing, the path relative to the listed directory.
    pub name: String,
    /// In bytes.
    pub length: u64,
    /// Changes whenever the content changes: an ETag where the store has one, else length and
    /// modification time. Opaque, possibly with spaces; never empty.
    pub content_hash: String,
    /// When the content last changed; `None` when the store does not say.
    pub last_modified: Option<Timestamp>,
    /// User name; empty when the store has no owners.
    pub owner: Arc<str>,
    /// Group name; empty when the store has no groups.
    pub group: Arc<str>,
    /// Permissions; those that the connector makes up when the store has none.
    pub mode: Mode,
}

/// A directory of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UfsDirectory {
    /// The last component of the path; in a listing, the path relative to the listed directory.
    pub name: String,
    /// `None` when the store does not say, as for implied directories.
    pub last_modified: Option<Timestamp>,
    /// User name; empty when the store has no owners.
    pub owner: Arc<str>,
    /// Group name; empty when the store has no groups.
    pub group: Arc<str>,
    /// Permissions; those that the connector makes up when the store has none.
    pub mode: Mode,
}

impl UfsStatus {
    /// The name, see [`UfsFile::name`].
    pub fn name(&self) -> &str {
        match self {
            Self::File(file) => &file.name,
            Self::Directory(directory) => &directory.name,
        }
    }

    /// User name; empty when the store has no owners.
    pub fn owner(&self) -> &str {
        match self {
            Self::File(file) => &file.owner,
            Self::Directory(directory) => &directory.owner,
        }
    }

    /// Group name; empty when the store has no groups.
    pub fn group(&self) -> &str {
        match self {
            Self::File(file) => &file.group,
            Self::Directory(directory) => &directory.group,
        }
    }

    /// Permissions.
    pub fn mode(&self) -> Mode {
        match self {
            Self::File(file) => file.mode,
            Self::Directory(directory) => directory.mode,
        }
    }

    /// When it last changed, if the store says so.
    pub fn last_modified(&self) -> Option<Timestamp> {
        match self {
            Self::File(file) => file.last_modified,
            Self::Directory(directory) => directory.last_modified,
        }
    }

    /// Whether this is a directory.
    pub fn is_directory(&self) -> bool {
        matches!(self, Self::Directory(_))
    }

    /// The file, if it is one.
    pub fn as_file(&self) -> Option<&UfsFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Directory(_) => None,
        }
    }

    /// Where it stands in the order of a listing: its name, with a slash behind that of a
    /// directory. Hand it to [`crate::ListOptions::start_after`] to go on behind this entry.
    pub fn list_key(&self) -> String {
        match self {
            Self::File(file) => file.name.clone(),
            Self::Directory(directory) => format!("{}/", directory.name),
        }
    }
}

/// How large a store is; `None` for what it does not say. Alluxio prints that as -1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UfsSpace {
    /// All bytes.
    pub capacity: Option<u64>,
    /// Bytes in use by anybody.
    pub used: Option<u64>,
}

impl UfsSpace {
    /// A store that does not know its size.
    pub const UNKNOWN: Self = Self {
        capacity: None,
        used: None,
    };

    /// The capacity as the wire carries it: -1 when unknown.
    pub fn capacity_or_minus_one(&self) -> i64 {
        or_minus_one(self.capacity)
    }

    /// The used bytes as the wire carries them: -1 when unknown.
    pub fn used_or_minus_one(&self) -> i64 {
        or_minus_one(self.used)
    }
}

fn or_minus_one(bytes: Option<u64>) -> i64 {
    bytes.map_or(-1, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX))
}
