//! `mkdir`, and the missing parents of anything new.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use alluxio_common::{Mode, UfsPath};

use super::connector::{Local, os_path};
use super::error::parse_error;
use crate::{MkdirOptions, Parents, UfsError, UfsErrorKind, UfsOperation};

impl Local {
    /// See [`crate::UnderFileSystem::mkdir`].
    pub(super) fn mkdir(&self, path: &UfsPath, options: &MkdirOptions) -> Result<(), UfsError> {
        if let Parents::Create(mode) = options.parents {
            self.ensure_parents(path, mode, UfsOperation::Mkdir)?;
        }
        make(path, options.mode, UfsOperation::Mkdir)?;
        let chown = |user, group| std::os::unix::fs::chown(os_path(path), user, group);
        let (owner, group) = (options.owner.as_deref(), options.group.as_deref());
        self.give_to(path, owner, group, chown);
        Ok(())
    }

    /// Makes the directories that are missing on the way to `path`. Those that are there keep
    /// their mode.
    pub(super) fn ensure_parents(
        &self,
        path: &UfsPath,
        mode: Mode,
        operation: UfsOperation,
    ) -> Result<(), UfsError> {
        let mut missing = Vec::new();
        let mut ancestor = path.parent();
        while let Some(directory) = ancestor {
            match fs::metadata(os_path(&directory)) {
                Ok(metadata) if metadata.is_dir() => break,
                Ok(_a_file) => {
                    return Err(UfsError::new(
                        UfsErrorKind::NotADirectory,
                        operation,
                        &directory,
                    ));
                }
                Err(error) => {
                    let error = parse_error(error, operation, &directory);
                    if !error.is_not_found() {
                        return Err(error);
                    }
                }
            }
            ancestor = directory.parent();
            missing.push(directory);
        }
        for directory in missing.iter().rev() {
            match make(directory, mode, operation) {
                // Somebody else has made it meanwhile.
                Err(error) if error.kind() == UfsErrorKind::AlreadyExists => {}
                made => made?,
            }
        }
        Ok(())
    }
}

/// Makes one directory with exactly this mode, whatever the umask.
fn make(path: &UfsPath, mode: Mode, operation: UfsOperation) -> Result<(), UfsError> {
    let failed = |error| parse_error(error, operation, path);
    fs::create_dir(os_path(path)).map_err(failed)?;
    let permissions = fs::Permissions::from_mode(mode.bits().into());
    fs::set_permissions(os_path(path), permissions).map_err(failed)
}
