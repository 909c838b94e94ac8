//! [`BlockReader`]: one block from one worker, whichever way is shortest.

use std::sync::Arc;

use alluxio_common::BlockId;
use bytes::Bytes;

use super::growing::{GrowingBlock, GrowingRequest};
use super::local::{LocalBlockReader, LocalReadRequest, Medium};
use super::remote_reader::{Positioned, RangeRequest, RemoteBlockReader};
use crate::context::Context;
use crate::error::ClientError;
use crate::file::source::{BlockSource, Follow, Via};

/// Blocks of at least so many bytes are read from their file while they are fetched; for a shorter one
/// a stream takes fewer messages.
const WORTH_FOLLOWING: u64 = 1 << 20;

/// Reads one block from one worker, from some position to the end of the block.
#[derive(Debug)]
pub(crate) enum BlockReader {
    /// The block's own file.
    Local {
        /// The open file.
        file: Box<LocalBlockReader>,
        /// Where the next byte is.
        position: u64,
        /// Where the block ends.
        end: u64,
    },
    /// The block's own file, while the worker fetches it.
    Growing(Box<GrowingReader>),
    /// A stream from the worker.
    Remote {
        /// The stream.
        stream: Box<RemoteBlockReader>,
        /// What has arrived and was not taken yet.
        buffered: Bytes,
    },
}

/// A block that is read while it grows, and what it takes to have the rest of it as a stream.
#[derive(Debug)]
pub(crate) struct GrowingReader {
    block: GrowingBlock,
    context: Arc<Context>,
    source: BlockSource,
    /// What is left to read.
    rest: BlockRange,
}

/// Which part of which block is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockRange {
    pub(crate) block_id: BlockId,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

impl BlockReader {
    /// Opens the block at the source for a scan.
    pub(crate) async fn open(
        context: &Arc<Context>,
        source: &BlockSource,
        range: BlockRange,
    ) -> Result<Self, ClientError> {
        if let Via::File(medium) = source.via {
            match open_file(context, source, range.block_id, medium).await? {
                Some(file) => {
                    let end = range.offset + range.length;
                    return Ok(Self::Local {
                        file: Box::new(file),
                        position: range.offset,
                        end,
                    });
                }
                None => { /* The worker cannot hand out a file: it streams. */ }
            }
        }
        if source.follow == Follow::Yes
            && range.offset == 0
            && range.length >= WORTH_FOLLOWING
            && let Some(block) = open_growing(context, source, range).await?
        {
            return Ok(Self::Growing(Box::new(GrowingReader {
                block,
                context: Arc::clone(context),
                source: source.clone(),
                rest: range,
            })));
        }
        Self::open_remote(context, source, range).await
    }

    async fn open_remote(
        context: &Context,
        source: &BlockSource,
        range: BlockRange,
    ) -> Result<Self, ClientError> {
        let stream = open_stream(context, source, range, Positioned::Scan).await?;
        Ok(Self::Remote {
            stream: Box::new(stream),
            buffered: Bytes::new(),
        })
    }

    /// Whether the bytes come from the file of a block that is kept here.
    pub(crate) fn is_kept_here(&self) -> bool {
        match self {
            Self::Local { .. } | Self::Growing(_) => true,
            Self::Remote { .. } => false,
        }
    }

    /// The next bytes, at most `max`; empty at the end.
    pub(crate) async fn read(&mut self, max: usize) -> Result<Bytes, ClientError> {
        if let Self::Growing(growing) = self {
            match growing.read(max).await {
                Err(error) if error.lets_worker_stream() => self.give_up_growing().await?,
                // The file is shorter than it should be: it is not that of the worker.
                Ok(nothing) if nothing.is_empty() && growing.rest.length > 0 => {
                    self.give_up_growing().await?;
                }
                outcome => return outcome,
            }
        }
        match self {
            // It has become a stream.
            Self::Growing(_) => Ok(Bytes::new()),
            Self::Local {
                file,
                position,
                end,
            } => {
                let wanted = usize::try_from(*end - *position)
                    .unwrap_or(usize::MAX)
                    .min(max);
                let bytes = file.read_at(*position, wanted).await?;
                *position += bytes.len() as u64;
                Ok(bytes)
            }
            Self::Remote { stream, buffered } => {
                if buffered.is_empty() {
                    *buffered = stream.next().await?.unwrap_or_default();
                }
                Ok(buffered.split_to(buffered.len().min(max)))
            }
        }
    }

    /// The block cannot be followed any more: the rest comes as a stream.
    async fn give_up_growing(&mut self) -> Result<(), ClientError> {
        if let Self::Growing(growing) = self {
            let GrowingReader {
                context,
                source,
                rest,
                ..
            } = &**growing;
            *self = Self::open_remote(context, source, *rest).await?;
        }
        Ok(())
    }

    /// Fills the start of the caller's buffer; 0 at the end.
    pub(crate) async fn read_into(&mut self, into: &mut [u8]) -> Result<usize, ClientError> {
        if let Self::Local {
            file,
            position,
            end,
        } = self
        {
            let wanted = usize::try_from(*end - *position)
                .unwrap_or(usize::MAX)
                .min(into.len());
            let read = file.read_into(*position, &mut into[..wanted]).await?;
            *position += read as u64;
            return Ok(read);
        }
        if let Self::Growing(growing) = self {
            match growing.read_into(into).await {
                Err(error) if error.lets_worker_stream() => self.give_up_growing().await?,
                Ok(0) if growing.rest.length > 0 => self.give_up_growing().await?,
                outcome => return outcome,
            }
        }
        let bytes = self.read(into.len()).await?;
        into[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl GrowingReader {
    async fn read(&mut self, max: usize) -> Result<Bytes, ClientError> {
        if self.rest.length == 0 {
            return Ok(Bytes::new());
        }
        let wanted = self.wanted(max);
        let bytes = self.block.read_at(self.rest.offset, wanted).await?;
        self.rest.skip(bytes.len());
        Ok(bytes)
    }

    async fn read_into(&mut self, into: &mut [u8]) -> Result<usize, ClientError> {
        if self.rest.length == 0 {
            return Ok(0);
        }
        let wanted = self.wanted(into.len());
        let offset = self.rest.offset;
        let read = self.block.read_into(offset, &mut into[..wanted]).await?;
        self.rest.skip(read);
        Ok(read)
    }

    fn wanted(&self, max: usize) -> usize {
        let rest = usize::try_from(self.rest.length).unwrap_or(usize::MAX);
        rest.min(max)
    }
}

impl BlockRange {
    fn skip(&mut self, bytes: usize) {
        self.offset += bytes as u64;
        self.length -= bytes as u64;
    }
}

/// The file of a block that the worker is fetching, or `None` when it does not hand it out.
async fn open_growing(
    context: &Context,
    source: &BlockSource,
    range: BlockRange,
) -> Result<Option<GrowingBlock>, ClientError> {
    let wanted = GrowingRequest {
        block_id: range.block_id,
        length: range.length,
        ufs: source.ufs.clone(),
        patience: context.conf.read_timeout,
    };
    match GrowingBlock::open(&context.workers, &source.worker, &wanted).await {
        Ok(block) => Ok(Some(block)),
        // Nobody is told that it could be opened by path, so that it cannot is no failure.
        Err(ClientError::LocalFile { .. }) => Ok(None),
        Err(error) if error.lets_worker_stream() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The block's own file, or `None` when the worker does not have one to hand out.
pub(crate) async fn open_file(
    context: &Context,
    source: &BlockSource,
    block_id: BlockId,
    medium: Medium,
) -> Result<Option<LocalBlockReader>, ClientError> {
    let wanted = LocalReadRequest {
        block_id,
        medium,
        promote: source.promote,
        patience: context.conf.read_timeout,
    };
    match LocalBlockReader::open(&context.workers, &source.worker, wanted).await {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.lets_worker_stream() => Ok(None),
        Err(error) => Err(error),
    }
}

/// One stream for a short range at a position.
pub(crate) async fn read_range(
    context: &Context,
    source: &BlockSource,
    range: BlockRange,
) -> Result<Bytes, ClientError> {
    let mut stream = open_stream(context, source, range, Positioned::Short).await?;
    let first = stream.next().await?.unwrap_or_default();
    if first.len() as u64 >= range.length {
        return Ok(first);
    }
    let mut whole = Vec::with_capacity(usize::try_from(range.length).unwrap_or(0));
    whole.extend_from_slice(&first);
    while let Some(bytes) = stream.next().await? {
        whole.extend_from_slice(&bytes);
    }
    Ok(whole.into())
}

async fn open_stream(
    context: &Context,
    source: &BlockSource,
    range: BlockRange,
    positioned: Positioned,
) -> Result<RemoteBlockReader, ClientError> {
    let request = RangeRequest {
        block_id: range.block_id,
        offset: range.offset,
        length: range.length,
        chunk: context.conf.reader_chunk.bytes(),
        positioned,
        promote: source.promote,
        ufs: source.ufs.clone(),
    };
    RemoteBlockReader::open(
        &context.workers,
        &source.worker,
        request,
        context.conf.read_timeout,
    )
    .await
}
