//! [`BlockMasterError`]: what a worker or client can be told.

use alluxio_common::{BlockId, Describe, ErrorCode, Fact, WorkerId};

/// What a worker or client can be told about blocks and workers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockMasterError {
    /// No worker has this id: it must ask for one and register.
    #[error("No worker found for workerId {id}")]
    WorkerNotFound {
        /// What was given.
        id: WorkerId,
    },
    /// No worker has this name.
    #[error("Worker {host} is not known by the master")]
    WorkerNameNotFound {
        /// What was given.
        host: String,
    },
    /// Workers are asked for that nobody knows.
    #[error("Unrecognized worker names: [{unknown}]\nSupported worker names: [{known}]\n")]
    UnknownNames {
        /// Those that nobody has, with commas.
        unknown: String,
        /// Those that there are, with commas.
        known: String,
    },
    /// No file has this block.
    #[error("Block {id} does not exist")]
    BlockNotFound {
        /// What was given.
        id: BlockId,
    },
    /// The master has just started and waits for its workers.
    #[error("Alluxio master is in safe mode. Please try again later.")]
    SafeMode,
    /// The worker was decommissioned, and may not come back.
    #[error("Worker {host} is decommissioned and may not register")]
    Decommissioned {
        /// The worker.
        host: String,
    },
    /// More worker generations than the map can tell apart.
    #[error("more than {limit} worker registrations are being forgotten; try again later")]
    TooManyRegistrations {
        /// How many there may be.
        limit: usize,
    },
}

impl Describe for BlockMasterError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::WorkerNotFound { .. }
            | Self::WorkerNameNotFound { .. }
            | Self::BlockNotFound { .. } => ErrorCode::PathNotFound,
            Self::UnknownNames { .. } => ErrorCode::InvalidArgument,
            Self::SafeMode => ErrorCode::SafeMode,
            Self::Decommissioned { .. } => ErrorCode::PermissionDenied,
            Self::TooManyRegistrations { .. } => ErrorCode::Busy,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::WorkerNotFound { id } => vec![("worker_id", id.to_string())],
            Self::BlockNotFound { id } => vec![("block_id", id.to_string())],
            Self::WorkerNameNotFound { host } | Self::Decommissioned { host } => {
                vec![("address", host.clone())]
            }
            Self::UnknownNames { .. } | Self::SafeMode | Self::TooManyRegistrations { .. } => {
                Vec::new()
            }
        }
    }
}
