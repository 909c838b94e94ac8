//! Read-through: serving a block that is not here from the store, and keeping it.
//!
//! A block that is missing is fetched as a whole, once, however many ask for it: one task reads the
//! store from the block's first byte to its last and appends to a block being written; readers
//! follow it through the same file, or take the last few pieces from memory when they keep up. So
//! the memory that a fetch needs is a few pieces, whatever the number and the pace of its readers. A
//! client of this machine may open that file itself, and is told how far it has grown. A reader that
//! wants to begin far ahead of the fetch, or does not want anything cached, reads its range from the
//! store itself.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alluxio_common::{BlockId, Describe, ErrorCode, MountId, SessionId, Tasks, UfsPath};
use alluxio_ufs::{UfsError, UfsReader};
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};
use tracing::warn;

use crate::block::{Block, BlockError, BlockStore, CreateBlock, Origin, Target, TempBlock};
use crate::free_space::SpaceMaker;
use crate::master_client::MasterClient;
use crate::metrics::WorkerMetrics;
use crate::mounts::Mounts;
use crate::read_error::ReadBlockError;

/// How much is asked of the store at a time.
pub(crate) const PIECE: usize = 1 << 20;

/// How many of the last pieces stay in memory for readers that keep up: they need not read them back
/// from the file.
const RECENT_PIECES: usize = 4;

/// A reader that begins at most this far ahead of what a fetch has reached waits for it; one that
/// begins further ahead reads its range itself.
const WORTH_WAITING_FOR: u64 = 4 << 20;

/// How many blocks are fetched at the same time. Each needs a piece of memory and a connection to
/// the store; readers beyond that read without keeping.
const FETCHES_AT_ONCE: usize = 128;

/// Clients that read the file themselves are told of its growth in such steps: a message costs as much
/// as copying a tenth of this, and what was written last is still in the processor's cache when it is
/// read.
const TOLD_STEP: u64 = 1 << 20;

/// How long a read of the store waits for a master that does not answer.
const CONFIRM_LIMIT: Duration = Duration::from_secs(2);

/// The session in whose name fetched blocks are written.
const FETCH_SESSION: SessionId = SessionId::from_raw(-2);

/// Where the store has the bytes of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UfsBlock {
    /// The block.
    pub block_id: BlockId,
    /// Its mount.
    pub mount: MountId,
    /// The file; `None` for a block that the store has as a file of its own.
    pub path: Option<UfsPath>,
    /// Where in the file the block begins.
    pub offset_in_file: u64,
    /// How many bytes it has.
    pub length: u64,
}

/// How far a fetch has come.
#[derive(Debug, Clone)]
enum Progress {
    /// Looking for room, or for the store.
    Starting,
    /// This many bytes can be read from the file.
    Growing {
        file: Arc<GrowingFile>,
        written: u64,
        recent: Recent,
    },
    /// The block is here.
    Complete(Arc<Block>),
    /// The store's file ends within the block: there is no more, and nothing is kept.
    Short {
        file: Arc<GrowingFile>,
        written: u64,
    },
    /// The bytes cannot be kept; who wants them reads the store without keeping them.
    NotKept,
    /// The store does not give them.
    Failed(ReadBlockError),
}

/// The file of a block that is being fetched. It stays readable when it gets the name of the block,
/// or loses its own.
#[derive(Debug)]
pub struct GrowingFile {
    file: Arc<File>,
    path: PathBuf,
    in_memory: bool,
}

impl GrowingFile {
    fn of(temp: &TempBlock) -> Self {
        Self {
            file: temp.file(),
            path: temp.path().to_owned(),
            in_memory: temp.is_in_memory(),
        }
    }

    /// Where it lies as long as it grows.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether reading it never waits for a device.
    pub fn is_in_memory(&self) -> bool {
        self.in_memory
    }
}

/// The pieces that were written last.
#[derive(Debug, Clone, Default)]
struct Recent(VecDeque<Bytes>);

impl Recent {
    fn push(&mut self, piece: Bytes) {
        self.0.truncate(RECENT_PIECES - 1);
        self.0.push_front(piece);
    }

    /// What there is from `offset` on in the piece that has it; the last one ends at `written`.
    fn find(&self, offset: u64, written: u64) -> Option<Bytes> {
        let mut end = written;
        for piece in &self.0 {
            let start = end - piece.len() as u64;
            if (start..end).contains(&offset) {
                let skipped = usize::try_from(offset - start).unwrap_or(usize::MAX);
                return Some(piece.slice(skipped..));
            }
            end = start;
        }
        None
    }
}

/// The fetches of one worker.
#[derive(Debug)]
pub struct UfsReads {
    running: Mutex<HashMap<BlockId, SharedRead>>,
    permits: Arc<Semaphore>,
    parts: FetchParts,
    tasks: Tasks,
}

/// What a fetch works with.
#[derive(Debug, Clone)]
pub struct FetchParts {
    /// The blocks that are here.
    pub store: Arc<BlockStore>,
    /// Writes new ones.
    pub space: Arc<SpaceMaker>,
    /// The stores.
    pub mounts: Arc<Mounts>,
    /// Hears of new blocks.
    pub master: Arc<MasterClient>,
    /// Counts.
    pub metrics: Arc<WorkerMetrics>,
}

/// A block that is being fetched, as one reader sees it.
#[derive(Debug)]
pub struct SharedRead {
    progress: watch::Receiver<Progress>,
    /// How many take the bytes from here, and not from the file on their own.
    streams: Arc<AtomicUsize>,
    takes: Takes,
}

/// What a reader of a fetch takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Bytes,
    News,
}

/// How far a fetch has come, for a client that reads the file itself.
#[derive(Debug)]
pub enum Growth {
    /// There is no file yet.
    Starting,
    /// So many bytes are in this file.
    Growing(Arc<GrowingFile>, u64),
    /// The block is here.
    Complete(Arc<Block>),
    /// Nothing more can be had this way.
    Over,
}

/// What a reader of a fetch gets when it asks for the next bytes.
#[derive(Debug)]
pub enum SharedPiece {
    /// So many bytes were put into the buffer.
    Filled(usize),
    /// These, which are still in memory.
    Bytes(Bytes),
    /// The store's file has no more.
    End,
    /// Nothing can be read this way any more; the store still has the bytes.
    ReadYourself,
}

impl UfsReads {
    /// Nothing is being fetched yet.
    pub fn new(parts: FetchParts, tasks: Tasks) -> Arc<Self> {
        Arc::new(Self {
            running: Mutex::new(HashMap::new()),
            permits: Arc::new(Semaphore::new(FETCHES_AT_ONCE)),
            parts,
            tasks,
        })
    }

    /// Follows the fetch of a block, if there is one that will soon have `offset`.
    pub fn join(&self, block_id: BlockId, offset: u64) -> Option<SharedRead> {
        let shared = self.running.lock().get(&block_id)?.another();
        let reached = match &*shared.progress.borrow() {
            Progress::Growing { written, .. } => *written,
            Progress::Starting => 0,
            Progress::Complete(_)
            | Progress::Short { .. }
            | Progress::NotKept
            | Progress::Failed(_) => u64::MAX,
        };
        (offset <= reached.saturating_add(WORTH_WAITING_FOR)).then_some(shared)
    }

    /// Follows the fetch of a block, and begins it if there is none. `None` when too much is being
    /// fetched already.
    pub fn start(self: &Arc<Self>, block: &UfsBlock) -> Option<SharedRead> {
        let mut running = self.running.lock();
        if let Some(shared) = running.get(&block.block_id) {
            return Some(shared.another());
        }
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok()?;
        let (sender, progress) = watch::channel(Progress::Starting);
        let streams = Arc::new(AtomicUsize::new(0));
        let report = Report {
            progress: sender,
            streams: Arc::clone(&streams),
        };
        let shared = SharedRead {
            progress,
            streams,
            takes: Takes::News,
        };
        running.insert(block.block_id, shared.another());
        drop(running);
        // Takes the entry away however the fetch ends, the end of the process included.
        let entry = RunningEntry {
            reads: Arc::clone(self),
            block_id: block.block_id,
        };
        let (parts, block) = (self.parts.clone(), block.clone());
        self.tasks.spawn("fetch block", async move {
            let outcome = parts.fetch(&block, &report).await;
            report.progress.send_replace(outcome);
            drop(entry);
            drop(permit);
        });
        Some(shared)
    }

    /// Waits until a block is here, fetching it if need be.
    ///
    /// # Errors
    /// When the store does not give it, or there is no room for it.
    pub async fn ensure_cached(self: &Arc<Self>, block: &UfsBlock) -> Result<(), ReadBlockError> {
        let no_room = || ReadBlockError::from(self.parts.store.no_room_for(block.block_id));
        let mut shared = loop {
            match self.start(block) {
                Some(shared) => break shared,
                // The permit is only waited for, and left to whoever begins a fetch with it.
                None => drop(self.permits.acquire().await),
            }
        };
        loop {
            let progress = shared.progress.borrow_and_update().clone();
            match progress {
                Progress::Complete(_) => return Ok(()),
                Progress::Failed(error) => return Err(error),
                Progress::NotKept => return Err(no_room()),
                Progress::Short { .. } => {
                    return Err(ReadBlockError::NotHere {
                        block_id: block.block_id,
                    });
                }
                Progress::Starting | Progress::Growing { .. } => {}
            }
            if shared.progress.changed().await.is_err() {
                return Err(ReadBlockError::Stopping {
                    block_id: block.block_id,
                });
            }
        }
    }

    /// Reads a range of a block from the store without keeping it. No more of it is asked for, but for
    /// what the store's first answer has anyway.
    ///
    /// # Errors
    /// When the mount or the file cannot be opened.
    pub async fn open_direct(
        &self,
        block: &UfsBlock,
        range: Range<u64>,
    ) -> Result<DirectRead, ReadBlockError> {
        self.parts.open(block, range).await
    }
}

/// See [`UfsReads::start`].
struct RunningEntry {
    reads: Arc<UfsReads>,
    block_id: BlockId,
}

impl Drop for RunningEntry {
    fn drop(&mut self) {
        self.reads.running.lock().remove(&self.block_id);
    }
}

/// Where a fetch tells how far it has come.
#[derive(Debug)]
struct Report {
    progress: watch::Sender<Progress>,
    streams: Arc<AtomicUsize>,
}

impl Report {
    /// A file to be filled.
    fn begin(&self, file: &Arc<GrowingFile>) {
        self.progress.send_replace(Progress::Growing {
            file: Arc::clone(file),
            written: 0,
            recent: Recent::default(),
        });
    }

    /// One more piece is in the file. It is kept in memory only for those who take it from there, and
    /// without them nobody is woken up for each piece.
    fn add(&self, piece: Bytes, written: u64, length: u64) {
        let is_taken = self.streams.load(Ordering::Relaxed) > 0;
        self.progress.send_if_modified(|progress| {
            let Progress::Growing {
                written: reached,
                recent,
                ..
            } = progress
            else {
                return false;
            };
            let before = std::mem::replace(reached, written);
            if is_taken {
                recent.push(piece);
            } else {
                recent.0.clear();
            }
            let is_step = before == 0 || before / TOLD_STEP != written / TOLD_STEP;
            is_taken || is_step || written == length
        });
    }
}

impl Drop for SharedRead {
    fn drop(&mut self) {
        if self.takes == Takes::Bytes {
            self.streams.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl SharedRead {
    /// For another reader.
    fn another(&self) -> Self {
        Self {
            progress: self.progress.clone(),
            streams: Arc::clone(&self.streams),
            takes: Takes::News,
        }
    }

    /// How far the fetch has come.
    ///
    /// # Errors
    /// When the store does not give the bytes.
    pub fn growth(&mut self) -> Result<Growth, ReadBlockError> {
        Ok(match &*self.progress.borrow_and_update() {
            Progress::Starting => Growth::Starting,
            Progress::Growing { file, written, .. } => Growth::Growing(Arc::clone(file), *written),
            Progress::Complete(block) => Growth::Complete(Arc::clone(block)),
            Progress::Short { .. } | Progress::NotKept => Growth::Over,
            Progress::Failed(error) => return Err(error.clone()),
        })
    }

    /// Waits until the fetch has come further than [`SharedRead::growth`] has last said, and by a
    /// step that is worth it. False when there is nothing to wait for, because the process ends. It
    /// can be dropped while it waits.
    pub async fn grown(&mut self) -> bool {
        self.progress.changed().await.is_ok()
    }

    /// Waits for bytes at `offset`: puts as many as there are into the buffer, or hands out at most
    /// `max` that are still in memory.
    ///
    /// # Errors
    /// When the store does not give them.
    pub async fn read_at(
        &mut self,
        buffer: &mut [u8],
        offset: u64,
        max: usize,
    ) -> Result<SharedPiece, ReadBlockError> {
        if self.takes == Takes::News {
            self.takes = Takes::Bytes;
            self.streams.fetch_add(1, Ordering::Relaxed);
        }
        loop {
            let progress = self.progress.borrow_and_update().clone();
            match progress {
                Progress::Starting => {}
                Progress::Growing {
                    file,
                    written,
                    recent,
                } if written > offset => {
                    return Ok(match recent.find(offset, written) {
                        Some(mut bytes) => SharedPiece::Bytes(bytes.split_to(max.min(bytes.len()))),
                        None => read_up_to(&file.file, buffer, offset, written),
                    });
                }
                Progress::Growing { .. } => {}
                Progress::Complete(block) => return Ok(read_complete(&block, buffer, offset)),
                Progress::Short { written, .. } if written <= offset => {
                    return Ok(SharedPiece::End);
                }
                Progress::Short { file, written } => {
                    return Ok(read_up_to(&file.file, buffer, offset, written));
                }
                Progress::NotKept => return Ok(SharedPiece::ReadYourself),
                Progress::Failed(error) => return Err(error),
            }
            if self.progress.changed().await.is_err() {
                // The task is gone, and with it the process.
                return Ok(SharedPiece::ReadYourself);
            }
        }
    }
}

fn read_up_to(file: &File, buffer: &mut [u8], offset: u64, written: u64) -> SharedPiece {
    let available = usize::try_from(written - offset).unwrap_or(usize::MAX);
    let length = available.min(buffer.len());
    match file.read_exact_at(&mut buffer[..length], offset) {
        Ok(()) => SharedPiece::Filled(length),
        Err(error) => unreadable(&error),
    }
}

fn read_complete(block: &Arc<Block>, buffer: &mut [u8], offset: u64) -> SharedPiece {
    if offset >= block.length() {
        return SharedPiece::End;
    }
    let file = match block.handle() {
        Ok(file) => file,
        Err(error) => return unreadable(&error),
    };
    read_up_to(&file, buffer, offset, block.length())
}

fn unreadable(error: &io::Error) -> SharedPiece {
    warn!(%error, "cannot read back a block that was just fetched");
    SharedPiece::ReadYourself
}

/// Reading a range of the store's file, without keeping it.
#[derive(Debug)]
pub struct DirectRead {
    reader: Box<dyn UfsReader>,
    block_id: BlockId,
    path: UfsPath,
    metrics: Arc<WorkerMetrics>,
}

impl DirectRead {
    /// The next bytes, at most `max`; none at the end of the file.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next(&mut self, max: usize) -> Result<Bytes, ReadBlockError> {
        match self.reader.read(max).await {
            Ok(bytes) => {
                let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                self.metrics.bytes_read_ufs.add(count);
                Ok(bytes)
            }
            Err(source) => Err(ufs_error(self.block_id, &self.path, source)),
        }
    }
}

impl FetchParts {
    async fn open(
        &self,
        block: &UfsBlock,
        range: Range<u64>,
    ) -> Result<DirectRead, ReadBlockError> {
        let block_id = block.block_id;
        let refused = |source| ReadBlockError::Mount {
            block_id,
            source: Arc::new(source),
        };
        let mount = self.mounts.resolve(block.mount).await.map_err(refused)?;
        let path = match &block.path {
            Some(path) => path.clone(),
            None => crate::ufs_block::path(&mount.uri, block_id),
        };
        mount.check_read(&path).map_err(refused)?;
        let range = block.offset_in_file + range.start..block.offset_in_file + range.end;
        let opened = mount.ufs.open_range(&path, range).await;
        let reader = opened.map_err(|source| ufs_error(block_id, &path, source))?;
        if block.path.is_some() {
            self.confirm(block_id, &path).await?;
        }
        Ok(DirectRead {
            reader,
            block_id,
            path,
            metrics: Arc::clone(&self.metrics),
        })
    }

    /// Makes sure that a file of the store, which is open, is the one that the block belongs to.
    ///
    /// Whoever asks may have learned the path long ago. A file that is in its place now was there
    /// when it was opened: another one gets its name only after it is gone. While the master is
    /// silent nobody can replace a file either, so reading goes on.
    async fn confirm(&self, block_id: BlockId, path: &UfsPath) -> Result<(), ReadBlockError> {
        let asked = self.master.fetch_file(block_id.file_id());
        let is_here = match tokio::time::timeout(CONFIRM_LIMIT, asked).await {
            Ok(Ok(file)) => UfsPath::parse(file.ufs_path()).is_ok_and(|now| now == *path),
            Ok(Err(error)) => error.code() != ErrorCode::PathNotFound,
            Err(_elapsed) => true,
        };
        if is_here {
            return Ok(());
        }
        Err(ReadBlockError::Replaced {
            block_id,
            ufs_path: path.clone(),
        })
    }

    /// Fetches a block from its first byte to its last, and commits it.
    async fn fetch(&self, block: &UfsBlock, report: &Report) -> Progress {
        // Whoever fetched it a moment ago has finished in between.
        if let Some(found) = self.store.find(block.block_id) {
            return Progress::Complete(found);
        }
        let mut source = match self.open(block, 0..block.length).await {
            Ok(source) => source,
            Err(error) => return Progress::Failed(error),
        };
        let request = CreateBlock {
            block_id: block.block_id,
            session_id: FETCH_SESSION,
            target: Target::AnyTier,
            reserve: block.length,
            origin: Origin::UnderStore,
        };
        let temp = match self.space.create(request).await {
            Ok(temp) => temp,
            Err(error) => return self.not_kept(&error),
        };
        self.metrics.blocks_read_ufs.increment();
        match self.fill(temp, block, &mut source, report).await {
            Ok(temp) => self.commit(temp).await,
            Err(outcome) => outcome,
        }
    }

    async fn fill(
        &self,
        mut temp: TempBlock,
        block: &UfsBlock,
        source: &mut DirectRead,
        report: &Report,
    ) -> Result<TempBlock, Progress> {
        let file = Arc::new(GrowingFile::of(&temp));
        report.begin(&file);
        while temp.length() < block.length {
            let rest = usize::try_from(block.length - temp.length()).unwrap_or(usize::MAX);
            let bytes = source
                .next(rest.min(PIECE))
                .await
                .map_err(Progress::Failed)?;
            if bytes.is_empty() {
                return Err(Progress::Short {
                    file,
                    written: temp.length(),
                });
            }
            let appended = self.space.append(temp, bytes.clone()).await;
            temp = appended.map_err(|error| self.not_kept(&error))?;
            report.add(bytes, temp.length(), block.length);
        }
        Ok(temp)
    }

    async fn commit(&self, temp: TempBlock) -> Progress {
        let committed = match self.space.commit(temp).await {
            Ok(committed) => committed,
            Err(error) => return self.not_kept(&error),
        };
        let meta = committed.meta();
        let used = self.store.used_on_tier(meta.level);
        // The next heartbeat tells it again.
        if let Err(error) = self.master.commit_block(&meta, used).await {
            warn!(block_id = %meta.block_id, %error, "the master has not heard of a cached block");
        }
        Progress::Complete(committed)
    }

    fn not_kept(&self, error: &BlockError) -> Progress {
        if let BlockError::AlreadyExists { block_id } = error
            && let Some(found) = self.store.find(*block_id)
        {
            return Progress::Complete(found);
        }
        tracing::debug!(%error, "a block is read without being kept");
        Progress::NotKept
    }
}

fn ufs_error(block_id: BlockId, path: &UfsPath, source: UfsError) -> ReadBlockError {
    ReadBlockError::Ufs {
        block_id,
        ufs_path: path.clone(),
        source: Arc::new(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pieces_are_found_by_the_place_of_their_bytes() {
        let mut recent = Recent::default();
        let mut written = 0;
        for number in 0..6_u8 {
            recent.push(vec![number; 10].into());
            written += 10;
        }
        let found = |offset| {
            recent
                .find(offset, written)
                .map(|bytes| (bytes[0], bytes.len()))
        };
        assert_eq!(found(59), Some((5, 1)));
        assert_eq!(found(50), Some((5, 10)));
        assert_eq!(found(42), Some((4, 8)));
        assert_eq!(found(20), Some((2, 10)));
        assert_eq!(found(19), None, "it is only in the file");
        assert_eq!(found(60), None, "it is yet to come");
    }
}
