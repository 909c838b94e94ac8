//! `mkdir`, and the missing parents of anything new. A new directory survives a crash of the machine:
//! whoever notes it elsewhere, in a journal, must not know more than the store does, and a file that
//! is synced is lost with the name of a directory above it.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use alluxio_common::{Mode, UfsPath};

use super::connector::{Local, os_path};
use super::create::sync_directory;
use super::error::parse_error;
use crate::{MkdirOptions, Parents, UfsError, UfsErrorKind, UfsOperation};

impl Local {
    /// See [`crate::UnderFileSystem::mkdir`].
    pub(super) fn mkdir(&self, path: &UfsPath, options: &MkdirOptions) -> Result<(), UfsError> {
        if let Parents::Create(mode) = options.parents {
            self.ensure_parents(path, mode, UfsOperation::Mkdir)?;
        }
        make(path, options.mode, UfsOperation::Mkdir, &mut sync_directory)?;
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
        make_parents(path, mode, operation, &mut sync_directory)
    }
}

fn make_parents(
    path: &UfsPath,
    mode: Mode,
    operation: UfsOperation,
    sync: &mut dyn FnMut(&Path) -> io::Result<()>,
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
        match make(directory, mode, operation, sync) {
            // Somebody else has made it meanwhile.
            Err(error) if error.kind() == UfsErrorKind::AlreadyExists => {}
            made => made?,
        }
    }
    Ok(())
}

/// Makes one directory with exactly this mode, whatever the umask, and its name durable.
fn make(
    path: &UfsPath,
    mode: Mode,
    operation: UfsOperation,
    sync: &mut dyn FnMut(&Path) -> io::Result<()>,
) -> Result<(), UfsError> {
    let failed = |error| parse_error(error, operation, path);
    fs::create_dir(os_path(path)).map_err(failed)?;
    let permissions = fs::Permissions::from_mode(mode.bits().into());
    fs::set_permissions(os_path(path), permissions).map_err(failed)?;
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    sync(os_path(&parent)).map_err(|error| {
        // Or the next try would find it, and take its name for durable.
        let _stays = fs::remove_dir(os_path(path));
        failed(error)
    })
}

#[cfg(test)]
mod tests {
    use nix::errno::Errno;

    use super::*;

    const MODE: Mode = Mode::from_bits(0o755);

    #[test]
    fn every_new_directory_on_the_way_is_synced_into_the_one_above_it() {
        let place = tempfile::tempdir().unwrap();
        let top = UfsPath::parse(place.path().to_str().unwrap()).unwrap();
        fs::create_dir(place.path().join("a")).unwrap();
        let mut synced = Vec::new();
        let mut sync = |directory: &Path| {
            let name = directory.strip_prefix(place.path()).unwrap();
            synced.push(name.display().to_string());
            sync_directory(directory)
        };
        let path = top.join("a/b/c/f");
        for _twice in 0..2 {
            make_parents(&path, MODE, UfsOperation::Create, &mut sync).unwrap();
        }
        assert_eq!(synced, ["a", "a/b"]);
        assert!(place.path().join("a/b/c").is_dir());
    }

    #[test]
    fn a_directory_whose_name_cannot_be_synced_is_not_there() {
        let place = tempfile::tempdir().unwrap();
        let top = UfsPath::parse(place.path().to_str().unwrap()).unwrap();
        let mut sync = |_directory: &Path| Err(Errno::EIO.into());
        let made = make(&top.join("d"), MODE, UfsOperation::Mkdir, &mut sync);
        assert!(made.is_err());
        assert!(!place.path().join("d").try_exists().unwrap());
    }
}
