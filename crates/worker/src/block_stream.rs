//! [`BlockStream`]: a block as another worker sends it.

use std::future::Future;
use std::time::Duration;

use alluxio_common::{BlockId, Describe, ErrorCode};
use alluxio_proto::grpc::block::block_worker_client::BlockWorkerClient;
use alluxio_proto::grpc::block::{ReadRequest, ReadResponse};
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use alluxio_rpc::{ClientError, Connections, Lane, Login, ServerAddress};
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::master_client::to_wire;

/// What a worker sends at once.
const CHUNK: u64 = 1 << 20;

/// How long a worker may send nothing of a block: it reads its own memory or disk, or a store with
/// limits of its own. Whoever waited for ever would keep its place for ever.
const PATIENCE: Duration = Duration::from_mins(3);

/// A block that a worker did not send.
#[derive(Debug, thiserror::Error)]
pub enum BlockStreamError {
    /// The worker refused, or failed.
    #[error(transparent)]
    Refused(#[from] ClientError),
    /// It says nothing.
    #[error("the worker on {} has sent nothing for {} seconds", worker.host, PATIENCE.as_secs())]
    Silent {
        /// The worker.
        worker: ServerAddress,
    },
}

impl Describe for BlockStreamError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(source) => source.code(),
            Self::Silent { .. } => ErrorCode::Unavailable,
        }
    }
}

/// Which block, and where else it can be read.
#[derive(Debug)]
pub(crate) struct WantedBlock {
    pub(crate) block_id: BlockId,
    pub(crate) length: u64,
    /// Where the store has it; by default it is nowhere.
    pub(crate) ufs: Option<OpenUfsBlockOptions>,
}

/// A block on its way from its first byte to its last.
#[derive(Debug)]
pub(crate) struct BlockStream {
    worker: ServerAddress,
    answers: Streaming<ReadResponse>,
    /// Our half of the call: closing it would end the answers.
    _requests: mpsc::Sender<ReadRequest>,
}

impl BlockStream {
    /// Asks a worker for a block.
    ///
    /// # Errors
    /// When the worker refuses, cannot be reached, or says nothing.
    pub(crate) async fn open(
        (connections, login): (&Connections, &Login),
        worker: &ServerAddress,
        wanted: WantedBlock,
    ) -> Result<Self, BlockStreamError> {
        let channel = connections.channel(worker.clone(), Lane::Streaming(0), login.clone());
        let (sender, receiver) = mpsc::channel(1);
        let request = ReadRequest {
            block_id: Some(wanted.block_id.raw()),
            offset: Some(0),
            length: Some(to_wire(wanted.length)),
            promote: Some(false),
            chunk_size: Some(to_wire(CHUNK)),
            open_ufs_block_options: wanted.ufs,
            offset_received: None,
            position_short: Some(false),
        };
        sender
            .try_send(request)
            .expect("the queue is new, has one place, and its receiver is held here");
        let mut stub = BlockWorkerClient::new(channel)
            .max_decoding_message_size(alluxio_rpc::DEFAULT_MAX_MESSAGE_BYTES);
        let answers = in_time(worker, stub.read_block(ReceiverStream::new(receiver))).await?;
        Ok(Self {
            worker: worker.clone(),
            answers: answers.into_inner(),
            _requests: sender,
        })
    }

    /// The next bytes; `None` behind the last ones.
    ///
    /// # Errors
    /// When the worker fails, or says nothing.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BlockStreamError> {
        let answer = in_time(&self.worker, self.answers.message()).await?;
        let chunk = answer.and_then(|answer| answer.chunk);
        Ok(chunk.and_then(|chunk| chunk.data))
    }
}

async fn in_time<T>(
    worker: &ServerAddress,
    answer: impl Future<Output = Result<T, tonic::Status>>,
) -> Result<T, BlockStreamError> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => Ok(answer.map_err(ClientError::from)?),
        Err(_elapsed) => Err(BlockStreamError::Silent {
            worker: worker.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_says_nothing_is_not_waited_for_for_ever() {
        let worker = ServerAddress::new("w1", 29_999);
        let silence = std::future::pending::<Result<(), tonic::Status>>();
        let error = in_time(&worker, silence).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the worker on w1 has sent nothing for 180 seconds"
        );
        assert_eq!(error.code(), ErrorCode::Unavailable);
    }
}
