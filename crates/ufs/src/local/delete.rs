//! `delete_file` and `delete_directory`. A link is removed, never what it leads to.

use std::fs;
use std::io;

use alluxio_common::UfsPath;

use super::connector::{Local, os_path};
use super::error::parse_error;
use super::temporary::TemporaryNames;
use crate::{Recursion, UfsError, UfsErrorKind, UfsOperation};

impl Local {
    /// See [`crate::UnderFileSystem::delete_file`].
    pub(super) fn delete_file(&self, path: &UfsPath) -> Result<(), UfsError> {
        let operation = UfsOperation::DeleteFile;
        let failed = |error| parse_error(error, operation, path);
        let own = fs::symlink_metadata(os_path(path)).map_err(failed)?;
        let is_directory_link =
            || fs::metadata(os_path(path)).is_ok_and(|metadata| metadata.is_dir());
        if own.is_dir() || (own.is_symlink() && is_directory_link()) {
            return Err(UfsError::new(UfsErrorKind::IsADirectory, operation, path));
        }
        fs::remove_file(os_path(path)).map_err(failed)
    }

    /// See [`crate::UnderFileSystem::delete_directory`].
    pub(super) fn delete_directory(
        &self,
        path: &UfsPath,
        recursion: Recursion,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::DeleteDirectory;
        let failed = |error| parse_error(error, operation, path);
        if path.is_root() {
            let error = UfsError::new(UfsErrorKind::InvalidPath, operation, path);
            return Err(error.with_reason("The root of the file system is not deleted"));
        }
        let target = fs::metadata(os_path(path)).map_err(failed)?;
        if !target.is_dir() {
            return Err(UfsError::new(UfsErrorKind::NotADirectory, operation, path));
        }
        let own = fs::symlink_metadata(os_path(path)).map_err(failed)?;
        if own.is_symlink() {
            return fs::remove_file(os_path(path)).map_err(failed);
        }
        match recursion {
            Recursion::All => fs::remove_dir_all(os_path(path)).map_err(failed),
            Recursion::None => remove_empty(path).map_err(failed),
        }
    }
}

/// Removes a directory whose listing is empty: what interrupted writers left there goes with it.
fn remove_empty(path: &UfsPath) -> io::Result<()> {
    match fs::remove_dir(os_path(path)) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
        removed => return removed,
    }
    let mut leftovers = Vec::new();
    for entry in fs::read_dir(os_path(path))? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.to_str().is_some_and(TemporaryNames::is_temporary) {
            return Err(io::Error::from(nix::errno::Errno::ENOTEMPTY));
        }
        leftovers.push(entry.path());
    }
    for leftover in leftovers {
        fs::remove_file(leftover)?;
    }
    fs::remove_dir(os_path(path))
}
