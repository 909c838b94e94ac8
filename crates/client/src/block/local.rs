//! Short circuit: the file of a block on this host, opened directly.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{BlockId, WorkerAddress};
use alluxio_proto::grpc::block as pb;
use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::connections::{WorkerConnections, answer_within};
use crate::error::ClientError;
use crate::file::source::Promote;

/// Reads from memory are done in place up to this size, about 100 microseconds of copying; longer
/// ones, and all from disks, go to a thread that may block.
const IN_PLACE_LIMIT: usize = 1 << 20;

/// Where the block's file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    /// In memory: a read never waits for a device.
    Memory,
    /// On a disk.
    Disk,
}

impl Medium {
    /// From the name of a medium or tier.
    pub(crate) fn from_name(name: &str) -> Self {
        if name == "MEM" {
            Self::Memory
        } else {
            Self::Disk
        }
    }
}

/// What is to be read, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalReadRequest {
    pub(crate) block_id: BlockId,
    pub(crate) medium: Medium,
    pub(crate) promote: Promote,
    /// How long the worker may take to answer.
    pub(crate) patience: Duration,
}

/// An open file with the bytes of a block.
#[derive(Debug, Clone)]
pub(super) struct BlockFile {
    file: Arc<File>,
    medium: Medium,
}

impl BlockFile {
    pub(super) fn open(path: &str, medium: Medium) -> Result<Self, ClientError> {
        let path = PathBuf::from(path);
        let file = File::open(&path).map_err(|source| ClientError::LocalFile { path, source })?;
        Ok(Self {
            file: Arc::new(file),
            medium,
        })
    }

    /// Reads at most `length` bytes at `offset`; fewer at the end of the file.
    pub(super) async fn read_at(&self, offset: u64, length: usize) -> Result<Bytes, ClientError> {
        if self.medium == Medium::Memory && length <= IN_PLACE_LIMIT {
            return read_file(&self.file, offset, length);
        }
        let file = Arc::clone(&self.file);
        tokio::task::spawn_blocking(move || read_file(&file, offset, length))
            .await
            .map_err(|_stopped| ClientError::Stopped)?
    }

    /// Reads into the caller's buffer, without another copy when the block is in memory.
    pub(super) async fn read_into(
        &self,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, ClientError> {
        if self.medium == Medium::Memory {
            let length = into.len().min(IN_PLACE_LIMIT);
            return read_once(&self.file, offset, &mut into[..length]);
        }
        let bytes = self.read_at(offset, into.len().min(IN_PLACE_LIMIT)).await?;
        into[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

/// A block's file, open for reading. The worker keeps the block as long as this lives.
#[derive(Debug)]
pub(crate) struct LocalBlockReader {
    file: BlockFile,
    _open: OpenBlock,
}

impl LocalBlockReader {
    /// Asks the worker for the path and opens it.
    pub(crate) async fn open(
        connections: &WorkerConnections,
        worker: &WorkerAddress,
        wanted: LocalReadRequest,
    ) -> Result<Self, ClientError> {
        let request = pb::OpenLocalBlockRequest {
            block_id: Some(wanted.block_id.raw()),
            promote: Some(wanted.promote == Promote::Yes),
            open_ufs_block_options: None,
        };
        let (answer, open) = OpenBlock::ask(connections, worker, request, wanted.patience).await?;
        Ok(Self {
            file: BlockFile::open(answer.path(), wanted.medium)?,
            _open: open,
        })
    }

    /// Reads at most `length` bytes at `offset`; fewer at the end of the block.
    pub(crate) async fn read_at(&self, offset: u64, length: usize) -> Result<Bytes, ClientError> {
        self.file.read_at(offset, length).await
    }

    /// Reads into the caller's buffer, without another copy when the block is in memory.
    pub(crate) async fn read_into(
        &self,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, ClientError> {
        self.file.read_into(offset, into).await
    }
}

/// A block that the worker has open for us. The stream is the pin: the worker lets go of the block
/// when it ends.
#[derive(Debug)]
pub(super) struct OpenBlock {
    _requests: mpsc::Sender<pb::OpenLocalBlockRequest>,
    answers: tonic::Streaming<pb::OpenLocalBlockResponse>,
    worker: WorkerAddress,
    patience: Duration,
}

impl OpenBlock {
    /// Sends the request, and waits for the first answer.
    pub(super) async fn ask(
        connections: &WorkerConnections,
        worker: &WorkerAddress,
        request: pb::OpenLocalBlockRequest,
        patience: Duration,
    ) -> Result<(pb::OpenLocalBlockResponse, Self), ClientError> {
        let (pin, requests) = mpsc::channel(1);
        if pin.send(request).await.is_err() {
            return Err(ClientError::worker_gone(worker));
        }
        let mut stub = connections.stub(worker);
        let answer = async {
            let mut answers = stub
                .open_local_block(ReceiverStream::new(requests))
                .await
                .map_err(ClientError::from_status)?
                .into_inner();
            let answer = next_message(&mut answers, worker).await?;
            Ok((answer, answers))
        };
        let (answer, answers) = answer_within(patience, worker, answer).await?;
        let open = Self {
            _requests: pin,
            answers,
            worker: worker.clone(),
            patience,
        };
        Ok((answer, open))
    }

    /// What the worker says next.
    pub(super) async fn next(&mut self) -> Result<pb::OpenLocalBlockResponse, ClientError> {
        let answer = next_message(&mut self.answers, &self.worker);
        answer_within(self.patience, &self.worker, answer).await
    }
}

fn read_once(file: &File, offset: u64, into: &mut [u8]) -> Result<usize, ClientError> {
    file.read_at(into, offset)
        .map_err(|source| ClientError::LocalFile {
            path: PathBuf::new(),
            source,
        })
}

fn read_file(file: &File, offset: u64, length: usize) -> Result<Bytes, ClientError> {
    let mut buffer = BytesMut::zeroed(length);
    let mut filled = 0;
    while filled < length {
        match read_once(file, offset + filled as u64, &mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    buffer.truncate(filled);
    Ok(buffer.freeze())
}

/// A block's file, open for writing. Dropping it gives the block up.
#[derive(Debug)]
pub(crate) struct LocalBlockWriter {
    file: Arc<File>,
    path: PathBuf,
    medium: Medium,
    written: u64,
    reserved: u64,
    reserve_step: u64,
    block_id: BlockId,
    worker: WorkerAddress,
    patience: LocalPatience,
    requests: super::abortable::AbortableSender<pb::CreateLocalBlockRequest>,
    responses: tonic::Streaming<pb::CreateLocalBlockResponse>,
}

/// What a new block asks of the worker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalBlockRequest<'a> {
    pub(crate) block_id: BlockId,
    /// Which tier; 0 is the fastest.
    pub(crate) tier: i32,
    /// Which medium; any when it is empty.
    pub(crate) target: &'a str,
    /// How much room to ask for at once.
    pub(crate) reserve_step: u64,
    pub(crate) pin: super::writer::PinOnCreate,
    pub(crate) medium: Medium,
    pub(crate) patience: LocalPatience,
}

/// How long the worker may take to answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalPatience {
    /// To give room.
    pub(crate) room: Duration,
    /// To commit.
    pub(crate) commit: Duration,
}

impl LocalBlockWriter {
    /// Asks the worker for a place and opens it.
    pub(crate) async fn create(
        connections: &WorkerConnections,
        worker: &WorkerAddress,
        request: LocalBlockRequest<'_>,
    ) -> Result<Self, ClientError> {
        let (requests, outgoing) = super::abortable::channel(1);
        let message = pb::CreateLocalBlockRequest {
            block_id: Some(request.block_id.raw()),
            tier: Some(request.tier),
            space_to_reserve: Some(request.reserve_step.cast_signed()),
            only_reserve_space: Some(false),
            cleanup_on_failure: Some(true),
            medium_type: Some(request.target.to_owned()),
            pin_on_create: Some(request.pin == super::writer::PinOnCreate::Yes),
        };
        if !requests.send(message).await {
            return Err(ClientError::worker_gone(worker));
        }
        let answer = async {
            let mut responses: tonic::Streaming<pb::CreateLocalBlockResponse> =
                super::remote_writer::open_stream(
                    connections.channel(worker),
                    "/alluxio.grpc.block.BlockWorker/CreateLocalBlock",
                    outgoing,
                )
                .await?;
            let response = next_message(&mut responses, worker).await?;
            Ok((response, responses))
        };
        let (response, responses) = answer_within(request.patience.room, worker, answer).await?;
        let path = PathBuf::from(response.path());
        // The worker has made the file. Where it is not, its folder is another one than this process
        // sees under the same name, and what was written there would be lost.
        let file =
            File::options()
                .write(true)
                .open(&path)
                .map_err(|source| ClientError::LocalFile {
                    path: path.clone(),
                    source,
                })?;
        Ok(Self {
            file: Arc::new(file),
            path,
            medium: request.medium,
            written: 0,
            reserved: request.reserve_step,
            reserve_step: request.reserve_step,
            block_id: request.block_id,
            worker: worker.clone(),
            patience: request.patience,
            requests,
            responses,
        })
    }

    /// Appends to the block.
    pub(crate) async fn write(&mut self, bytes: Bytes) -> Result<(), ClientError> {
        let end = self.written + bytes.len() as u64;
        if self.reserved < end {
            self.reserve_to(end).await?;
        }
        let (path, offset) = (self.path.clone(), self.written);
        let write = move |file: &File, bytes: &[u8]| {
            file.write_all_at(bytes, offset)
                .map_err(|source| ClientError::LocalFile { path, source })
        };
        if self.medium == Medium::Memory && bytes.len() <= IN_PLACE_LIMIT {
            write(&self.file, &bytes)?;
        } else {
            let file = Arc::clone(&self.file);
            tokio::task::spawn_blocking(move || write(&file, &bytes))
                .await
                .map_err(|_stopped| ClientError::Stopped)??;
        }
        self.written = end;
        Ok(())
    }

    /// Asks for room up to this length, and for some beyond it, so that not every write has to ask.
    async fn reserve_to(&mut self, end: u64) -> Result<(), ClientError> {
        let more = (end - self.reserved).max(self.reserve_step);
        let message = pb::CreateLocalBlockRequest {
            block_id: Some(self.block_id.raw()),
            space_to_reserve: Some(more.cast_signed()),
            only_reserve_space: Some(true),
            ..Default::default()
        };
        let (worker, patience) = (&self.worker, self.patience.room);
        let sent = async { Ok(self.requests.send(message).await) };
        let sent = answer_within(patience, worker, sent).await?;
        let answer = next_message(&mut self.responses, worker);
        answer_within(patience, worker, answer).await?;
        if !sent {
            return Err(ClientError::worker_gone(worker));
        }
        self.reserved += more;
        Ok(())
    }

    /// Commits the block, and waits until the worker and the master know it.
    pub(crate) async fn finish(self) -> Result<(), ClientError> {
        let mut responses = self.responses;
        self.requests.finish();
        let end = async {
            let mut next = responses.message().await;
            while let Ok(Some(_)) = next {
                next = responses.message().await;
            }
            next.map(drop).map_err(ClientError::from_status)
        };
        answer_within(self.patience.commit, &self.worker, end).await
    }
}

/// The next message of a stream that has not come to its end.
async fn next_message<T>(
    responses: &mut tonic::Streaming<T>,
    worker: &WorkerAddress,
) -> Result<T, ClientError> {
    let message = responses
        .message()
        .await
        .map_err(ClientError::from_status)?;
    message.ok_or_else(|| ClientError::worker_gone(worker))
}
