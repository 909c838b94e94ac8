//! [`BackupError`]: why there is no backup, or no journal from it.

use alluxio_common::{Describe, ErrorCode, Fact, Hint, InvalidUfsPath};
use alluxio_journal::JournalError;
use alluxio_ufs::UfsError;

use crate::error::FileSystemError;

/// Why there is no backup, or no journal from it.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// One at a time.
    #[error("Backup in progress")]
    Running,
    /// No backup has this id: it was another master that took it.
    #[error("Backup not found: {id}")]
    NotFound {
        /// What was given.
        id: String,
    },
    /// The directory is none.
    #[error("A backup goes to an absolute path, not to {directory}")]
    Directory {
        /// What was given.
        directory: String,
    },
    /// The file is no whole backup.
    #[error("{file} is no backup of this system: {reason}")]
    Damaged {
        /// Where it is.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A backup that was running has failed.
    #[error("{reason}")]
    Failed {
        /// Why.
        reason: String,
        /// Of what kind that was.
        code: ErrorCode,
    },
    /// The text is no URI of a store.
    #[error(transparent)]
    InvalidPath(#[from] InvalidUfsPath),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] UfsError),
    /// The namespace cannot be looked at, or refuses.
    #[error(transparent)]
    Namespace(#[from] FileSystemError),
    /// The journal refuses.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Describe for BackupError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Running => ErrorCode::Refused,
            Self::NotFound { .. } => ErrorCode::PathNotFound,
            Self::Directory { .. } | Self::InvalidPath(_) => ErrorCode::InvalidArgument,
            Self::Damaged { .. } => ErrorCode::DataCorrupt,
            Self::Failed { code, .. } => *code,
            Self::Store(source) => source.code(),
            Self::Namespace(source) => source.code(),
            Self::Journal(source) => source.code(),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Store(source) => source.facts(),
            Self::Namespace(source) => source.facts(),
            Self::Journal(source) => source.facts(),
            Self::Running
            | Self::NotFound { .. }
            | Self::Directory { .. }
            | Self::Damaged { .. }
            | Self::Failed { .. }
            | Self::InvalidPath(_) => Vec::new(),
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Store(source) => source.hint(),
            Self::Running
            | Self::NotFound { .. }
            | Self::Directory { .. }
            | Self::Damaged { .. }
            | Self::Failed { .. }
            | Self::InvalidPath(_)
            | Self::Namespace(_)
            | Self::Journal(_) => None,
        }
    }
}
