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
use tokio::sync::oneshot;
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
    answers: Answers,
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
    /// Connects, and sends the command. What the worker says to it comes with its first answer.
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
        let channel = connections.channel(worker);
        let connected = async { channel.open().await.map_err(ClientError::from) };
        answer_within(pacing.write_timeout, worker, connected).await?;
        let (opened, opening) = oneshot::channel();
        connections.tasks().spawn("write stream", async move {
            // Whoever has given the stream up needs no answer.
            drop(opened.send(open_write(channel, outgoing).await));
        });
        Ok(Self {
            worker: worker.clone(),
            requests,
            answers: Answers::Awaited(opening),
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
            mut answers,
            command,
            pacing,
            worker,
            written,
        } = self;
        requests.finish();
        let last = async {
            match answers.opened().await? {
                Some(responses) => {
                    let last = last_words(responses).await;
                    last.map_err(ClientError::from_status)
                }
                None => Err(ClientError::worker_gone(&worker)),
            }
        };
        let last = answer_within(pacing.close_timeout, &worker, last).await?;
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
        let response = async {
            match self.answers.opened().await? {
                Some(responses) => responses.message().await.map_err(ClientError::from_status),
                None => Ok(None),
            }
        };
        answer_within(timeout, &self.worker, response).await
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

/// What a worker answers.
#[derive(Debug)]
enum Answers {
    /// Nothing yet. A worker of 2.9 sends the head of its answer with the first thing that it has to
    /// say, and that is mostly when it has all bytes.
    Awaited(oneshot::Receiver<Result<Streaming<pb::WriteResponse>, ClientError>>),
    /// This.
    Open(Box<Streaming<pb::WriteResponse>>),
    /// Nothing more.
    Over,
}

impl Answers {
    /// The stream of answers, as soon as it has begun; `None` when there is nobody left to begin it.
    ///
    /// # Errors
    /// What the worker says in place of a stream; once.
    async fn opened(&mut self) -> Result<Option<&mut Streaming<pb::WriteResponse>>, ClientError> {
        if let Self::Awaited(opening) = self {
            let opened = opening.await;
            *self = Self::Over;
            if let Ok(opened) = opened {
                *self = Self::Open(Box::new(opened?));
            }
        }
        match self {
            Self::Open(responses) => Ok(Some(responses)),
            Self::Awaited(_) | Self::Over => Ok(None),
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
    use std::convert::Infallible;

    use alluxio_common::Tasks;
    use bytes::{BufMut, BytesMut};
    use futures::{StreamExt, stream};
    use http::{HeaderMap, HeaderValue, Response};
    use http_body_util::{BodyExt, StreamBody};
    use hyper::body::{Frame, Incoming};
    use hyper::server::conn::http2;
    use hyper::service::service_fn;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use tokio::net::TcpListener;

    use super::super::testing::WorkerAtPort;
    use super::*;

    /// More than waits in the queue of a writer, and in the windows of a connection.
    const LENGTH: usize = 32 << 20;

    const SOON: Duration = Duration::from_secs(60);

    /// Serves one write as a worker of 2.9 does: the head of the answer goes out with the first
    /// message, when it has all bytes.
    async fn answer_late(
        request: http::Request<Incoming>,
    ) -> Result<
        Response<StreamBody<impl Stream<Item = Result<Frame<Bytes>, Infallible>>>>,
        Infallible,
    > {
        let mut body = request.into_body();
        let mut received = 0;
        while received < LENGTH {
            let frame = body.frame().await.unwrap().unwrap();
            received += frame.into_data().unwrap().len();
        }
        let flushed = pb::WriteResponse {
            offset: Some(LENGTH as i64),
            content_hash: None,
        };
        let mut message = BytesMut::new();
        message.put_u8(0);
        message.put_u32(u32::try_from(flushed.encoded_len()).unwrap());
        flushed.encode(&mut message).unwrap();
        let end = async move {
            while body.frame().await.is_some() {}
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            Frame::trailers(trailers)
        };
        let flushed = stream::iter([Frame::data(message.freeze())]);
        let answers = flushed.chain(stream::once(end)).map(Ok);
        let mut response = Response::new(StreamBody::new(answers));
        let grpc = HeaderValue::from_static("application/grpc");
        response.headers_mut().insert("content-type", grpc);
        Ok(response)
    }

    async fn late_worker() -> WorkerAtPort {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let tasks = Tasks::new();
        tasks.spawn("late worker", async move {
            let (stream, _peer) = listener.accept().await.unwrap();
            let server = http2::Builder::new(TokioExecutor::new());
            let service = service_fn(answer_late);
            let served = server.serve_connection(TokioIo::new(stream), service);
            drop(served.await);
        });
        WorkerAtPort::new(port, tasks)
    }

    #[tokio::test]
    async fn a_worker_that_begins_to_answer_when_it_has_all_bytes_gets_them() {
        let worker = late_worker().await;
        let pacing = WritePacing {
            chunk: 1 << 20,
            write_timeout: SOON,
            flush_timeout: SOON,
            close_timeout: SOON,
        };
        let command = pb::WriteRequestCommand {
            r#type: Some(pb::RequestType::AlluxioBlock.into()),
            ..pb::WriteRequestCommand::default()
        };
        let opened = RemoteWriter::open(&worker.connections, &worker.address, command, pacing);
        let mut writer = opened.await.unwrap();
        writer.write(vec![7; LENGTH].into()).await.unwrap();
        writer.flush().await.unwrap();
        writer.finish().await.unwrap();
        worker.tasks.shutdown().await;
    }

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
