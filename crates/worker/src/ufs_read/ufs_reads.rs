//! [`UfsReads`]: the fetches of a worker, each of one block from its first byte to its last, and what they
//! work with.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use alluxio_common::{BlockId, MountId, SessionId, Tasks, UfsPath};
use parking_lot::{Mutex, MutexGuard};
use tracing::warn;

use super::direct_read::{DirectRead, ufs_error};
use super::shared_read::{GrowingFile, Progress, Report, SharedRead};
use crate::block::{BlockError, BlockStore, CreateBlock, Origin, Target, TempBlock};
use crate::free_space::SpaceMaker;
use crate::master_client::MasterClient;
use crate::metrics::WorkerMetrics;
use crate::mounts::Mounts;
use crate::places::{Place, Places};
use crate::read_error::ReadBlockError;

/// How much is asked of the store at a time.
const PIECE: usize = 1 << 20;

/// A reader that begins at most this far ahead of what a fetch has reached waits for it; one that
/// begins further ahead reads its range itself.
const WORTH_WAITING_FOR: u64 = 4 << 20;

/// How many blocks are fetched at the same time. Each needs a piece of memory and a connection to
/// the store; readers beyond that read without keeping. Stores that hang do not take all: see
/// [`Places`].
const FETCHES_AT_ONCE: usize = 128;

/// The sessions in whose names blocks are fetched, from this one downwards: each fetch has a file of its
/// own, so that nobody takes it for that of the one before.
const FIRST_FETCH_SESSION: i64 = -4;

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

/// The fetches of one worker.
#[derive(Debug)]
pub struct UfsReads {
    running: Mutex<HashMap<BlockId, SharedRead>>,
    places: Places<MountId>,
    sessions: AtomicI64,
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

impl UfsReads {
    /// Nothing is being fetched yet.
    pub fn new(parts: FetchParts, tasks: Tasks) -> Arc<Self> {
        Arc::new(Self {
            running: Mutex::new(HashMap::new()),
            places: Places::new(FETCHES_AT_ONCE),
            sessions: AtomicI64::new(FIRST_FETCH_SESSION),
            parts,
            tasks,
        })
    }

    /// Follows the fetch of a block, if there is one that will soon have `offset`.
    pub fn join(&self, block_id: BlockId, offset: u64) -> Option<SharedRead> {
        let shared = self.running.lock().get(&block_id)?.another();
        let reached = shared.reached();
        (offset <= reached.saturating_add(WORTH_WAITING_FOR)).then_some(shared)
    }

    /// Follows the fetch of a block, and begins it if there is none. `None` when too much is being
    /// fetched already, of all mounts or of its own.
    pub fn start(self: &Arc<Self>, block: &UfsBlock) -> Option<SharedRead> {
        let running = self.running.lock();
        if let Some(shared) = running.get(&block.block_id) {
            return Some(shared.another());
        }
        let place = self.places.try_enter(block.mount)?;
        Some(self.begin(running, block, place))
    }

    /// The same; it waits while too much is being fetched.
    async fn start_in_turn(self: &Arc<Self>, block: &UfsBlock) -> SharedRead {
        if let Some(shared) = self.start(block) {
            return shared;
        }
        let place = self.places.enter(block.mount).await;
        let running = self.running.lock();
        match running.get(&block.block_id) {
            Some(shared) => shared.another(),
            None => self.begin(running, block, place),
        }
    }

    fn begin(
        self: &Arc<Self>,
        mut running: MutexGuard<'_, HashMap<BlockId, SharedRead>>,
        block: &UfsBlock,
        place: Place<MountId>,
    ) -> SharedRead {
        let (report, shared) = Report::begin();
        running.insert(block.block_id, shared.another());
        drop(running);
        // Takes the entry away however the fetch ends, the end of the process included.
        let entry = RunningEntry {
            reads: Arc::clone(self),
            block_id: block.block_id,
        };
        let session_id = SessionId::from_raw(self.sessions.fetch_sub(1, Ordering::Relaxed));
        let (parts, block) = (self.parts.clone(), block.clone());
        self.tasks.spawn("fetch block", async move {
            let outcome = parts.fetch(&block, session_id, &report).await;
            report.end(outcome);
            drop(entry);
            drop(place);
        });
        shared
    }

    /// Waits until a block is here, fetching it if need be.
    ///
    /// # Errors
    /// When the store does not give it, or there is no room for it.
    pub async fn ensure_cached(self: &Arc<Self>, block: &UfsBlock) -> Result<(), ReadBlockError> {
        let no_room = || ReadBlockError::from(self.parts.store.no_room_for(block.block_id));
        let mut shared = self.start_in_turn(block).await;
        loop {
            match shared.now() {
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
            if !shared.grown().await {
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
        if self.master.is_file_at(block_id.file_id(), path).await {
            return Ok(());
        }
        Err(ReadBlockError::Replaced {
            block_id,
            ufs_path: path.clone(),
        })
    }

    /// Fetches a block from its first byte to its last, and commits it.
    async fn fetch(&self, block: &UfsBlock, session_id: SessionId, report: &Report) -> Progress {
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
            session_id,
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
        report.growing(&file);
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
            let appended = self.space.append(temp, vec![bytes.clone()]).await;
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
