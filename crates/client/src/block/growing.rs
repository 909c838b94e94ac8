//! [`GrowingBlock`]: a block that the worker of this host is just fetching from the store, read from its
//! file as far as that has come.
//!
//! No byte goes through a stream then. The worker tells how far the file has grown; when it has no more
//! to tell before the block is complete, or does not know of such reads, the rest comes as a stream.

use std::io;
use std::time::Duration;

use alluxio_common::{BlockId, WorkerAddress};
use alluxio_proto::grpc::block as pb;
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use bytes::Bytes;

use super::connections::WorkerConnections;
use super::local::{BlockFile, Medium, OpenBlock};
use crate::error::ClientError;

/// How often the worker is asked for the file. A block that is complete gets another name, which may
/// happen before it is opened by the old one; the second answer has the one that stays.
const TRIES: usize = 2;

/// What is to be read.
#[derive(Debug, Clone)]
pub(super) struct GrowingRequest {
    pub(super) block_id: BlockId,
    pub(super) length: u64,
    /// Where the store has it.
    pub(super) ufs: OpenUfsBlockOptions,
    /// How long the worker may take to answer, and from one answer to the next.
    pub(super) patience: Duration,
}

/// A block's file, open for reading while it grows. The worker keeps the block as long as this lives.
#[derive(Debug)]
pub(super) struct GrowingBlock {
    file: BlockFile,
    open: OpenBlock,
    /// How much of it can be read by now.
    available: u64,
    length: u64,
}

impl GrowingBlock {
    /// Asks the worker to fetch the block, unless it has it, and opens the file.
    pub(super) async fn open(
        connections: &WorkerConnections,
        worker: &WorkerAddress,
        wanted: &GrowingRequest,
    ) -> Result<Self, ClientError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let request = pb::OpenLocalBlockRequest {
                block_id: Some(wanted.block_id.raw()),
                promote: Some(false),
                open_ufs_block_options: Some(wanted.ufs.clone()),
            };
            let asked = OpenBlock::ask(connections, worker, request, wanted.patience);
            let (answer, open) = asked.await?;
            let medium = match answer.in_memory() {
                true => Medium::Memory,
                false => Medium::Disk,
            };
            match BlockFile::open(answer.path(), medium) {
                Ok(file) => {
                    return Ok(Self {
                        file,
                        open,
                        available: reached(&answer)
                            .map_or(wanted.length, |told| told.min(wanted.length)),
                        length: wanted.length,
                    });
                }
                Err(ClientError::LocalFile { source, .. })
                    if source.kind() == io::ErrorKind::NotFound && tries < TRIES => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads at most `length` bytes at `offset`, which lies inside the block, as soon as there are some.
    pub(super) async fn read_at(
        &mut self,
        offset: u64,
        length: usize,
    ) -> Result<Bytes, ClientError> {
        let length = self.wait_for(offset, length).await?;
        self.file.read_at(offset, length).await
    }

    /// The same, into the caller's buffer.
    pub(super) async fn read_into(
        &mut self,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, ClientError> {
        let length = self.wait_for(offset, into.len()).await?;
        self.file.read_into(offset, &mut into[..length]).await
    }

    /// Waits until there is something at `offset`; how much of `wanted` that is.
    async fn wait_for(&mut self, offset: u64, wanted: usize) -> Result<usize, ClientError> {
        while self.available <= offset {
            let answer = self.open.next().await?;
            let told = reached(&answer).unwrap_or(self.available);
            self.available = told.clamp(self.available, self.length);
        }
        let there = usize::try_from(self.available - offset).unwrap_or(usize::MAX);
        Ok(there.min(wanted))
    }
}

/// How far the file has grown; nothing is said about one that is complete.
fn reached(answer: &pb::OpenLocalBlockResponse) -> Option<u64> {
    answer
        .available
        .map(|bytes| u64::try_from(bytes).unwrap_or(0))
}
