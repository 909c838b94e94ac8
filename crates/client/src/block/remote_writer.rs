//! Bytes that a worker takes: a block, or a file of the store.

use std::time::Duration;

use alluxio_common::WorkerAddress;
use alluxio_proto::grpc::block as pb;
use alluxio_rpc::Channel;
use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use http::StatusCode;
use http::uri::PathAndQuery;
use prost::Message;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codec::Codec;
use tonic::{Request, Status, Streaming};
use tracing::warn;

use super::abortable::{self, AbortableCodec, AbortableSender, Outgoing};
use super::call::call;
use super::connections::{MESSAGE_LIMIT, WorkerConnections, answer_within};
use super::write_body::WriteBody;
use crate::error::ClientError;

const WRITE_BLOCK: &str = "/alluxio.grpc.block.BlockWorker/WriteBlock";

/// Chunks that may wait for the network: with chunks of 1 MiB, a few milliseconds of sending.
const QUEUED_CHUNKS: usize = 16;

/// A stream of bytes to a worker. Dropping it discards everything at the other side.
#[derive(Debug)]
pub(crate) struct RemoteWriter {
    worker: WorkerAddress,
    requests: AbortableSender<pb::WriteRequest>,
    responses: Streaming<pb::WriteResponse>,
    command: pb::WriteRequestCommand,
    pacing: WritePacing,
    written: u64,
}

/// What a store said of the file that was written to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) content_hash: Option<String>,
}

/// How long chunks are, and how long the worker may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WritePacing {
    pub(crate) chunk: usize,
    /// For taking a chunk.
    pub(crate) write_timeout: Duration,
    pub(crate) flush_timeout: Duration,
    pub(crate) close_timeout: Duration,
}

impl RemoteWriter {
    /// Opens the stream with its command.
    pub(crate) async fn open(
        connections: &WorkerConnections,
        worker: &WorkerAddress,
        command: pb::WriteRequestCommand,
        pacing: WritePacing,
    ) -> Result<Self, ClientError> {
        let (requests, outgoing) = abortable::channel(QUEUED_CHUNKS);
        if !requests.send(command_message(command.clone())).await {
            return Err(ClientError::worker_gone(worker));
        }
        let opened = open_write(connections.channel(worker), outgoing);
        let responses = answer_within(pacing.write_timeout, worker, opened).await?;
        Ok(Self {
            worker: worker.clone(),
            requests,
            responses,
            command,
            pacing,
            written: 0,
        })
    }

    /// Appends bytes.
    pub(crate) async fn write(&mut self, mut bytes: Bytes) -> Result<(), ClientError> {
        while !bytes.is_empty() {
            let data = bytes.split_to(bytes.len().min(self.pacing.chunk.max(1)));
            let length = data.len() as u64;
            let chunk = pb::write_request::Value::Chunk(pb::Chunk { data: Some(data) });
            self.send(pb::WriteRequest { value: Some(chunk) }).await?;
            self.written += length;
        }
        Ok(())
    }

    /// Waits until everything that was written has arrived.
    pub(crate) async fn flush(&mut self) -> Result<(), ClientError> {
        if self.written == 0 {
            return Ok(());
        }
        let mut command = self.command.clone();
        command.flush = Some(true);
        command.offset = Some(self.written.cast_signed());
        self.send(command_message(command)).await?;
        loop {
            match self.response(self.pacing.flush_timeout).await? {
                Some(response) if response.offset().unsigned_abs() >= self.written => return Ok(()),
                Some(_) => {}
                None => return Err(ClientError::worker_gone(&self.worker)),
            }
        }
    }

    /// Ends the stream, and waits until the worker has committed. Of a file of the store it must
    /// say how long it is: a stream that only ends, ends like that when a worker breaks off as well.
    pub(crate) async fn finish(self) -> Result<Written, ClientError> {
        let Self {
            requests,
            responses,
            command,
            pacing,
            worker,
            written,
        } = self;
        requests.finish();
        let timeout = pacing.close_timeout;
        let last = tokio::time::timeout(timeout, last_words(responses))
            .await
            .map_err(|_elapsed| ClientError::worker_silent(&worker, timeout))?
            .map_err(ClientError::from_status)?;
        if command.r#type() == pb::RequestType::UfsFile && !confirms(&last, written) {
            warn!(worker = %worker.data_address(), written, confirmed = ?last.offset, "a worker does not confirm a file");
            return Err(ClientError::worker_gone(&worker));
        }
        Ok(Written {
            content_hash: last.content_hash,
        })
    }

    async fn send(&mut self, message: pb::WriteRequest) -> Result<(), ClientError> {
        let timeout = self.pacing.write_timeout;
        let sent = tokio::time::timeout(timeout, self.requests.send(message))
            .await
            .map_err(|_elapsed| ClientError::worker_silent(&self.worker, timeout))?;
        if sent {
            Ok(())
        } else {
            Err(self.refusal().await)
        }
    }

    async fn response(
        &mut self,
        timeout: Duration,
    ) -> Result<Option<pb::WriteResponse>, ClientError> {
        tokio::time::timeout(timeout, self.responses.message())
            .await
            .map_err(|_elapsed| ClientError::worker_silent(&self.worker, timeout))?
            .map_err(ClientError::from_status)
    }

    /// Why the worker ended the stream.
    async fn refusal(&mut self) -> ClientError {
        loop {
            match self.response(self.pacing.write_timeout).await {
                Ok(Some(_)) => {}
                Ok(None) => return ClientError::worker_gone(&self.worker),
                Err(error) => return error,
            }
        }
    }
}

/// Everything that a worker says before it ends a stream, the latest of each kind.
async fn last_words(
    mut responses: impl Stream<Item = Result<pb::WriteResponse, Status>> + Unpin,
) -> Result<pb::WriteResponse, Status> {
    let mut last = pb::WriteResponse::default();
    while let Some(response) = responses.try_next().await? {
        last = pb::WriteResponse {
            offset: response.offset.or(last.offset),
            content_hash: response.content_hash.or(last.content_hash),
        };
    }
    Ok(last)
}

/// Whether a worker has said that so many bytes are in the store.
fn confirms(last: &pb::WriteResponse, written: u64) -> bool {
    last.offset
        .is_some_and(|offset| u64::try_from(offset) == Ok(written))
}

fn command_message(command: pb::WriteRequestCommand) -> pb::WriteRequest {
    pb::WriteRequest {
        value: Some(pb::write_request::Value::Command(command)),
    }
}

/// Opens a stream of data, which is not copied, that can be reset.
async fn open_write(
    channel: Channel,
    outgoing: impl Stream<Item = Outgoing<pb::WriteRequest>> + Unpin + Send + 'static,
) -> Result<Streaming<pb::WriteResponse>, ClientError> {
    let body = Body::new(WriteBody::new(outgoing));
    let answer = call(channel, WRITE_BLOCK, body).await;
    let answer = answer.map_err(ClientError::from_status)?;
    let decoder = AbortableCodec::<pb::WriteRequest, pb::WriteResponse>::new().decoder();
    let limit = Some(MESSAGE_LIMIT);
    Ok(Streaming::new_response(
        decoder,
        answer,
        StatusCode::OK,
        None,
        limit,
    ))
}

/// Opens a stream in both directions that can be reset.
pub(crate) async fn open_stream<T, U>(
    channel: Channel,
    path: &'static str,
    outgoing: impl Stream<Item = Outgoing<T>> + Send + 'static,
) -> Result<Streaming<U>, ClientError>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.map_err(ClientError::from_status)?;
    grpc.streaming(
        Request::new(outgoing),
        PathAndQuery::from_static(path),
        AbortableCodec::new(),
    )
    .await
    .map(tonic::Response::into_inner)
    .map_err(ClientError::from_status)
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    async fn confirmed(answers: &[Option<i64>], written: u64) -> bool {
        let answers = answers.iter().map(|offset| {
            Ok(pb::WriteResponse {
                offset: *offset,
                content_hash: None,
            })
        });
        let last = last_words(stream::iter(answers)).await.unwrap();
        confirms(&last, written)
    }

    #[tokio::test]
    async fn a_file_is_in_the_store_only_when_the_worker_says_so_to_the_last_byte() {
        assert!(confirmed(&[Some(7)], 7).await);
        assert!(confirmed(&[Some(3), Some(7)], 7).await);
        assert!(confirmed(&[Some(0)], 0).await);
        for broken_off in [&[] as &[_], &[None], &[Some(3)], &[Some(-7)]] {
            assert!(!confirmed(broken_off, 7).await);
        }
        assert!(!confirmed(&[], 0).await);
    }
}
