//! What can go wrong with the blocks of a worker.

use std::io;
use std::path::PathBuf;

use alluxio_common::{BlockId, ByteSize, Describe, ErrorCode, Fact, Hint};

/// An operation of the block store that could not be done. Nothing has changed then, unless the
/// variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// The block is not here, or not any more.
    #[error("Block {block_id} is not on this worker.")]
    NotHere {
        /// The block that was asked for.
        block_id: BlockId,
    },
    /// The block is here already, complete.
    #[error("Block {block_id} is on this worker already.")]
    AlreadyExists {
        /// The block that was to be created.
        block_id: BlockId,
    },
    /// Another session is writing the block.
    #[error("Block {block_id} is being written by another session.")]
    BeingWritten {
        /// The block that was to be created.
        block_id: BlockId,
    },
    /// The block cannot be moved now: another session moves it, or reads it by its path.
    #[error("Block {block_id} is in use by another session.")]
    Busy {
        /// The block that was to be moved.
        block_id: BlockId,
    },
    /// No directory has room, and not enough may be evicted.
    #[error(
        "Not enough space left on worker {worker} to store blockId {block_id}{}",
        advice(lost.as_deref())
    )]
    NoSpace {
        /// The worker as Alluxio names it in this sentence.
        worker: String,
        /// The block that found no room.
        block_id: BlockId,
        /// Whether room can be made.
        shortage: Shortage,
        /// A directory that is lost, and could have had room.
        lost: Option<String>,
    },
    /// The request names a tier or a medium that this worker does not have.
    #[error("This worker has no storage {wanted}.")]
    NoSuchStorage {
        /// What was asked for.
        wanted: String,
    },
    /// The bytes of the block are not the ones that were written. The block has been dropped.
    #[error("Block {block_id} in {dir} does not match its checksum; it has been dropped.")]
    Corrupt {
        /// The damaged block.
        block_id: BlockId,
        /// The directory that held it.
        dir: PathBuf,
    },
    /// Another worker has the directory.
    #[error("{} is in use by a running worker", dir.display())]
    InUse {
        /// The directory.
        dir: PathBuf,
    },
    /// The file system below refused.
    #[error("Cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: `read`, `create`, ...
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
}

/// What to do when there is no room.
fn advice(lost: Option<&str>) -> String {
    match lost {
        None => ". Please consult https://docs.alluxio.io/os/user/2.9/en/operation/Troubleshooting.html \
                 for common solutions to address this problem."
            .to_owned(),
        Some(directory) => format!(
            ": its storage directory {directory} is lost. It is used again when the worker is restarted."
        ),
    }
}

/// Why there is no room for a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    /// Other blocks take it.
    Now,
    /// The block is larger than the directories it may go to: it is of no use to evict others.
    Always,
}

impl BlockError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.into(),
            source,
        }
    }
}

impl Describe for BlockError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotHere { .. } => ErrorCode::BlockNotFound,
            Self::AlreadyExists { .. } | Self::BeingWritten { .. } => ErrorCode::AlreadyExists,
            Self::Busy { .. } => ErrorCode::Busy,
            Self::NoSpace { .. } => ErrorCode::NoSpace,
            Self::NoSuchStorage { .. } => ErrorCode::InvalidArgument,
            Self::Corrupt { .. } => ErrorCode::DataCorrupt,
            Self::InUse { .. } => ErrorCode::FailedPrecondition,
            Self::Io { .. } => ErrorCode::Unavailable,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::NotHere { block_id }
            | Self::AlreadyExists { block_id }
            | Self::BeingWritten { block_id }
            | Self::Busy { block_id }
            | Self::NoSpace { block_id, .. }
            | Self::Corrupt { block_id, .. } => vec![("block_id", block_id.to_string())],
            Self::NoSuchStorage { wanted } => vec![("storage", wanted.clone())],
            Self::InUse { dir } => vec![("directory", dir.display().to_string())],
            Self::Io { path, .. } => vec![("file", path.display().to_string())],
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::NoSpace { lost: Some(_), .. } => Some(Hint::CheckProperty(
                "alluxio.worker.tieredstore.level0.dirs.path",
            )),
            Self::NoSpace { .. } => Some(Hint::CheckProperty(
                "alluxio.worker.tieredstore.level0.dirs.quota",
            )),
            Self::NoSuchStorage { .. } => {
                Some(Hint::CheckProperty("alluxio.worker.tieredstore.levels"))
            }
            Self::NotHere { .. }
            | Self::AlreadyExists { .. }
            | Self::BeingWritten { .. }
            | Self::Busy { .. }
            | Self::Corrupt { .. }
            | Self::InUse { .. }
            | Self::Io { .. } => None,
        }
    }
}

/// Why a worker's storage cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// No tier, or a tier without directories.
    #[error("no storage directory is configured for tier {tier}")]
    NoDirectories {
        /// The alias of the tier, or its level.
        tier: String,
    },
    /// Two tiers have the same name.
    #[error("two storage tiers are called {alias}")]
    DuplicateTier {
        /// The alias that appears twice.
        alias: String,
    },
    /// Two directories are the same.
    #[error("the storage directory {} is configured twice", path.display())]
    DuplicateDirectory {
        /// The directory that appears twice.
        path: PathBuf,
    },
    /// A directory in memory is smaller than its quota.
    #[error(
        "{} has room for {available}, but its quota is {quota}: lower the quota, or give the \
         memory file system more space", path.display()
    )]
    TooLittleSpace {
        /// The directory.
        path: PathBuf,
        /// What the file system can take, including what the worker keeps there already.
        available: ByteSize,
        /// What was configured.
        quota: ByteSize,
    },
    /// Another worker has a directory.
    #[error("{} is in use by a running worker", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// Not one of the directories can be used.
    #[error("no storage directory can be used; the first, {}, says: {source}", path.display())]
    NoneUsable {
        /// The first directory.
        path: PathBuf,
        /// Why it cannot be used.
        source: io::Error,
    },
}

impl Describe for OpenStoreError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoDirectories { .. }
            | Self::DuplicateTier { .. }
            | Self::DuplicateDirectory { .. } => ErrorCode::InvalidArgument,
            Self::TooLittleSpace { .. } => ErrorCode::NoSpace,
            Self::InUse { .. } => ErrorCode::FailedPrecondition,
            Self::NoneUsable { .. } => ErrorCode::Unavailable,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::NoDirectories { .. }
            | Self::DuplicateDirectory { .. }
            | Self::InUse { .. }
            | Self::NoneUsable { .. } => Some(Hint::CheckProperty(
                "alluxio.worker.tieredstore.level0.dirs.path",
            )),
            Self::DuplicateTier { .. } => Some(Hint::CheckProperty(
                "alluxio.worker.tieredstore.level0.alias",
            )),
            Self::TooLittleSpace { .. } => Some(Hint::CheckProperty("alluxio.worker.ramdisk.size")),
        }
    }
}
