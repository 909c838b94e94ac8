//! [`ReadBlockError`]: why a block cannot be read here.

use std::sync::Arc;

use alluxio_common::{BlockId, Describe, ErrorCode, Fact, Hint, UfsPath};
use alluxio_ufs::UfsError;

use crate::block::BlockError;
use crate::mounts::MountError;

/// A block that cannot be read on this worker. Cheap to clone: all readers that share one read of
/// the store get the same error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadBlockError {
    /// It is not here, and the request does not say where the store has it.
    #[error(
        "Block {block_id} is not on this worker, and the request names no file to read it from."
    )]
    NotHere {
        /// The block.
        block_id: BlockId,
    },
    /// The numbers of the request make no sense.
    #[error("Cannot read block {block_id}: offset {offset} and length {length} are no range.")]
    InvalidRange {
        /// The block.
        block_id: BlockId,
        /// Where the read should begin.
        offset: i64,
        /// How much was asked for.
        length: i64,
    },
    /// The path of the store in the request is none.
    #[error("Cannot read block {block_id}: {source}")]
    InvalidUfsPath {
        /// The block.
        block_id: BlockId,
        /// What is wrong with it.
        source: alluxio_common::InvalidUfsPath,
    },
    /// The local copy cannot be read.
    #[error(transparent)]
    Local(Arc<BlockError>),
    /// The mount is not known or cannot be connected.
    #[error("Failed to read from UFS, blockId={block_id}: {source}")]
    Mount {
        /// The block.
        block_id: BlockId,
        /// Why not.
        source: Arc<MountError>,
    },
    /// The store does not give the bytes.
    #[error("Failed to read from UFS, blockId={block_id}, ufsPath={ufs_path}: {source}")]
    Ufs {
        /// The block.
        block_id: BlockId,
        /// The file of the store.
        ufs_path: UfsPath,
        /// What the store said.
        source: Arc<UfsError>,
    },
    /// The file was removed or moved while somebody read it; another one may have its name now.
    #[error("Block {block_id} cannot be read: {ufs_path} is not its file any more.")]
    Replaced {
        /// The block.
        block_id: BlockId,
        /// Where the file was in the store.
        ufs_path: UfsPath,
    },
    /// This worker is stopping.
    #[error("Block {block_id} cannot be read: this worker is stopping.")]
    Stopping {
        /// The block.
        block_id: BlockId,
    },
}

impl From<BlockError> for ReadBlockError {
    fn from(error: BlockError) -> Self {
        Self::Local(Arc::new(error))
    }
}

impl Describe for ReadBlockError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotHere { .. } => ErrorCode::BlockNotFound,
            Self::InvalidRange { .. } | Self::InvalidUfsPath { .. } => ErrorCode::InvalidArgument,
            Self::Local(source) => source.code(),
            Self::Mount { source, .. } => source.code(),
            Self::Ufs { source, .. } => {
                // What the store did not explain may work on another worker, or later.
                let code = source.code();
                if matches!(code, ErrorCode::Internal | ErrorCode::Refused) {
                    ErrorCode::UfsUnavailable
                } else {
                    code
                }
            }
            Self::Replaced { .. } => ErrorCode::UfsChangedMeanwhile,
            Self::Stopping { .. } => ErrorCode::Unavailable,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::NotHere { block_id }
            | Self::InvalidRange { block_id, .. }
            | Self::InvalidUfsPath { block_id, .. }
            | Self::Mount { block_id, .. }
            | Self::Replaced { block_id, .. }
            | Self::Stopping { block_id } => vec![("block_id", block_id.to_string())],
            Self::Local(source) => source.facts(),
            Self::Ufs {
                block_id, source, ..
            } => {
                let mut facts = source.facts();
                facts.push(("block_id", block_id.to_string()));
                facts
            }
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Local(source) => source.hint(),
            Self::Mount { source, .. } => source.hint(),
            Self::Ufs { source, .. } => source.hint(),
            Self::NotHere { .. }
            | Self::InvalidRange { .. }
            | Self::InvalidUfsPath { .. }
            | Self::Replaced { .. }
            | Self::Stopping { .. } => None,
        }
    }
}
