//! [`SpaceMaker`]: writes blocks on behalf of async callers, and asks the master what may be
//! evicted when there is no room.
//!
//! Blocks of unknown standing are never evicted. Only when room is missing is the master asked about
//! those that would leave next; what it says about a block stays true, so it is asked once. Blocks of
//! files that are on their way into the store are waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alluxio_common::{BlockId, Clock};
use bytes::Bytes;
use futures::StreamExt;
use tokio::sync::Mutex;

use crate::block::{Block, BlockError, BlockStore, CreateBlock, Origin, Shortage, TempBlock};
use crate::blocking::run;
use crate::master_client::{FileState, MasterClient};

/// How many blocks one round asks about. A round that frees nothing ends the attempt.
const ASK_AT_ONCE: usize = 256;
/// How many questions are open at the same time.
const QUESTIONS_IN_FLIGHT: usize = 16;
/// How many rounds one request for space may cause without waiting for a file to be persisted.
const ROUNDS: usize = 64;
/// How long to wait before the master is asked again about files that are being persisted.
const PAUSE: Duration = Duration::from_millis(200);

/// Creates, fills and commits blocks from async code: memory directories are written in place,
/// others on a thread for blocking work.
#[derive(Debug)]
pub struct SpaceMaker {
    store: Arc<BlockStore>,
    master: Arc<MasterClient>,
    clock: Arc<dyn Clock>,
    /// How long a request waits for files that are being persisted.
    patience: Duration,
    /// One asks at a time; who has waited for it looks at what was learned before it asks.
    asking: Mutex<()>,
    /// How many rounds have found blocks that may leave.
    learned: AtomicU64,
}

/// What one request for space has done so far.
#[derive(Debug)]
struct Search {
    /// Whether it waits for files that are being persisted: a write does; a copy of what is in the
    /// store does not, as its reader is served without it.
    waits: bool,
    rounds: usize,
    /// What had been learned before the last attempt.
    seen: u64,
    /// When waiting ends, on the monotonic clock; set when waiting begins.
    deadline: Option<Duration>,
}

impl Search {
    fn of(origin: Origin) -> Self {
        Self {
            waits: origin == Origin::Client,
            rounds: 0,
            seen: 0,
            deadline: None,
        }
    }
}

/// What has come of a question to the master.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Learned {
    /// It is worth trying again.
    Something,
    /// It is worth trying again in a while.
    Later,
    Nothing,
}

/// What the master says about a block that might leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    MayLeave,
    MayLeaveSoon,
    Stays,
}

impl SpaceMaker {
    /// For this store and this master. A request waits for `patience` for files that are being
    /// persisted; its time on the clock is that of `clock`.
    pub fn new(
        store: Arc<BlockStore>,
        master: Arc<MasterClient>,
        clock: Arc<dyn Clock>,
        patience: Duration,
    ) -> Self {
        Self {
            store,
            master,
            clock,
            patience,
            asking: Mutex::new(()),
            learned: AtomicU64::new(0),
        }
    }

    /// Starts a block.
    ///
    /// # Errors
    /// As [`BlockStore::create`], after everything that may be evicted was evicted.
    pub async fn create(&self, request: CreateBlock) -> Result<TempBlock, BlockError> {
        let mut search = Search::of(request.origin);
        loop {
            search.seen = self.learned.load(Ordering::Acquire);
            let (store, wanted) = (Arc::clone(&self.store), request.clone());
            match run(move || store.create(&wanted)).await {
                Err(error) if may_find_room(&error) => self.learn(&mut search, error).await?,
                other => return other,
            }
        }
    }

    /// Appends pieces to a block. It is given back only when that worked; else it is gone.
    ///
    /// # Errors
    /// As [`TempBlock::append`].
    pub async fn append(
        &self,
        mut temp: TempBlock,
        data: Vec<Bytes>,
    ) -> Result<TempBlock, BlockError> {
        let mut search = Search::of(temp.origin());
        loop {
            search.seen = self.learned.load(Ordering::Acquire);
            let result;
            (temp, result) = if temp.is_in_memory() {
                let result = temp.append_all(&data);
                (temp, result)
            } else {
                let pieces = data.clone();
                run(move || {
                    let result = temp.append_all(&pieces);
                    (temp, result)
                })
                .await
            };
            match result {
                Ok(()) => return Ok(temp),
                Err(error) if may_find_room(&error) => self.learn(&mut search, error).await?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Reserves more for a block that a client of this machine writes itself.
    ///
    /// # Errors
    /// As [`TempBlock::reserve_more`]; what was reserved stays.
    pub async fn reserve_more(
        &self,
        mut temp: TempBlock,
        bytes: u64,
    ) -> (TempBlock, Result<(), BlockError>) {
        let mut search = Search::of(temp.origin());
        loop {
            search.seen = self.learned.load(Ordering::Acquire);
            let result;
            (temp, result) = run(move || {
                let result = temp.reserve_more(bytes);
                (temp, result)
            })
            .await;
            match result {
                Err(error) if may_find_room(&error) => {
                    if let Err(error) = self.learn(&mut search, error).await {
                        return (temp, Err(error));
                    }
                }
                Ok(()) | Err(_) => return (temp, result),
            }
        }
    }

    /// Makes a block readable.
    ///
    /// # Errors
    /// As [`BlockStore::commit`].
    pub async fn commit(&self, temp: TempBlock) -> Result<Arc<Block>, BlockError> {
        if temp.is_in_memory() {
            return self.store.commit(temp);
        }
        let store = Arc::clone(&self.store);
        run(move || store.commit(temp)).await
    }

    /// Asks the master about the blocks that would leave next, unless somebody else has learned
    /// something since the last attempt. Fails with `no_space` when that leads to nothing, so that
    /// the request for space is over.
    async fn learn(&self, search: &mut Search, no_space: BlockError) -> Result<(), BlockError> {
        match self.look(search).await {
            Learned::Something => Ok(()),
            Learned::Nothing => Err(no_space),
            Learned::Later => {
                let now = self.clock.monotonic();
                let deadline = *search.deadline.get_or_insert(now + self.patience);
                if !search.waits || now >= deadline {
                    return Err(no_space);
                }
                tokio::time::sleep(PAUSE).await;
                Ok(())
            }
        }
    }

    async fn look(&self, search: &mut Search) -> Learned {
        let _turn = self.asking.lock().await;
        if self.learned.load(Ordering::Acquire) != search.seen {
            return Learned::Something;
        }
        search.rounds += 1;
        if search.rounds > ROUNDS && search.deadline.is_none() {
            return Learned::Nothing;
        }
        let answers = self.ask().await;
        let with = |standing: Standing| {
            let matching = answers.iter().filter(move |(_, found)| *found == standing);
            matching.map(|(block_id, _)| *block_id)
        };
        self.store.mark_in_store(with(Standing::MayLeave));
        self.store.ask_again(with(Standing::MayLeaveSoon));
        if with(Standing::MayLeave).next().is_some() {
            self.learned.fetch_add(1, Ordering::AcqRel);
            Learned::Something
        } else if with(Standing::MayLeaveSoon).next().is_some() {
            Learned::Later
        } else {
            Learned::Nothing
        }
    }

    async fn ask(&self) -> Vec<(BlockId, Standing)> {
        let undecided = self.store.undecided(ASK_AT_ONCE);
        let answers = futures::stream::iter(undecided).map(|block_id| async move {
            let standing = match self.master.fetch_file_state(block_id.file_id()).await {
                Ok(FileState::Persisted | FileState::Gone) => Standing::MayLeave,
                Ok(FileState::BeingPersisted) => Standing::MayLeaveSoon,
                // Without an answer the block stays.
                Ok(FileState::OnlyHere) | Err(_) => Standing::Stays,
            };
            (block_id, standing)
        });
        answers
            .buffer_unordered(QUESTIONS_IN_FLIGHT)
            .collect()
            .await
    }
}

/// Whether it helps to know of more blocks that may be evicted.
fn may_find_room(error: &BlockError) -> bool {
    matches!(
        error,
        BlockError::NoSpace {
            shortage: Shortage::Now,
            ..
        }
    )
}
