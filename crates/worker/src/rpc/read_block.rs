//! `ReadBlock`: a range of a block as a stream of messages.
//!
//! This call does not go through generated code, which would copy every byte once more. The answer
//! is a body that hands messages to the transport when that has room for them. Of a block in memory
//! they are parts of the mapped file, so that the only copy is the one into the socket; there is no
//! task and no queue, and a client that stops reading stops the reading here. Other blocks are read
//! by a task, a few messages ahead; what has just come from the store is handed on as it is.
//!
//! Clients acknowledge what they received; acknowledgements are read and thrown away, because the
//! transport does the flow control. A client that closes its half wants no more; what it has not
//! read by then it drains. After the last message of a long answer, the requests are read on until
//! the client closes its half: cutting it off would make some clients take a good answer for a broken
//! one.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use alluxio_common::Tasks;
use alluxio_proto::grpc::block::{ReadRequest, ReadResponse};
use alluxio_rpc::{Arriving, Call, to_status};
use bytes::Bytes;
use futures::Stream;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame as BodyFrame;
use tokio::sync::mpsc;
use tonic::codec::Codec;
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;

use super::frame::{self, FramePool, MAX_CHUNK};
use super::request::{self, BadRequest};
use crate::block::{BlockError, BlockReader, MappedBlock};
use crate::blocking::run;
use crate::metrics::{Active, WorkerMetrics};
use crate::read_block::{BlockSource, StorePiece, StoreSource};
use crate::worker::Worker;

/// The name of the call in paths and logs.
pub(super) const NAME: &str = "ReadBlock";

/// Requests are a few hundred bytes; options may name a long path.
const MAX_REQUEST: usize = 64 << 10;

/// Ranges of at least so many bytes are sent from the mapped file; for shorter ones, a mapping that
/// is not kept for long would cost more than copying.
const MAP_FROM: usize = 1 << 20;

/// The largest piece in one message that is not copied into it: what clients ask for.
const MAX_UNCOPIED_CHUNK: usize = 1 << 20;

/// Pieces below this size are copied, mapped or not.
const SHORTEST_MAPPED: usize = 4 << 10;

/// How many messages are read ahead for a client whose block is not in memory.
const READ_AHEAD: usize = 2;

/// After an answer of at most so many bytes the client's half is not waited for: all that can still
/// come is one acknowledgement, which the transport ignores, and a task for it would cost more than
/// the whole read.
const SHORT: usize = 64 << 10;

/// How long a client may take to close its half after the answer has ended.
const CLOSE_LIMIT: Duration = Duration::from_secs(60);

/// Answers one call.
pub(super) async fn serve(
    worker: Arc<Worker>,
    pool: FramePool,
    call: Request<Arriving>,
) -> Response<tonic::body::Body> {
    let log = Call::start(NAME, &*worker.clock);
    let decoder = ProstCodec::<ReadResponse, ReadRequest>::default().decoder();
    let mut requests = Streaming::new_request(decoder, call.into_body(), None, Some(MAX_REQUEST));
    let opened = open(&worker, &pool, &mut requests, &log).await;
    let source = match opened {
        Ok(source) => source,
        Err(status) => return status.into_http(),
    };
    let body = ReadBody {
        source,
        data: None,
        requests: Some(requests),
        trailers: Trailers::Ahead,
        answered: 0,
        _active: Active::new(&worker.metrics, &worker.metrics.active_reads),
        tasks: worker.tasks.clone(),
    };
    let mut response = Response::new(tonic::body::Body::new(body));
    let grpc = HeaderValue::from_static("application/grpc");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, grpc);
    response
}

async fn open(
    worker: &Arc<Worker>,
    pool: &FramePool,
    requests: &mut Streaming<ReadRequest>,
    log: &Call<'_>,
) -> Result<Source, Status> {
    let Some(first) = requests.message().await? else {
        return Err(to_status(&BadRequest::NoFirstMessage { call: NAME }));
    };
    let wanted = request::read_block(&first).map_err(|error| log.fail(&error))?;
    let source = worker
        .open_block(&wanted)
        .await
        .map_err(|error| log.fail(&error))?;
    let chunk = usize::try_from(first.chunk_size()).unwrap_or(0);
    let range = Range {
        position: wanted.offset,
        end: wanted.offset.saturating_add(wanted.length),
        chunk: if chunk == 0 { MAX_CHUNK } else { chunk },
    };
    worker.metrics.blocks_read_remote.increment();
    Ok(match source {
        BlockSource::Cached(reader) => {
            let range = range.within(reader.length());
            if reader.is_in_memory() {
                Source::Memory(MemorySource::new(worker, reader, range, pool))
            } else {
                Source::Queue(from_disk(worker, reader, range.in_frames(), pool.clone()))
            }
        }
        BlockSource::Store(store) => Source::Queue(from_store(worker, *store, range, pool.clone())),
    })
}

/// What is left to send.
#[derive(Debug, Clone, Copy)]
struct Range {
    position: u64,
    end: u64,
    chunk: usize,
}

impl Range {
    /// Ends where the block does.
    fn within(self, length: u64) -> Self {
        Self {
            end: self.end.min(length),
            ..self
        }
    }

    /// Cut so that every message fits into a frame of the pool.
    fn in_frames(self) -> Self {
        Self {
            chunk: self.chunk.min(MAX_CHUNK),
            ..self
        }
    }

    /// How many bytes the next message has; none at the end.
    fn next(&self) -> Option<usize> {
        let rest = self
            .end
            .checked_sub(self.position)
            .filter(|rest| *rest > 0)?;
        Some(usize::try_from(rest).unwrap_or(usize::MAX).min(self.chunk))
    }

    fn advance(&mut self, bytes: usize) {
        self.position += u64::try_from(bytes).unwrap_or(u64::MAX);
    }
}

/// A message, in one piece or as its header and its data.
struct Message {
    first: Bytes,
    data: Option<Bytes>,
}

impl Message {
    fn whole(frame: Bytes) -> Self {
        Self {
            first: frame,
            data: None,
        }
    }

    /// With data that is not copied, at least one byte.
    fn around(data: Bytes) -> Self {
        Self {
            first: frame::header(data.len()),
            data: Some(data),
        }
    }
}

/// Messages of a block that a task reads.
type Queue = mpsc::Receiver<Result<Message, Status>>;

/// Where the messages come from.
enum Source {
    Memory(MemorySource),
    Queue(Queue),
}

/// A block in memory: reading it never waits.
struct MemorySource {
    worker: Arc<Worker>,
    reader: BlockReader,
    range: Range,
    pool: FramePool,
    /// The whole block, when the range is sent without being copied first.
    mapped: Option<MappedBlock>,
}

impl MemorySource {
    fn new(worker: &Arc<Worker>, reader: BlockReader, range: Range, pool: &FramePool) -> Self {
        let length = usize::try_from(range.end.saturating_sub(range.position)).unwrap_or(0);
        // Without a mapping it is read as short ranges are.
        let mapped = (length >= MAP_FROM)
            .then(|| worker.store.map(&reader).ok())
            .flatten();
        let range = match mapped {
            Some(_) => Range {
                chunk: range.chunk.min(MAX_UNCOPIED_CHUNK),
                ..range
            },
            None => range.in_frames(),
        };
        Self {
            worker: Arc::clone(worker),
            reader,
            range,
            pool: pool.clone(),
            mapped,
        }
    }

    fn next(&mut self) -> Option<Result<Message, Status>> {
        let wanted = self.range.next()?;
        let sent = match &self.mapped {
            // A few bytes would be copied by the transport, and mapped ones must not be looked at.
            Some(mapped) if wanted >= SHORTEST_MAPPED => {
                // A block that is mapped has an address for each of its bytes.
                let start = usize::try_from(self.range.position).unwrap_or(usize::MAX);
                Ok(Message::around(mapped.part(start..start + wanted)))
            }
            Some(_) | None => self.copy(wanted).map(Message::whole),
        };
        if sent.is_ok() {
            self.range.advance(wanted);
            count_cached(&self.worker.metrics, wanted);
        }
        Some(sent)
    }

    fn copy(&self, wanted: usize) -> Result<Bytes, Status> {
        let mut frame = self.pool.take(wanted);
        let read = self
            .reader
            .read_exact_at(frame.data_mut(), self.range.position);
        if let Err(source) = read {
            let block = self.reader.block();
            let error = self.worker.store.unreadable(block, "read", source);
            return Err(to_status(&error));
        }
        Ok(frame.seal(wanted))
    }
}

fn count_cached(metrics: &WorkerMetrics, bytes: usize) {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    metrics.bytes_read_cache.add(bytes);
    metrics.bytes_read_remote.add(bytes);
}

/// Reads a block from a device on threads that may block.
fn from_disk(
    worker: &Arc<Worker>,
    reader: BlockReader,
    mut range: Range,
    pool: FramePool,
) -> Queue {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    let shared = Arc::clone(worker);
    worker.tasks.spawn("read block", async move {
        while let Some(wanted) = range.next() {
            // The place is taken before the bytes are read, so that a slow client stops the reading.
            let Ok(place) = sender.reserve().await else {
                return;
            };
            let (file, mut frame, offset) = (reader.clone(), pool.take(wanted), range.position);
            let read = run(move || {
                let result = file.read_exact_at(frame.data_mut(), offset);
                result.map(|()| frame)
            });
            match read.await {
                Ok(frame) => place.send(Ok(Message::whole(frame.seal(wanted)))),
                Err(source) => {
                    let error: BlockError = shared.store.unreadable(reader.block(), "read", source);
                    place.send(Err(to_status(&error)));
                    return;
                }
            }
            range.advance(wanted);
            count_cached(&shared.metrics, wanted);
        }
    });
    receiver
}

/// Passes on what comes from the store.
fn from_store(
    worker: &Arc<Worker>,
    mut source: StoreSource,
    mut range: Range,
    pool: FramePool,
) -> Queue {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    let shared = Arc::clone(worker);
    worker.tasks.spawn("read block from store", async move {
        let log = Call::start(NAME, &*shared.clock);
        while let Some(wanted) = range.next() {
            let Ok(place) = sender.reserve().await else {
                return;
            };
            let wanted = wanted.min(MAX_UNCOPIED_CHUNK);
            let mut frame = pool.take(wanted);
            let next = source.next(frame.data_mut(), range.position, wanted);
            let (length, message) = match next.await {
                Ok(StorePiece::Filled(length)) => (length, Message::whole(frame.seal(length))),
                Ok(StorePiece::Bytes(bytes)) => (bytes.len(), Message::around(bytes)),
                Ok(StorePiece::End) => return,
                Err(error) => {
                    place.send(Err(log.fail(&error)));
                    return;
                }
            };
            place.send(Ok(message));
            range.advance(length);
            let bytes = u64::try_from(length).unwrap_or(u64::MAX);
            shared.metrics.bytes_read_remote.add(bytes);
        }
    });
    receiver
}

/// Where an answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trailers {
    Ahead,
    Sent,
}

/// The body of an answer.
struct ReadBody {
    source: Source,
    /// The data of a message whose header has been handed out.
    data: Option<Bytes>,
    /// What the client still says; `None` once it has closed its half.
    requests: Option<Streaming<ReadRequest>>,
    trailers: Trailers,
    /// How many bytes of messages were handed to the transport.
    answered: usize,
    _active: Active,
    tasks: Tasks,
}

impl ReadBody {
    /// Reads acknowledgements. True when the client has closed its half.
    fn drain_requests(&mut self, context: &mut Context<'_>) -> bool {
        while let Some(requests) = &mut self.requests {
            match Pin::new(requests).poll_next(context) {
                Poll::Ready(Some(Ok(_acknowledgement))) => {}
                Poll::Ready(Some(Err(_)) | None) => self.requests = None,
                Poll::Pending => return false,
            }
        }
        true
    }

    fn end(&mut self, status: &Status) -> Poll<Option<Result<BodyFrame<Bytes>, Status>>> {
        self.trailers = Trailers::Sent;
        let mut trailers = HeaderMap::new();
        Poll::Ready(Some(
            status
                .add_header(&mut trailers)
                .map(|()| BodyFrame::trailers(trailers)),
        ))
    }
}

impl http_body::Body for ReadBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<BodyFrame<Bytes>, Status>>> {
        if self.trailers == Trailers::Sent {
            return Poll::Ready(None);
        }
        if let Some(data) = self.data.take() {
            // Also for a client that wants no more: half a message would be an error to it.
            self.answered += data.len();
            return Poll::Ready(Some(Ok(BodyFrame::data(data))));
        }
        if self.drain_requests(context) {
            return self.end(&Status::ok(""));
        }
        let next = match &mut self.source {
            Source::Memory(memory) => memory.next(),
            Source::Queue(queue) => std::task::ready!(queue.poll_recv(context)),
        };
        match next {
            Some(Ok(message)) => {
                self.answered += message.first.len();
                self.data = message.data;
                Poll::Ready(Some(Ok(BodyFrame::data(message.first))))
            }
            Some(Err(status)) => self.end(&status),
            None => self.end(&Status::ok("")),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.trailers == Trailers::Sent
    }
}

impl Drop for ReadBody {
    fn drop(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        if self.drain_requests(&mut context) {
            return;
        }
        let Some(mut requests) = self.requests.take() else {
            return;
        };
        if self.answered <= SHORT {
            return;
        }
        self.tasks.spawn("drain acknowledgements", async move {
            let drain = async { while let Ok(Some(_)) = requests.message().await {} };
            // A client that never closes loses its stream then, and nothing else.
            if tokio::time::timeout(CLOSE_LIMIT, drain).await.is_err() {
                tracing::debug!("a client did not close its half of a read");
            }
        });
    }
}
