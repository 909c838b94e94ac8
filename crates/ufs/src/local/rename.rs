//! `rename_file` and `rename_directory`. Neither replaces anything, and both survive a crash of the
//! machine: whoever notes a rename elsewhere, in a journal, must not know more than the store does.

use std::fs;
use std::io;
use std::path::Path;

use alluxio_common::UfsPath;
use nix::errno::Errno;

use super::connector::{Local, os_path};
use super::create::sync_directory;
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
    rename_and_sync(source, target, operation, sync_directory)
}

fn rename_and_sync(
    source: &UfsPath,
    target: &UfsPath,
    operation: UfsOperation,
    mut sync: impl FnMut(&Path) -> io::Result<()>,
) -> Result<(), UfsError> {
    match rename_without_replacing(os_path(source), os_path(target)) {
        Ok(()) => {
            // The new name first: a crash between the two leaves both names, never none.
            let (from, to) = (source.parent(), target.parent());
            let left = from.as_ref().filter(|from| Some(*from) != to.as_ref());
            for directory in to.iter().chain(left) {
                sync(os_path(directory))
                    .map_err(|error| parse_error(error, operation, directory))?;
            }
            Ok(())
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn record(source: &str, target: &str) -> Vec<String> {
        let place = tempfile::tempdir().unwrap();
        for directory in ["a", "b"] {
            fs::create_dir(place.path().join(directory)).unwrap();
        }
        fs::write(place.path().join(source), b"content").unwrap();
        let top = UfsPath::parse(place.path().to_str().unwrap()).unwrap();
        let (source, target) = (top.join(source), top.join(target));
        let mut synced = Vec::new();
        rename_and_sync(&source, &target, UfsOperation::RenameFile, |directory| {
            assert!(
                os_path(&target).try_exists().unwrap(),
                "the rename comes first"
            );
            let name = directory.strip_prefix(place.path()).unwrap();
            synced.push(name.display().to_string());
            sync_directory(directory)
        })
        .unwrap();
        synced
    }

    #[test]
    fn a_rename_is_synced_in_both_directories_the_new_one_first() {
        assert_eq!(record("a/f", "b/f"), ["b", "a"]);
    }

    #[test]
    fn a_rename_within_a_directory_is_synced_once() {
        assert_eq!(record("a/f", "a/g"), ["a"]);
    }

    #[test]
    fn a_rename_that_cannot_be_synced_fails() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("f"), b"content").unwrap();
        let top = UfsPath::parse(place.path().to_str().unwrap()).unwrap();
        let (source, target) = (top.join("f"), top.join("g"));
        let renamed = rename_and_sync(&source, &target, UfsOperation::RenameFile, |_directory| {
            Err(Errno::EIO.into())
        });
        assert!(renamed.is_err());
    }
}
