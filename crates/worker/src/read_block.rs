//! Opening a block for a client, wherever its bytes are.

use std::sync::Arc;

use alluxio_common::BlockId;
use bytes::Bytes;

use crate::block::{Block, BlockError, BlockReader, ShownBlock};
use crate::blocking::run;
use crate::cache_request::CacheRequest;
use crate::read_error::ReadBlockError;
use crate::ufs_read::{DirectRead, SharedPiece, SharedRead, UfsBlock};
use crate::worker::Worker;

/// What a client wants to read.
#[derive(Debug, Clone)]
pub struct ReadBlock {
    /// The block.
    pub block_id: BlockId,
    /// Where to begin in the block.
    pub offset: u64,
    /// How many bytes, at most.
    pub length: u64,
    /// Where the store has the block, if it has.
    pub ufs: Option<UfsBlock>,
    /// Whether a block that is read from the store should be kept.
    pub keep: Keep,
    /// Whether a block on a slow tier should move to the fastest.
    pub promote: Promote,
}

/// Whether a block that is read from the store is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It is cached.
    Yes,
    /// It is not.
    No,
}

/// Whether a block that is read moves to the fastest tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promote {
    /// It does, if there is room.
    Yes,
    /// It stays where it is.
    No,
}

/// An open block: a range of it that can be read once, from front to back.
#[derive(Debug)]
pub enum BlockSource {
    /// The block is here.
    Cached(BlockReader),
    /// It comes from the store.
    Store(Box<StoreSource>),
}

/// A block that comes from the store, in one of two ways.
#[derive(Debug)]
pub struct StoreSource {
    worker: Arc<Worker>,
    block: UfsBlock,
    /// Where the range ends in the block.
    end: u64,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Shared(SharedRead),
    Direct(DirectRead),
}

/// The next bytes of a block that comes from the store.
#[derive(Debug)]
pub enum StorePiece {
    /// So many were put into the buffer.
    Filled(usize),
    /// These, in a buffer of the store's own.
    Bytes(Bytes),
    /// There are no more.
    End,
}

impl Worker {
    /// Opens a block for reading.
    ///
    /// # Errors
    /// When it is neither here nor in the store, or cannot be read.
    pub async fn open_block(
        self: &Arc<Self>,
        request: &ReadBlock,
    ) -> Result<BlockSource, ReadBlockError> {
        match self.open_cached(request.block_id).await {
            Ok(reader) => {
                if request.promote == Promote::Yes {
                    self.promote(reader.block());
                }
                return Ok(BlockSource::Cached(reader));
            }
            Err(error) if request.ufs.is_none() => {
                return Err(if let BlockError::NotHere { block_id } = error {
                    ReadBlockError::NotHere { block_id }
                } else {
                    error.into()
                });
            }
            // Damaged or gone: the store has it too.
            Err(_) => {}
        }
        let Some(block) = &request.ufs else {
            return Err(ReadBlockError::NotHere {
                block_id: request.block_id,
            });
        };
        let source = self.open_in_store(block, request).await?;
        Ok(BlockSource::Store(Box::new(source)))
    }

    /// Opens a block for a client of this machine that reads the file itself. As long as the
    /// result is held, the block is neither evicted nor moved. A promotion comes first, so that the
    /// path is the one that the block keeps.
    ///
    /// # Errors
    /// When the block is not here, or is damaged.
    pub async fn open_local(
        &self,
        block_id: BlockId,
        promote: Promote,
    ) -> Result<ShownBlock, BlockError> {
        let reader = self.open_cached(block_id).await?;
        if promote == Promote::Yes && reader.block().meta().level > 0 {
            let store = Arc::clone(&self.store);
            run(move || store.promote(block_id)).await;
        }
        self.store.show(block_id)
    }

    async fn open_cached(&self, block_id: BlockId) -> Result<BlockReader, BlockError> {
        let reader = if self.store.opens_at_once(block_id) {
            self.store.open(block_id)?
        } else {
            let store = Arc::clone(&self.store);
            run(move || store.open(block_id)).await?
        };
        if reader.block().is_unverified() {
            let (store, block) = (Arc::clone(&self.store), Arc::clone(reader.block()));
            run(move || store.verify(&block)).await?;
        }
        Ok(reader)
    }

    async fn open_in_store(
        self: &Arc<Self>,
        block: &UfsBlock,
        request: &ReadBlock,
    ) -> Result<StoreSource, ReadBlockError> {
        let end = request.offset.saturating_add(request.length);
        let end = end.min(block.length);
        let shared = match request.keep {
            Keep::Yes if request.offset == 0 && request.length >= block.length => {
                self.ufs_reads.start(block)
            }
            Keep::Yes | Keep::No => self.ufs_reads.join(block.block_id, request.offset),
        };
        let way = match shared {
            Some(shared) => Way::Shared(shared),
            None => {
                let range = request.offset..end;
                Way::Direct(self.ufs_reads.open_direct(block, range).await?)
            }
        };
        if request.keep == Keep::Yes && matches!(way, Way::Direct(_)) {
            // Whoever reads a part of a block will soon read another.
            self.cache
                .offer(CacheRequest::from_store(block.clone()), &self.tasks);
        }
        Ok(StoreSource {
            worker: Arc::clone(self),
            block: block.clone(),
            end,
            way,
        })
    }

    fn promote(&self, block: &Arc<Block>) {
        if block.meta().level == 0 {
            return;
        }
        let (store, block_id) = (Arc::clone(&self.store), block.id());
        self.tasks.spawn("promote block", async move {
            run(move || store.promote(block_id)).await;
        });
    }
}

impl StoreSource {
    /// The next bytes from `offset` on, where the last ones ended: in the buffer, or at most `max` in
    /// one of their own. Waits for the store.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next(
        &mut self,
        buffer: &mut [u8],
        offset: u64,
        max: usize,
    ) -> Result<StorePiece, ReadBlockError> {
        loop {
            match &mut self.way {
                Way::Direct(direct) => {
                    let bytes = direct.next(max).await?;
                    return Ok(if bytes.is_empty() {
                        StorePiece::End
                    } else {
                        StorePiece::Bytes(bytes)
                    });
                }
                Way::Shared(shared) => match shared.read_at(buffer, offset, max).await? {
                    SharedPiece::Filled(count) => return Ok(StorePiece::Filled(count)),
                    SharedPiece::Bytes(bytes) => return Ok(StorePiece::Bytes(bytes)),
                    SharedPiece::End => return Ok(StorePiece::End),
                    SharedPiece::ReadYourself => {
                        let direct = self
                            .worker
                            .ufs_reads
                            .open_direct(&self.block, offset..self.end)
                            .await?;
                        self.way = Way::Direct(direct);
                    }
                },
            }
        }
    }
}
