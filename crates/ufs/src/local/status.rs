//! `status`: what stands at a path, links followed.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;

use alluxio_common::{Mode, Timestamp, UfsPath};

use super::connector::{Local, os_path};
use super::error::parse_error;
use crate::{UfsDirectory, UfsError, UfsErrorKind, UfsFile, UfsOperation, UfsStatus};

const NANOS_PER_MILLI: i64 = 1_000_000;
const MILLIS_PER_SECOND: i64 = 1000;

impl Local {
    /// See [`crate::UnderFileSystem::status`].
    pub(super) fn status(&self, path: &UfsPath) -> Result<UfsStatus, UfsError> {
        let operation = UfsOperation::Status;
        let metadata =
            fs::metadata(os_path(path)).map_err(|error| parse_error(error, operation, path))?;
        self.status_of(path.name().to_owned(), &metadata)
            .ok_or_else(|| {
                UfsError::new(UfsErrorKind::NotFound, operation, path)
                    .with_reason("Neither a file nor a directory")
            })
    }

    /// The status of something whose metadata is known; `None` for what is neither file nor
    /// directory.
    pub(super) fn status_of(&self, name: String, metadata: &Metadata) -> Option<UfsStatus> {
        if metadata.is_dir() {
            return Some(UfsStatus::Directory(UfsDirectory {
                name,
                last_modified: Some(last_modified(metadata)),
                owner: self.names.user(metadata.uid()),
                group: self.names.group(metadata.gid()),
                mode: mode_of(metadata),
            }));
        }
        metadata
            .is_file()
            .then(|| UfsStatus::File(self.file_of(name, metadata)))
    }

    /// The status of what is known to be a file.
    pub(super) fn file_of(&self, name: String, metadata: &Metadata) -> UfsFile {
        UfsFile {
            name,
            length: metadata.len(),
            content_hash: content_hash(metadata),
            last_modified: Some(last_modified(metadata)),
            owner: self.names.user(metadata.uid()),
            group: self.names.group(metadata.gid()),
            mode: mode_of(metadata),
        }
    }
}

/// Length and modification time: the only cheap sign of a change that the system has.
pub(super) fn content_hash(metadata: &Metadata) -> String {
    let modified = last_modified(metadata).millis();
    format!("(len:{}, modtime:{modified})", metadata.len())
}

fn last_modified(metadata: &Metadata) -> Timestamp {
    let millis = metadata.mtime().saturating_mul(MILLIS_PER_SECOND);
    Timestamp::from_millis(millis + metadata.mtime_nsec() / NANOS_PER_MILLI)
}

fn mode_of(metadata: &Metadata) -> Mode {
    // The type and the special bits are above the lower sixteen, or dropped by the mode itself.
    Mode::from_bits((metadata.mode() & 0o777) as u16)
}
