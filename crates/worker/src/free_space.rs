//! [`SpaceMaker`]: writes blocks on behalf of async callers, and asks the master what may be
//! evicted when there is no room.
//!
//! Blocks of unknown standing are never evicted. Only when room is missing is the master asked about
//! those that would leave next; what it says about a block stays true, so it is asked once.

use std::sync::Arc;

use alluxio_common::BlockId;
use bytes::Bytes;
use futures::StreamExt;

use crate::block::{Block, BlockError, BlockStore, CreateBlock, Shortage, TempBlock};
use crate::blocking::run;
use crate::master_client::{FileState, MasterClient};

/// How many blocks one round asks about. A round that frees nothing ends the attempt.
const ASK_AT_ONCE: usize = 256;
/// How many questions are open at the same time.
const QUESTIONS_IN_FLIGHT: usize = 16;
/// How many rounds one request for space may cause.
const ROUNDS: usize = 64;

/// Creates, fills and commits blocks from async code: memory directories are written in place,
/// others on a thread for blocking work.
#[derive(Debug)]
pub struct SpaceMaker {
    store: Arc<BlockStore>,
    master: Arc<MasterClient>,
}

impl SpaceMaker {
    /// For this store and this master.
    pub fn new(store: Arc<BlockStore>, master: Arc<MasterClient>) -> Self {
        Self { store, master }
    }

    /// Starts a block.
    ///
    /// # Errors
    /// As [`BlockStore::create`], after everything that may be evicted was evicted.
    pub async fn create(&self, request: CreateBlock) -> Result<TempBlock, BlockError> {
        let mut rounds = 0;
        loop {
            let (store, wanted) = (Arc::clone(&self.store), request.clone());
            match run(move || store.create(&wanted)).await {
                Err(error) if may_find_room(&error) => self.learn(&mut rounds, error).await?,
                other => return other,
            }
        }
    }

    /// Appends to a block. It is given back only when that worked; else it is gone.
    ///
    /// # Errors
    /// As [`TempBlock::append`].
    pub async fn append(&self, mut temp: TempBlock, data: Bytes) -> Result<TempBlock, BlockError> {
        let mut rounds = 0;
        loop {
            let result;
            (temp, result) = if temp.is_in_memory() {
                let result = temp.append(&data);
                (temp, result)
            } else {
                let piece = data.clone();
                run(move || {
                    let result = temp.append(&piece);
                    (temp, result)
                })
                .await
            };
            match result {
                Ok(()) => return Ok(temp),
                Err(error) if may_find_room(&error) => self.learn(&mut rounds, error).await?,
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
        let mut rounds = 0;
        loop {
            let result;
            (temp, result) = run(move || {
                let result = temp.reserve_more(bytes);
                (temp, result)
            })
            .await;
            match result {
                Err(error) if may_find_room(&error) => {
                    if let Err(error) = self.learn(&mut rounds, error).await {
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

    /// Asks the master about the blocks that would leave next. Fails with `no_space` when that
    /// leads to nothing, so that the request for space is over.
    async fn learn(&self, rounds: &mut usize, no_space: BlockError) -> Result<(), BlockError> {
        *rounds += 1;
        if *rounds > ROUNDS {
            return Err(no_space);
        }
        let undecided = self.store.undecided(ASK_AT_ONCE);
        let answers: Vec<Option<BlockId>> = futures::stream::iter(undecided)
            .map(|block_id| async move {
                let state = self.master.fetch_file_state(block_id.file_id()).await;
                // Without an answer the block stays.
                let may_leave = matches!(state, Ok(FileState::Persisted | FileState::Gone));
                may_leave.then_some(block_id)
            })
            .buffer_unordered(QUESTIONS_IN_FLIGHT)
            .collect()
            .await;
        let leaving: Vec<_> = answers.into_iter().flatten().collect();
        if leaving.is_empty() {
            return Err(no_space);
        }
        self.store.mark_in_store(leaving);
        Ok(())
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
