//! [`FileReader`]: a file, from any position, whatever its workers do meanwhile.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Describe, ErrorCode, ReadType};
use bytes::Bytes;
use tokio::time::timeout;
use tracing::debug;

use super::ahead::{Ahead, cache_request};
use super::attempts::{Attempts, Round};
use super::source::{BlockSource, Via};
use crate::block::LocalBlockReader;
use crate::block::reader::{BlockRange, BlockReader, open_file, read_range};
use crate::conf::PassiveCache;
use crate::context::Context;
use crate::error::ClientError;
use crate::file_system::{FileSystem, StatusPurpose, SyncInterval};
use crate::status::{FileBlock, FileStatus};

/// Block files that positioned reads keep open. A columnar file is read back and forth over few
/// blocks; each costs one file descriptor and one parked stream.
const OPEN_BLOCK_FILES: usize = 8;

/// How long a reader waits until somebody has heard that a block should be kept.
const WISH_LIMIT: Duration = Duration::from_secs(1);

/// Reads a file: in order, or at any position. One reader is used by one task; positioned reads do
/// not move the position of the others.
#[derive(Debug)]
pub struct FileReader {
    file_system: FileSystem,
    status: FileStatus,
    read_type: ReadType,
    position: u64,
    current: Option<Current>,
    ahead: Option<Ahead>,
    open_files: HashMap<usize, Arc<LocalBlockReader>>,
    cache_requested: HashSet<usize>,
    wishes: Wishes,
}

/// Whether those who are asked to keep copies answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wishes {
    Heard,
    Unheard,
}

/// Why bytes did not come, and from where, if there was somebody to ask.
type Failure = (Option<BlockSource>, ClientError);

/// The block that a scan is in.
#[derive(Debug)]
struct Current {
    index: usize,
    /// Where in the file it was entered.
    entered: u64,
    source: BlockSource,
    reader: BlockReader,
}

impl FileReader {
    pub(crate) fn new(file_system: FileSystem, status: FileStatus, read_type: ReadType) -> Self {
        Self {
            file_system,
            status,
            read_type,
            position: 0,
            current: None,
            ahead: None,
            open_files: HashMap::new(),
            cache_requested: HashSet::new(),
            wishes: Wishes::Heard,
        }
    }

    /// What the master said when the file was opened.
    pub fn status(&self) -> &FileStatus {
        &self.status
    }

    /// Where the next byte of a scan is.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Moves to a position, at most the end of the file.
    ///
    /// # Errors
    /// When it lies behind the end.
    pub fn seek(&mut self, position: u64) -> Result<(), ClientError> {
        if position > self.status.length_bytes() {
            return Err(ClientError::SeekPastEnd { position });
        }
        if position != self.position {
            self.position = position;
            self.current = None;
        }
        Ok(())
    }

    /// The next bytes, at most `max` and as many as are at hand; empty at the end of the file.
    ///
    /// # Errors
    /// When no source of the block answers until the time for retries is over.
    pub async fn read(&mut self, max: usize) -> Result<Bytes, ClientError> {
        if self.position >= self.status.length_bytes() || max == 0 {
            return Ok(Bytes::new());
        }
        self.read_after(None, max).await
    }

    /// Reads, after a failure of the source that was open, if there was one.
    async fn read_after(
        &mut self,
        mut failure: Option<Failure>,
        max: usize,
    ) -> Result<Bytes, ClientError> {
        let mut attempts = Attempts::new(&self.file_system);
        loop {
            if let Some((source, error)) = failure.take() {
                self.current = None;
                self.ahead = None;
                self.prepare_retry(&mut attempts, source, error).await?;
            }
            match self.read_once(max, &attempts.failed).await {
                Ok(bytes) => {
                    self.advance(bytes.len()).await;
                    return Ok(bytes);
                }
                Err(failed) => failure = Some(failed),
            }
        }
    }

    /// After a failure: when everybody has failed, asks the master what has become of the file. It
    /// may be in the store by now, or on other workers.
    async fn prepare_retry(
        &mut self,
        attempts: &mut Attempts,
        source: Option<BlockSource>,
        error: ClientError,
    ) -> Result<(), ClientError> {
        let (error, sync, unless_news) = match attempts.failed(source, error).await? {
            Round::GoesOn => return Ok(()),
            Round::Over(error) => (error, self.file_system.sync(), Next::TryAgain),
            // The master would wait for a store that does not answer as long as the worker has.
            Round::Answered(error) if error.code() == ErrorCode::UfsUnavailable => {
                (error, self.file_system.sync(), Next::GiveUp)
            }
            Round::Answered(error) => (error, SyncInterval::Always, Next::GiveUp),
        };
        let path = &self.status.path;
        let found = self.file_system.status_for(path, StatusPurpose::Look, sync);
        let next = match found.await {
            Ok(now) if now.id == self.status.id => {
                let is_same =
                    now.blocks == self.status.blocks && now.persistence == self.status.persistence;
                self.status = now;
                if is_same { unless_news } else { Next::TryAgain }
            }
            // Another file has the name, or none.
            Ok(_) => Next::GiveUp,
            Err(gone) if gone.code() == ErrorCode::PathNotFound => Next::GiveUp,
            // The master may be starting again.
            Err(_) => unless_news,
        };
        match next {
            Next::TryAgain => Ok(()),
            Next::GiveUp => Err(error),
        }
    }

    /// Fills the start of the caller's buffer; 0 at the end of the file. A block on this host is
    /// read without another copy.
    ///
    /// # Errors
    /// As [`FileReader::read`].
    pub async fn read_into(&mut self, into: &mut [u8]) -> Result<usize, ClientError> {
        if self.position >= self.status.length_bytes() || into.is_empty() {
            return Ok(0);
        }
        let failure = match &mut self.current {
            Some(Current { reader, source, .. }) => match reader.read_into(into).await {
                Ok(read) if read > 0 => {
                    self.advance(read).await;
                    return Ok(read);
                }
                Ok(_) => {
                    let source = source.clone();
                    let error = short_read(&self.status, self.position, &source);
                    Some((Some(source), error))
                }
                Err(error) => {
                    let error = error.at_worker(&source.worker);
                    Some((Some(source.clone()), error))
                }
            },
            None => None,
        };
        let bytes = self.read_after(failure, into.len()).await?;
        into[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    /// A failure comes with the source that failed, if there was one to ask.
    async fn read_once(&mut self, max: usize, failed: &HashSet<String>) -> Result<Bytes, Failure> {
        let index = self.block_at(self.position);
        if self
            .current
            .as_ref()
            .is_none_or(|current| current.index != index)
        {
            let nobody = |error| (None, error);
            let ahead = self.ahead.take().filter(|ahead| ahead.index == index);
            let (block, range) = self.range(index, self.position, u64::MAX).map_err(nobody)?;
            let context = self.file_system.context();
            let source = match ahead {
                Some(ahead) => ahead.source,
                None => BlockSource::choose(context, &self.status, block, self.read_type, failed)
                    .await
                    .map_err(nobody)?,
            };
            let reader = match BlockReader::open(context, &source, range).await {
                Ok(reader) => reader,
                Err(error) => {
                    let error = error.at_worker(&source.worker);
                    return Err((Some(source), error));
                }
            };
            self.current = Some(Current {
                index,
                entered: self.position,
                source,
                reader,
            });
        }
        let Some(current) = &mut self.current else {
            return Ok(Bytes::new());
        };
        let bytes = current.reader.read(max).await;
        let source = &current.source;
        let error = match bytes {
            Ok(bytes) if !bytes.is_empty() => return Ok(bytes),
            Ok(_) => short_read(&self.status, self.position, source),
            Err(error) => error.at_worker(&source.worker),
        };
        Err((Some(source.clone()), error))
    }

    /// Reads exactly `length` bytes at `position`, or to the end of the file.
    ///
    /// # Errors
    /// As [`FileReader::read`].
    pub async fn read_at(&mut self, position: u64, length: usize) -> Result<Bytes, ClientError> {
        let end = self
            .status
            .length_bytes()
            .min(position.saturating_add(length as u64));
        let mut at = position;
        let mut whole: Vec<u8> = Vec::new();
        while at < end {
            let bytes = self.read_part(at, end - at).await?;
            at += bytes.len() as u64;
            if at >= end && whole.is_empty() {
                return Ok(bytes);
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(whole.into())
    }

    /// The part of a range that lies in its first block.
    async fn read_part(&mut self, position: u64, length: u64) -> Result<Bytes, ClientError> {
        let index = self.block_at(position);
        let (_, range) = self.range(index, position, length)?;
        let wanted = usize::try_from(range.length).unwrap_or(usize::MAX);
        if let Some(file) = self.open_files.get(&index) {
            if let Ok(bytes) = file.read_at(range.offset, wanted).await
                && bytes.len() == wanted
            {
                return Ok(bytes);
            }
            self.open_files.remove(&index);
        }
        let mut attempts = Attempts::new(&self.file_system);
        loop {
            let (block, range) = self.range(index, position, length)?;
            let context = self.file_system.context();
            let source = BlockSource::choose(
                context,
                &self.status,
                block,
                self.read_type,
                &attempts.failed,
            )
            .await;
            let source = match source {
                Ok(source) => source,
                Err(error) => {
                    self.prepare_retry(&mut attempts, None, error).await?;
                    continue;
                }
            };
            let read = read_from(context, &source, range).await;
            match read {
                Ok((bytes, file)) if bytes.len() == wanted => {
                    self.keep_open(index, file);
                    self.request_caching(index, &source).await;
                    return Ok(bytes);
                }
                Ok((_, _)) => {
                    let error = short_read(&self.status, position, &source);
                    self.prepare_retry(&mut attempts, Some(source), error)
                        .await?;
                }
                Err(error) => {
                    let error = error.at_worker(&source.worker);
                    self.prepare_retry(&mut attempts, Some(source), error)
                        .await?;
                }
            }
        }
    }

    fn keep_open(&mut self, index: usize, file: Option<LocalBlockReader>) {
        let Some(file) = file else { return };
        if self.open_files.len() >= OPEN_BLOCK_FILES
            && let Some(any) = self.open_files.keys().next().copied()
        {
            self.open_files.remove(&any);
        }
        self.open_files.insert(index, Arc::new(file));
    }

    fn block_at(&self, position: u64) -> usize {
        usize::try_from(position / self.status.block_size.bytes().max(1)).unwrap_or(usize::MAX)
    }

    /// The block, and what is left of it behind a position of the file, at most `length`.
    fn range(
        &self,
        index: usize,
        position: u64,
        length: u64,
    ) -> Result<(&FileBlock, BlockRange), ClientError> {
        let block = self
            .status
            .blocks
            .get(index)
            .ok_or_else(|| ClientError::NoBlockInfo {
                path: self.status.path.clone(),
                index,
            })?;
        let offset = position - block.offset;
        let length = block.info.length.saturating_sub(offset).min(length);
        if length == 0 {
            // Nobody could give a byte of it, however often he is asked.
            return Err(ClientError::NoBlockInfo {
                path: self.status.path.clone(),
                index,
            });
        }
        Ok((
            block,
            BlockRange {
                block_id: block.info.id,
                offset,
                length,
            },
        ))
    }

    /// After bytes of a scan.
    async fn advance(&mut self, bytes: usize) {
        self.position += bytes as u64;
        self.look_ahead().await;
        self.leave_finished_block().await;
    }

    /// When half of a block of the store has been read in one go, the next one is asked for: a
    /// worker that has begun to fetch it by the time it is read keeps the store busy.
    async fn look_ahead(&mut self) {
        let Some(current) = &self.current else { return };
        let next = current.index + 1;
        let is_known = self.ahead.as_ref().is_some_and(|ahead| ahead.index == next);
        let keeps = self.read_type != ReadType::NoCache && self.wishes == Wishes::Heard;
        if is_known || !keeps || current.source.via != Via::Ufs {
            return;
        }
        let blocks = &self.status.blocks;
        let (Some(present), Some(block)) = (blocks.get(current.index), blocks.get(next)) else {
            return;
        };
        if self.position - current.entered < present.info.length / 2 {
            return;
        }
        let (context, nobody) = (self.file_system.context(), HashSet::new());
        let chosen = BlockSource::choose(context, &self.status, block, self.read_type, &nobody);
        match timeout(WISH_LIMIT, chosen).await {
            Ok(Ok(source)) => self.ahead = Some(Ahead::ask(context, block, next, source)),
            // Whoever comes to the block asks again, and hears what is wrong.
            Ok(Err(error)) => debug!(%error, "nobody to ask for the next block"),
            Err(_elapsed) => self.wishes = Wishes::Unheard,
        }
    }

    /// Lets go of a block that was read to its end, and asks for a copy where the reader is.
    async fn leave_finished_block(&mut self) {
        let index = self.block_at(self.position);
        let at_end = self.position >= self.status.length_bytes();
        if let Some(current) = self
            .current
            .take_if(|current| at_end || current.index != index)
            && !current.reader.is_kept_here()
        {
            self.request_caching(current.index, &current.source).await;
        }
    }

    /// Asks a worker to keep a copy: the one on this host, else the one that was read from. Errors
    /// do not matter: it is a wish, for which the reader hardly waits. After one that was not answered
    /// it has no more of them.
    async fn request_caching(&mut self, index: usize, source: &BlockSource) {
        let wanted = self.read_type != ReadType::NoCache
            && self.wishes == Wishes::Heard
            && !matches!(source.via, Via::File(_))
            && self.cache_requested.insert(index);
        let Some(block) = self.status.blocks.get(index) else {
            return;
        };
        if !wanted {
            return;
        }
        let context = self.file_system.context();
        let local = match context.conf.passive_cache {
            PassiveCache::Enabled => match timeout(WISH_LIMIT, context.local_worker()).await {
                Ok(local) => local,
                Err(_elapsed) => {
                    self.wishes = Wishes::Unheard;
                    context.local_worker_of_last_list()
                }
            },
            PassiveCache::Disabled => None,
        };
        let target = match (local, source.via) {
            (Some(local), _) if local != source.worker => local,
            (_, Via::Ufs) => source.worker.clone(),
            // It is cached where it was read, and nobody is nearer.
            (_, Via::Cache | Via::File(_)) => return,
        };
        let request = cache_request(block, source);
        let mut stub = context.workers.stub(&target);
        match timeout(WISH_LIMIT, stub.cache(request)).await {
            Ok(Ok(_wished)) => {}
            Ok(Err(status)) => {
                debug!(block_id = %block.info.id, %status, "worker would not cache a block");
            }
            Err(_elapsed) => self.wishes = Wishes::Unheard,
        }
    }
}

/// Reads a range once from one source; with the open file when the source has one.
async fn read_from(
    context: &Context,
    source: &BlockSource,
    range: BlockRange,
) -> Result<(Bytes, Option<LocalBlockReader>), ClientError> {
    if let Via::File(medium) = source.via
        && let Some(file) = open_file(context, source, range.block_id, medium).await?
    {
        let wanted = usize::try_from(range.length).unwrap_or(usize::MAX);
        let bytes = file.read_at(range.offset, wanted).await?;
        return Ok((bytes, Some(file)));
    }
    Ok((read_range(context, source, range).await?, None))
}

fn short_read(status: &FileStatus, position: u64, source: &BlockSource) -> ClientError {
    ClientError::ShortRead {
        path: status.path.clone(),
        position,
        worker: source.worker.data_address(),
    }
}

/// What follows when everybody has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    TryAgain,
    GiveUp,
}
