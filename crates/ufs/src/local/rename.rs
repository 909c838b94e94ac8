//! `rename_file` and `rename_directory`. Neither replaces anything.

use std::fs;
use std::io;
use std::path::Path;

use alluxio_common::UfsPath;
use nix::errno::Errno;

use super::connector::{Local, os_path};
use super::error::parse_error;
use crate::{UfsError, UfsErrorKind, UfsOperation};

impl Local {
    /// See [`crate::UnderFileSystem::rename_file`].
    pub(super) fn rename_file(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameFile;
        let metadata =
            fs::metadata(os_path(source)).map_err(|error| parse_error(error, operation, source))?;
        if metadata.is_dir() {
            return Err(UfsError::new(UfsErrorKind::IsADirectory, operation, source));
        }
        rename(source, target, operation)
    }

    /// See [`crate::UnderFileSystem::rename_directory`].
    pub(super) fn rename_directory(
        &self,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameDirectory;
        let metadata =
            fs::metadata(os_path(source)).map_err(|error| parse_error(error, operation, source))?;
        if !metadata.is_dir() {
            return Err(UfsError::new(
                UfsErrorKind::NotADirectory,
                operation,
                source,
            ));
        }
        if source
            .relative(target)
            .is_some_and(|below| !below.is_empty())
        {
            return Err(inside_itself(operation, target));
        }
        rename(source, target, operation)
    }
}

fn inside_itself(operation: UfsOperation, target: &UfsPath) -> UfsError {
    UfsError::new(UfsErrorKind::InvalidPath, operation, target)
        .with_reason("The target lies inside the source")
}

fn rename(source: &UfsPath, target: &UfsPath, operation: UfsOperation) -> Result<(), UfsError> {
    match rename_without_replacing(os_path(source), os_path(target)) {
        Ok(()) => Ok(()),
        // A link on the way hid that the target lies inside the source.
        Err(error) if error.raw_os_error() == Some(Errno::EINVAL as i32) => {
            Err(inside_itself(operation, target))
        }
        // The source was there a moment ago, so the target's parent is missing.
        Err(error) => Err(parse_error(error, operation, target)),
    }
}

#[cfg(target_env = "gnu")]
fn rename_without_replacing(source: &Path, target: &Path) -> io::Result<()> {
    use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

    match renameat2(
        AT_FDCWD,
        source,
        AT_FDCWD,
        target,
        RenameFlags::RENAME_NOREPLACE,
    ) {
        // Network file systems do not know the flag.
        Err(Errno::EINVAL | Errno::ENOSYS) => check_and_rename(source, target),
        renamed => Ok(renamed?),
    }
}

#[cfg(not(target_env = "gnu"))]
fn rename_without_replacing(source: &Path, target: &Path) -> io::Result<()> {
    check_and_rename(source, target)
}

/// Where the system cannot do both in one step. Something that comes to the target between the two
/// is replaced if it is a file or an empty directory.
fn check_and_rename(source: &Path, target: &Path) -> io::Result<()> {
    match fs::symlink_metadata(target) {
        Ok(_something) => Err(Errno::EEXIST.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(source, target),
        Err(error) => Err(error),
    }
}
