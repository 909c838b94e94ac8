//! Block data that a worker streams.

use std::time::Duration;

use alluxio_common::{BlockId, WorkerAddress};
use alluxio_proto::grpc::block as pb;
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use alluxio_rpc::Ends;
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::chunks::Chunks;
use super::connections::{MESSAGE_LIMIT, WorkerConnections, answer_within};
use crate::error::ClientError;
use crate::file::source::Promote;

const READ_BLOCK: &str = "/alluxio.grpc.block.BlockWorker/ReadBlock";

/// Acknowledgements are best effort: a few may wait, further ones are dropped.
const ACKNOWLEDGEMENT_QUEUE: usize = 4;

/// A range of a block.
#[derive(Debug, Clone)]
pub(crate) struct RangeRequest {
    pub(crate) block_id: BlockId,
    /// Where it begins in the block.
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) chunk: u64,
    /// A short read at a position, not a part of a scan.
    pub(crate) positioned: Positioned,
    pub(crate) promote: Promote,
    /// How to read it from the store when no worker has it.
    pub(crate) ufs: OpenUfsBlockOptions,
}

/// Whether a read is a scan or a short read at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Positioned {
    Scan,
    Short,
}

/// A stream of block data. Dropping it stops the worker.
#[derive(Debug)]
pub(crate) struct RemoteBlockReader {
    worker: WorkerAddress,
    acknowledgements: mpsc::Sender<pb::ReadRequest>,
    responses: Chunks,
    request: pb::ReadRequest,
    received: u64,
    timeout: Duration,
}

impl RemoteBlockReader {
    /// Starts the stream.
    pub(crate) async fn open(
        connections: &WorkerConnections,
        worker: &WorkerAddress,
        range: RangeRequest,
        timeout: Duration,
    ) -> Result<Self, ClientError> {
        let request = pb::ReadRequest {
            block_id: Some(range.block_id.raw()),
            offset: Some(range.offset.cast_signed()),
            length: Some(range.length.cast_signed()),
            promote: Some(range.promote == Promote::Yes),
            chunk_size: Some(range.chunk.cast_signed()),
            open_ufs_block_options: Some(range.ufs),
            offset_received: None,
            position_short: Some(range.positioned == Positioned::Short),
        };
        let (acknowledgements, requests) = mpsc::channel(ACKNOWLEDGEMENT_QUEUE);
        if acknowledgements.send(request.clone()).await.is_err() {
            return Err(ClientError::worker_gone(worker));
        }
        let answer = async {
            let (channel, requests) = (connections.channel(worker), ReceiverStream::new(requests));
            let called = Chunks::call(channel, READ_BLOCK, requests, MESSAGE_LIMIT);
            called.await.map_err(ClientError::from_status)
        };
        let responses = answer_within(timeout, worker, answer).await?;
        let received = range.offset;
        Ok(Self {
            worker: worker.clone(),
            acknowledgements,
            responses,
            request,
            received,
            timeout,
        })
    }

    /// The next bytes; `None` at the end of the range.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        let piece = async {
            self.responses
                .next()
                .await
                .map_err(ClientError::from_status)
        };
        let Some(piece) = answer_within(self.timeout, &self.worker, piece).await? else {
            return Ok(None);
        };
        self.received += piece.data.len() as u64;
        if piece.ends == Ends::Message {
            self.acknowledge();
        }
        Ok(Some(piece.data))
    }

    fn acknowledge(&self) {
        let acknowledgement = pb::ReadRequest {
            offset_received: Some(self.received.cast_signed()),
            ..self.request.clone()
        };
        // The worker only uses it to pace itself, and HTTP/2 does that as well.
        let _best_effort = self.acknowledgements.try_send(acknowledgement);
    }
}
