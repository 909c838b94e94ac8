//! [`StartMasterError`]: why a master does not start.

use std::io;

use alluxio_common::{Describe, ErrorCode, Fact, Hint};
use alluxio_journal::JournalError;
use alluxio_ufs::UfsError;

use crate::backup::BackupError;
use crate::error::FileSystemError;

/// The property that names the root store.
pub(super) const ROOT_PROPERTY: &str = "alluxio.master.mount.table.root.ufs";

/// The property that names a backup.
const BACKUP_PROPERTY: &str = "alluxio.master.journal.init.from.backup";

/// Why a master does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartMasterError {
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A port cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Host and port.
        address: String,
        /// The property that names the port.
        property: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The store behind `/` cannot be used.
    #[error("the root store {ufs} cannot be used ({ROOT_PROPERTY}): {source}")]
    RootStore {
        /// Where it is.
        ufs: String,
        /// What it says.
        source: UfsError,
    },
    /// The backup with which an empty journal is to begin cannot be used.
    #[error("the master does not begin with the backup ({BACKUP_PROPERTY}): {0}")]
    Backup(#[from] BackupError),
    /// The namespace cannot be brought into being.
    #[error(transparent)]
    Namespace(#[from] FileSystemError),
}

impl Describe for StartMasterError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Journal(error) => error.code(),
            Self::Listen { .. } => ErrorCode::Unavailable,
            Self::RootStore { source, .. } => source.code(),
            Self::Backup(error) => error.code(),
            Self::Namespace(error) => error.code(),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Journal(error) => error.facts(),
            Self::Listen { address, .. } => vec![("address", address.clone())],
            Self::RootStore { ufs, .. } => vec![("ufs_path", ufs.clone())],
            Self::Backup(error) => error.facts(),
            Self::Namespace(error) => error.facts(),
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Journal(error) => error.hint(),
            Self::Listen { property, .. } => Some(Hint::CheckProperty(property)),
            Self::RootStore { .. } => Some(Hint::CheckProperty(ROOT_PROPERTY)),
            Self::Backup(_) => Some(Hint::CheckProperty(BACKUP_PROPERTY)),
            Self::Namespace(error) => error.hint(),
        }
    }
}
