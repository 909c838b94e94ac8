//! [`UfsOperation`]: the name of every call to a store, for errors, metrics, limits and faults.

use std::fmt;

/// One call of [`crate::UnderFileSystem`], of a stream or of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UfsOperation {
    /// Building the connector of a mount.
    Connect,
    /// [`crate::UnderFileSystem::status`]
    Status,
    /// [`crate::UnderFileSystem::list`] and every page of it.
    List,
    /// [`crate::UnderFileSystem::create`]
    Create,
    /// [`crate::UfsWriter::write`]
    Write,
    /// [`crate::UfsWriter::flush`]
    Flush,
    /// [`crate::UfsWriter::close`]
    Close,
    /// [`crate::UfsWriter::abort`]
    Abort,
    /// [`crate::UnderFileSystem::open`]
    Open,
    /// [`crate::UfsReader::read`]
    Read,
    /// [`crate::UnderFileSystem::read_at`]
    ReadAt,
    /// [`crate::UnderFileSystem::mkdir`]
    Mkdir,
    /// [`crate::UnderFileSystem::delete_file`] and [`crate::UnderFileSystem::delete_files`]
    DeleteFile,
    /// [`crate::UnderFileSystem::delete_directory`]
    DeleteDirectory,
    /// [`crate::UnderFileSystem::rename_file`]
    RenameFile,
    /// [`crate::UnderFileSystem::rename_directory`]
    RenameDirectory,
    /// [`crate::UnderFileSystem::set_owner`]
    SetOwner,
    /// [`crate::UnderFileSystem::set_mode`]
    SetMode,
    /// [`crate::UnderFileSystem::space`]
    Space,
    /// [`crate::UnderFileSystem::cleanup`]
    Cleanup,
}

impl UfsOperation {
    /// All operations, for tables of metrics.
    pub const ALL: [Self; 20] = [
        Self::Connect,
        Self::Status,
        Self::List,
        Self::Create,
        Self::Write,
        Self::Flush,
        Self::Close,
        Self::Abort,
        Self::Open,
        Self::Read,
        Self::ReadAt,
        Self::Mkdir,
        Self::DeleteFile,
        Self::DeleteDirectory,
        Self::RenameFile,
        Self::RenameDirectory,
        Self::SetOwner,
        Self::SetMode,
        Self::Space,
        Self::Cleanup,
    ];

    /// The name in logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Status => "status",
            Self::List => "list",
            Self::Create => "create",
            Self::Write => "write",
            Self::Flush => "flush",
            Self::Close => "close",
            Self::Abort => "abort",
            Self::Open => "open",
            Self::Read => "read",
            Self::ReadAt => "read_at",
            Self::Mkdir => "mkdir",
            Self::DeleteFile => "delete_file",
            Self::DeleteDirectory => "delete_directory",
            Self::RenameFile => "rename_file",
            Self::RenameDirectory => "rename_directory",
            Self::SetOwner => "set_owner",
            Self::SetMode => "set_mode",
            Self::Space => "space",
            Self::Cleanup => "cleanup",
        }
    }

    /// Whether doing it twice ends like doing it once, so that it may be sent again although the
    /// first attempt may have worked. Creating counts: nothing is visible before `close`.
    pub const fn is_repeatable(self) -> bool {
        match self {
            Self::Connect
            | Self::Status
            | Self::List
            | Self::Create
            | Self::Open
            | Self::Read
            | Self::ReadAt
            | Self::SetOwner
            | Self::SetMode
            | Self::Space
            | Self::Cleanup => true,
            Self::Write
            | Self::Flush
            | Self::Close
            | Self::Abort
            | Self::Mkdir
            | Self::DeleteFile
            | Self::DeleteDirectory
            | Self::RenameFile
            | Self::RenameDirectory => false,
        }
    }

    /// Its place in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for UfsOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_an_operation_is_its_place_in_the_list() {
        for (place, operation) in UfsOperation::ALL.into_iter().enumerate() {
            assert_eq!(operation.index(), place, "{operation}");
        }
    }
}
