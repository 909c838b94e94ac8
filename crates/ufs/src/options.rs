//! How to do an operation: the options of [`crate::UnderFileSystem`].

use alluxio_common::Mode;

/// What happens to missing parents of a new path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parents {
    /// They must be there, else `NotFound`. Stores with implied directories do not check.
    MustExist,
    /// Those that are missing are created with this mode.
    Create(Mode),
}

/// When new content survives a crash of the machine that holds the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Before `close` returns: content, name and parent are synced to the disk.
    Synced,
    /// When the store gets to it, as with `cp`. It still survives the end of any process of ours.
    /// Stores that are durable on `close` anyway make no difference.
    Deferred,
}

/// How [`crate::UnderFileSystem::create`] creates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateOptions {
    /// Permissions of the new file; the store's default when `None`.
    pub mode: Option<Mode>,
    /// User name; the user of this process when `None`.
    pub owner: Option<String>,
    /// Group name; the group of this process when `None`.
    pub group: Option<String>,
    /// Missing parents.
    pub parents: Parents,
    /// When the content is safe.
    pub durability: Durability,
}

impl Default for CreateOptions {
    /// The safe choice: parents must exist, and `close` syncs.
    fn default() -> Self {
        Self {
            mode: None,
            owner: None,
            group: None,
            parents: Parents::MustExist,
            durability: Durability::Synced,
        }
    }
}

/// How [`crate::UnderFileSystem::mkdir`] creates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MkdirOptions {
    /// Permissions of the new directory.
    pub mode: Mode,
    /// User name; the user of this process when `None`.
    pub owner: Option<String>,
    /// Group name; the group of this process when `None`.
    pub group: Option<String>,
    /// Missing parents.
    pub parents: Parents,
}

impl MkdirOptions {
    /// A directory of this mode whose parent must exist.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            owner: None,
            group: None,
            parents: Parents::MustExist,
        }
    }
}

/// How far down a listing or a deletion goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recursion {
    /// Only the directory itself.
    None,
    /// Everything below it too.
    All,
}

/// How [`crate::UnderFileSystem::list`] lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListOptions {
    /// Whether the entries of subdirectories follow.
    pub recursion: Recursion,
    /// Begin behind this key, see [`crate::UfsStatus::list_key`].
    pub start_after: Option<String>,
    /// The most entries of one page, at least 1. A store may give fewer, but never none before the
    /// end.
    pub page_size: usize,
}

impl ListOptions {
    /// The most that object stores give at once.
    pub const DEFAULT_PAGE_SIZE: usize = 1000;

    /// The entries of the directory itself.
    pub fn flat() -> Self {
        Self {
            recursion: Recursion::None,
            start_after: None,
            page_size: Self::DEFAULT_PAGE_SIZE,
        }
    }

    /// Everything below the directory.
    pub fn recursive() -> Self {
        Self {
            recursion: Recursion::All,
            ..Self::flat()
        }
    }
}
