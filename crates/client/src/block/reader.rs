//! [`BlockReader`]: one block from one worker, whichever way is shortest.

use alluxio_common::BlockId;
use bytes::Bytes;

use super::local::{LocalBlockReader, LocalReadRequest, Medium};
use super::remote_reader::{Positioned, RangeRequest, RemoteBlockReader};
use crate::context::Context;
use crate::error::ClientError;
use crate::file::source::{BlockSource, Via};

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
    /// A stream from the worker.
    Remote {
        /// The stream.
        stream: Box<RemoteBlockReader>,
        /// What has arrived and was not taken yet.
        buffered: Bytes,
    },
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
        context: &Context,
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
        let stream = open_stream(context, source, range, Positioned::Scan).await?;
        Ok(Self::Remote {
            stream: Box::new(stream),
            buffered: Bytes::new(),
        })
    }

    /// The next bytes, at most `max`; empty at the end.
    pub(crate) async fn read(&mut self, max: usize) -> Result<Bytes, ClientError> {
        match self {
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
        let bytes = self.read(into.len()).await?;
        into[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
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
