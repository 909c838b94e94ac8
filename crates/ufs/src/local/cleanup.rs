//! `cleanup`: removes what writers left behind that were killed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alluxio_common::UfsPath;

use super::connector::{Local, os_path};
use super::error::parse_error;
use super::temporary::TemporaryNames;
use crate::{UfsError, UfsOperation, UfsStatus};

impl Local {
    /// See [`crate::UnderFileSystem::cleanup`]. Links are not followed.
    pub(super) fn cleanup(&self, root: &UfsPath, age: Duration) -> Result<u64, UfsError> {
        let failed = |error| parse_error(error, UfsOperation::Cleanup, root);
        let mut directories = vec![os_path(root).to_path_buf()];
        let mut removed = 0;
        while let Some(directory) = directories.pop() {
            let entries = match fs::read_dir(&directory) {
                Ok(entries) => entries,
                // One that has gone, or that belongs to somebody else, keeps nobody from the rest.
                Err(error) if directory != os_path(root) => {
                    skip(&directory, &error);
                    continue;
                }
                Err(error) => return Err(failed(error)),
            };
            for entry in entries {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        skip(&directory, &error);
                        break;
                    }
                };
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                if kind.is_dir() {
                    directories.push(entry.path());
                    continue;
                }
                let name = entry.file_name();
                let is_ours = name.to_str().is_some_and(TemporaryNames::is_temporary);
                if kind.is_file() && is_ours && self.remove_if_old(entry.path(), age) {
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    fn remove_if_old(&self, path: PathBuf, age: Duration) -> bool {
        let Ok(metadata) = fs::metadata(&path) else {
            return false;
        };
        let status = self.status_of(String::new(), &metadata);
        let Some(modified) = status.as_ref().and_then(UfsStatus::last_modified) else {
            return false;
        };
        let idle_millis = self.clock.now().millis() - modified.millis();
        if u128::try_from(idle_millis).unwrap_or(0) < age.as_millis() {
            return false;
        }
        match fs::remove_file(&path) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "temporary file resists");
                false
            }
        }
    }
}

fn skip(directory: &Path, error: &io::Error) {
    if error.kind() != io::ErrorKind::NotFound {
        tracing::warn!(path = %directory.display(), %error, "directory is not cleaned");
    }
}
