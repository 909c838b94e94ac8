//! [`ClientError`]: what a caller of the client sees.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use alluxio_common::conf::key;
use alluxio_common::{
    AlluxioPath, BlockId, Describe, ErrorCode, Fact, Hint, InvalidPath, Retry, WorkerAddress,
};
use alluxio_rpc::ClientError as RpcError;
use tonic::Status;

/// What a caller of the client sees. `Display` is the sentence of the server where one was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A server said so, or could not be reached.
    #[error("{0}")]
    Rpc(RpcError),
    /// A worker said so, or could not be reached, in the middle of block data.
    #[error("{source}")]
    Worker {
        /// `host:port` of the worker.
        worker: String,
        /// What it said.
        source: RpcError,
    },
    /// The connection to a worker ended without a word.
    #[error("worker {worker} ended the stream")]
    WorkerGone {
        /// `host:port` of the worker.
        worker: String,
    },
    /// A worker sent nothing for too long.
    #[error("worker {worker} sent nothing for {waited:?}")]
    WorkerSilent {
        /// `host:port` of the worker.
        worker: String,
        /// How long it had.
        waited: Duration,
    },
    /// A worker sent fewer bytes than the block has.
    #[error("worker {worker} has no more bytes of {path} at position {position}")]
    ShortRead {
        /// `host:port` of the worker.
        worker: String,
        /// The file.
        path: AlluxioPath,
        /// Where the bytes should have been.
        position: u64,
    },
    /// A block's file on this host could not be read or written.
    #[error("cannot use the block file {}: {source}", path.display())]
    LocalFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No worker is there.
    #[error("No available Alluxio worker found")]
    NoWorker,
    /// No worker is large enough for a block.
    #[error(
        "There is no worker with enough space for a new block of size {}",
        with_commas(*length)
    )]
    NoRoom {
        /// How large the block may become.
        length: u64,
    },
    /// Fewer workers than copies.
    #[error("Not enough workers for replications, {found} workers selected but {wanted} required")]
    TooFewWorkers {
        /// How many there are.
        found: usize,
        /// How many copies there should be.
        wanted: usize,
    },
    /// A block is on no worker, and its file is not in the store.
    #[error("Block {block_id} of {path} is unavailable in both Alluxio and UFS.")]
    BlockLost {
        /// The block.
        block_id: BlockId,
        /// Its file.
        path: AlluxioPath,
    },
    /// The master did not tell a block that the length says is there.
    #[error("No BlockInfo for block {index} of {path}")]
    NoBlockInfo {
        /// The file.
        path: AlluxioPath,
        /// Which of its blocks.
        index: usize,
    },
    /// A directory cannot be read.
    #[error("Cannot read from {path} because it is a directory")]
    IsDirectory {
        /// The directory.
        path: AlluxioPath,
    },
    /// A file cannot be read before its writer has completed it.
    #[error(
        "Cannot read from {path} because it is incomplete. Wait for the file to be marked as complete by the writing thread or application."
    )]
    Incomplete {
        /// The file.
        path: AlluxioPath,
    },
    /// A position behind the end of the file.
    #[error("Seek position past end of file: {position}")]
    SeekPastEnd {
        /// The position.
        position: u64,
    },
    /// A write has failed before: bytes are missing.
    #[error("{path} cannot be completed, because a write failed: {reason}")]
    WriteFailed {
        /// The file.
        path: AlluxioPath,
        /// The code of that error.
        code: ErrorCode,
        /// Its sentence.
        reason: String,
    },
    /// The bytes of a file could not be kept by the workers.
    #[error("Failed to cache: {source}")]
    Cache {
        /// Why.
        source: Box<ClientError>,
    },
    /// A path that a server sent is none.
    #[error(transparent)]
    Path(#[from] InvalidPath),
    /// The process is stopping.
    #[error("the client is stopping")]
    Stopped,
}

impl ClientError {
    pub(crate) fn from_status(status: Status) -> Self {
        Self::Rpc(RpcError::from(status))
    }

    pub(crate) fn worker_gone(worker: &WorkerAddress) -> Self {
        Self::WorkerGone {
            worker: worker.data_address(),
        }
    }

    pub(crate) fn worker_silent(worker: &WorkerAddress, waited: Duration) -> Self {
        Self::WorkerSilent {
            worker: worker.data_address(),
            waited,
        }
    }

    /// Notes which worker said so.
    pub(crate) fn at_worker(self, worker: &WorkerAddress) -> Self {
        if let Self::Rpc(source) = self {
            return Self::Worker {
                worker: worker.data_address(),
                source,
            };
        }
        self
    }

    /// Whether a worker that will not hand out a block's file may still stream the block.
    pub(crate) fn lets_worker_stream(&self) -> bool {
        if let Self::LocalFile { source, .. } = self {
            return source.kind() == io::ErrorKind::NotFound;
        }
        matches!(
            self.code(),
            ErrorCode::PathNotFound | ErrorCode::BlockNotFound | ErrorCode::Unsupported
        )
    }

    /// Whether it tells of the store that another worker would ask as well: it does not have the
    /// bytes, or does not give them.
    pub(crate) fn is_answer_of_store(&self) -> bool {
        matches!(self, Self::ShortRead { .. })
            || matches!(
                self.code(),
                ErrorCode::PathNotFound
                    | ErrorCode::UfsUnavailable
                    | ErrorCode::UfsChangedMeanwhile
                    | ErrorCode::DataCorrupt
                    | ErrorCode::Unsupported
            )
    }

    /// Whether a read may be tried again with another worker. Reading changes nothing, so whatever
    /// is not the file's own fault is worth another try.
    pub(crate) fn retry_read(&self) -> Retry {
        match self {
            Self::Worker { .. } | Self::Rpc(_) => {
                let own_fault = matches!(
                    self.code(),
                    ErrorCode::PermissionDenied
                        | ErrorCode::UfsPermissionDenied
                        | ErrorCode::InvalidArgument
                        | ErrorCode::InvalidPath
                );
                if own_fault {
                    Retry::Never
                } else {
                    Retry::Elsewhere
                }
            }
            Self::WorkerGone { .. }
            | Self::WorkerSilent { .. }
            | Self::ShortRead { .. }
            | Self::LocalFile { .. }
            | Self::NoWorker => Retry::Elsewhere,
            Self::BlockLost { .. }
            | Self::NoRoom { .. }
            | Self::TooFewWorkers { .. }
            | Self::NoBlockInfo { .. }
            | Self::IsDirectory { .. }
            | Self::Incomplete { .. }
            | Self::SeekPastEnd { .. }
            | Self::WriteFailed { .. }
            | Self::Cache { .. }
            | Self::Path(_)
            | Self::Stopped => Retry::Never,
        }
    }
}

impl From<RpcError> for ClientError {
    fn from(error: RpcError) -> Self {
        Self::Rpc(error)
    }
}

impl Describe for ClientError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Rpc(source) | Self::Worker { source, .. } => source.code(),
            Self::WorkerGone { .. } | Self::NoWorker | Self::NoRoom { .. } => {
                ErrorCode::Unavailable
            }
            Self::WorkerSilent { .. } => ErrorCode::TimedOut,
            Self::ShortRead { .. } => ErrorCode::UfsChangedMeanwhile,
            Self::LocalFile { source, .. } => code_of_io(source.kind()),
            Self::TooFewWorkers { .. } => ErrorCode::NoSpace,
            Self::BlockLost { .. } => ErrorCode::BlockNotFound,
            Self::NoBlockInfo { .. } => ErrorCode::Internal,
            Self::IsDirectory { .. } | Self::SeekPastEnd { .. } => ErrorCode::InvalidArgument,
            Self::Incomplete { .. } => ErrorCode::FailedPrecondition,
            Self::WriteFailed { code, .. } => *code,
            Self::Cache { source } => source.code(),
            Self::Path(_) => ErrorCode::InvalidPath,
            Self::Stopped => ErrorCode::Cancelled,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Rpc(source) => source.facts(),
            Self::Worker { worker, source } => {
                let mut facts = source.facts();
                facts.push(("address", worker.clone()));
                facts
            }
            Self::Cache { source } => source.facts(),
            Self::WorkerGone { worker }
            | Self::WorkerSilent { worker, .. }
            | Self::ShortRead { worker, .. } => vec![("address", worker.clone())],
            Self::LocalFile { path, .. } => vec![("path", path.display().to_string())],
            Self::BlockLost { path, .. }
            | Self::NoBlockInfo { path, .. }
            | Self::WriteFailed { path, .. }
            | Self::IsDirectory { path }
            | Self::Incomplete { path } => vec![("path", path.to_string())],
            Self::NoWorker
            | Self::NoRoom { .. }
            | Self::TooFewWorkers { .. }
            | Self::SeekPastEnd { .. }
            | Self::Path(_)
            | Self::Stopped => Vec::new(),
        }
    }

    fn hint(&self) -> Option<Hint> {
        if let Self::Rpc(source) | Self::Worker { source, .. } = self {
            return source.hint();
        }
        if let Self::Cache { source } = self {
            return source.hint();
        }
        if let Self::LocalFile { .. } = self {
            return Some(Hint::CheckProperty(key::USER_SHORT_CIRCUIT_ENABLED));
        }
        matches!(
            self,
            Self::NoWorker | Self::NoRoom { .. } | Self::TooFewWorkers { .. }
        )
        .then(|| Hint::RunCommand("alluxio fsadmin report capacity".to_owned()))
    }
}

fn code_of_io(kind: io::ErrorKind) -> ErrorCode {
    // Each arm is a situation in which a caller acts differently; the rest is unexpected.
    if kind == io::ErrorKind::NotFound {
        ErrorCode::BlockNotFound
    } else if kind == io::ErrorKind::PermissionDenied {
        ErrorCode::PermissionDenied
    } else if kind == io::ErrorKind::StorageFull {
        ErrorCode::NoSpace
    } else {
        ErrorCode::Internal
    }
}

fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_commas_as_in_java() {
        let error = ClientError::NoRoom {
            length: 2_147_483_648,
        };
        assert_eq!(
            error.to_string(),
            "There is no worker with enough space for a new block of size 2,147,483,648"
        );
    }
}
