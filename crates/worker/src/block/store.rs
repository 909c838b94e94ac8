//! [`BlockStore`]: the blocks of one worker, over tiers and directories.

use std::collections::HashSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use alluxio_common::metrics::Counter;
use alluxio_common::{BlockId, ByteSize, Clock, Describe, InodeId};
use arc_swap::ArcSwap;
use dashmap::DashMap;
use tracing::{error, warn};

use super::allocate::Allocator;
use super::changes::{ChangeLog, Changes};
use super::checksum::{BootId, ChecksumRecord};
use super::claim::Claims;
use super::dir::{SharedDir, StorageDir, is_broken};
use super::error::{BlockError, Shortage};
use super::mappings::Mappings;
use super::meta::{Block, BlockMeta, NewBlock};
use super::open_files::OpenFiles;
use super::order::EvictionOrder;
use super::owner::Ownership;
use super::temp_block::{CreateBlock, TempBlock, TempSlot};
use super::tier::{StorageTier, Target};

/// All blocks of one worker.
///
/// Calls do blocking I/O on local files (each says so); none waits for anything else. The hit path
/// ([`BlockStore::open`]) takes no lock but that of one shard of the map, for reading.
#[derive(Debug)]
pub struct BlockStore {
    pub(super) tiers: Vec<StorageTier>,
    pub(super) blocks: DashMap<BlockId, Arc<Block>>,
    /// Blocks being written, moved or removed.
    pub(super) claims: Claims,
    pub(super) allocator: Allocator,
    pub(super) order: EvictionOrder,
    pub(super) free_ahead: u64,
    pub(super) open_files: OpenFiles,
    pub(super) mappings: Mappings,
    pub(super) changes: ChangeLog,
    pub(super) pinned: ArcSwap<HashSet<InodeId>>,
    /// A count of accesses: the time that the eviction order knows.
    pub(super) ticks: AtomicU64,
    pub(super) counters: StoreCounters,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) boot: BootId,
    pub(super) worker: String,
    /// Directories that could not be used from the start, by the alias of their tier.
    pub(super) unusable: Vec<(Arc<str>, String)>,
    /// Keeps other workers out of the directories.
    pub(super) _owned: Vec<Ownership>,
    /// Directories that failed since the master was last told.
    pub(super) lost_news: AtomicBool,
}

/// How often things happened since the start.
#[derive(Debug, Default)]
pub struct StoreCounters {
    /// Opened for reading.
    pub accessed: Counter,
    /// Removed to make room.
    pub evicted: Counter,
    /// Removed on request.
    pub deleted: Counter,
    /// Abandoned before they were complete.
    pub cancelled: Counter,
    /// Lost with a directory, or because their bytes were damaged.
    pub lost: Counter,
    /// Moved to a faster tier.
    pub promoted: Counter,
}

impl BlockStore {
    /// Starts a block. Blocking: creates a file, and removes others if room has to be made.
    ///
    /// # Errors
    /// When the block exists or is being written, or there is no room, or the directory fails.
    pub fn create(self: &Arc<Self>, request: &CreateBlock) -> Result<TempBlock, BlockError> {
        let slot = TempSlot::take(self, request.block_id)?;
        let dir = self.find_room(request.block_id, &request.target, request.reserve)?;
        TempBlock::create(slot, request, dir)
    }

    /// Makes a block readable under its final name. Blocking: renames a file. Nothing is synced: a
    /// block that must survive the machine is in the store, or on its way there.
    ///
    /// # Errors
    /// When the directory fails; the block is gone then.
    pub fn commit(&self, temp: TempBlock) -> Result<Arc<Block>, BlockError> {
        let block_id = temp.block_id();
        let finished = temp.finish()?;
        let block = Arc::new(Block::new(NewBlock {
            id: block_id,
            length: finished.length,
            dir: finished.dir,
            known: finished.known,
            in_store: finished.in_store,
        }));
        self.note_checksum(&block);
        // Noted first: whoever removes the block at once has the last word.
        self.changes.added(block_id, block.dir.place());
        if !self.insert(&block) {
            self.changes.removed(block_id);
            self.unlink(&block);
            let lost = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(BlockError::io("commit", block.path(), lost));
        }
        drop(finished.slot);
        Ok(block)
    }

    /// The block, if it is here. Not an access.
    pub fn find(&self, block_id: BlockId) -> Option<Arc<Block>> {
        self.blocks.get(&block_id).map(|block| Arc::clone(&block))
    }

    /// Whether the block is here.
    pub fn contains(&self, block_id: BlockId) -> bool {
        self.blocks.contains_key(&block_id)
    }

    /// Removes a block. Those who read it go on reading; its space is free when they are done.
    /// Blocking: removes a file.
    ///
    /// # Errors
    /// When the block is not here.
    pub fn remove(&self, block_id: BlockId) -> Result<BlockMeta, BlockError> {
        let block = self
            .find(block_id)
            .ok_or(BlockError::NotHere { block_id })?;
        let meta = block.meta();
        if self.drop_block(&block) {
            self.counters.deleted.increment();
        }
        Ok(meta)
    }

    /// Tells which files are pinned: their blocks are not evicted.
    pub fn set_pinned(&self, files: HashSet<InodeId>) {
        self.pinned.store(Arc::new(files));
    }

    /// Tells that the store has the bytes of these blocks, so that they may be evicted.
    pub fn mark_in_store(&self, blocks: impl IntoIterator<Item = BlockId>) {
        for block_id in blocks {
            if let Some(block) = self.find(block_id) {
                block.in_store.store(true, Ordering::Release);
            }
        }
    }

    /// The tiers, from fast to slow.
    pub fn tiers(&self) -> &[StorageTier] {
        &self.tiers
    }

    /// What the blocks and reservations of one tier take.
    pub fn used_on_tier(&self, level: usize) -> u64 {
        self.tiers.get(level).map_or(0, |tier| tier.used().bytes())
    }

    /// The error that says that there is no room for a block.
    pub fn no_room_for(&self, block_id: BlockId) -> BlockError {
        self.no_space(block_id)
    }

    /// The sum of the quotas of all directories that serve.
    pub fn capacity(&self) -> ByteSize {
        let bytes = self.tiers.iter().map(|tier| tier.capacity().bytes());
        ByteSize::from_bytes(bytes.sum())
    }

    /// What all blocks and reservations take.
    pub fn used(&self) -> ByteSize {
        let bytes = self.tiers.iter().map(|tier| tier.used().bytes());
        ByteSize::from_bytes(bytes.sum())
    }

    /// How many blocks there are.
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// What is told about every block, in no order. A copy: a long list for a full worker.
    pub fn list(&self) -> Vec<BlockMeta> {
        self.blocks.iter().map(|block| block.meta()).collect()
    }

    /// What is told about so many blocks behind the first `skipped` ones, by id, and how many there are
    /// of all. Long work for a full worker: it sorts all ids.
    pub fn page(&self, skipped: usize, count: usize) -> (Vec<BlockMeta>, usize) {
        let mut ids: Vec<_> = self.blocks.iter().map(|block| block.id).collect();
        ids.sort_unstable();
        let page = ids.iter().skip(skipped).take(count);
        let found = page.filter_map(|block_id| self.find(*block_id));
        (found.map(|block| block.meta()).collect(), ids.len())
    }

    /// How often things happened.
    pub fn counters(&self) -> &StoreCounters {
        &self.counters
    }

    /// What has come and gone since the last call.
    pub fn take_changes(&self) -> Changes {
        self.changes.take()
    }

    /// Puts back changes that could not be told to the master.
    pub fn put_back_changes(&self, changes: Changes) {
        self.changes.put_back(changes);
    }

    /// The directories that failed, by the alias of their tier.
    pub fn lost_storage(&self) -> Vec<(Arc<str>, String)> {
        let failed = self.dirs().filter(|dir| !dir.is_serving()).map(|dir| {
            let path = dir.configured().display().to_string();
            (Arc::clone(&dir.place().tier), path)
        });
        self.unusable.iter().cloned().chain(failed).collect()
    }

    /// Whether a directory has failed since the last call.
    pub fn take_lost_news(&self) -> bool {
        self.lost_news.swap(false, Ordering::AcqRel)
    }

    pub(super) fn dirs(&self) -> impl Iterator<Item = &SharedDir> {
        self.tiers.iter().flat_map(|tier| &tier.dirs)
    }

    /// Counts an access.
    pub(super) fn touch(&self, block: &Block) {
        let tick = self.ticks.fetch_add(1, Ordering::Relaxed);
        self.order.touch(&block.rank, tick);
        self.counters.accessed.increment();
    }

    /// Puts a block into the map and into the order of its directory, in one step as seen by those
    /// who remove. False when the directory has been given up.
    pub(super) fn insert(&self, block: &Arc<Block>) -> bool {
        let tick = self.ticks.fetch_add(1, Ordering::Relaxed);
        self.order.touch(&block.rank, tick);
        let mut order = block.dir.order.lock();
        if !block.dir.is_serving() {
            return false;
        }
        let rank = block.rank.load(Ordering::Relaxed);
        block.queued_rank.store(rank, Ordering::Relaxed);
        order.insert((rank, block.id));
        self.blocks.insert(block.id, Arc::clone(block));
        true
    }

    /// Takes a block out of the map, the order and the directory. False when somebody else did.
    pub(super) fn drop_block(&self, block: &Arc<Block>) -> bool {
        let _claim = self.claim_removal(block.id);
        if !self.take_out(block, |_| true) {
            return false;
        }
        self.unlink(block);
        self.changes.removed(block.id);
        true
    }

    /// Takes a block out of the map and the order, if it is still the one there and `condition`
    /// holds while nobody can open it. Its file is left to the caller.
    pub(super) fn take_out(
        &self,
        block: &Arc<Block>,
        condition: impl Fn(&Arc<Block>) -> bool,
    ) -> bool {
        let mut order = block.dir.order.lock();
        let may_go =
            |_: &BlockId, found: &Arc<Block>| Arc::ptr_eq(found, block) && condition(found);
        let taken = self.blocks.remove_if(&block.id, may_go).is_some();
        if taken {
            order.remove(&(block.queued_rank.load(Ordering::Relaxed), block.id));
        }
        taken
    }

    /// Removes the file of a block that is in no map any more.
    pub(super) fn unlink(&self, block: &Block) {
        block.let_go();
        if let Err(source) = fs::remove_file(block.path())
            && source.kind() != std::io::ErrorKind::NotFound
        {
            let error = BlockError::io("remove", block.path(), source);
            self.note_failure(&block.dir, &error);
        }
    }

    /// Writes down what is known about the bytes of a block.
    pub(super) fn note_checksum(&self, block: &Block) {
        let record = ChecksumRecord {
            block_id: block.id,
            length: block.length,
            known: block.checksum.load(),
        };
        if let Err(source) = block.dir.checksums.append(&record) {
            // The block is good all the same; the next start finds it without a checksum.
            warn!(dir = %block.dir.root().display(), error = %source, "cannot note a checksum");
        }
    }

    /// Looks at an error of a directory's file system: if it says that the directory is broken, the
    /// directory and its blocks are given up.
    pub(super) fn note_failure(&self, dir: &SharedDir, failure: &BlockError) {
        let BlockError::Io { source, .. } = failure else {
            return;
        };
        if is_broken(source) && dir.probe().is_err() {
            self.give_up(dir, failure);
        }
    }

    /// Takes a directory out of use, and forgets its blocks.
    pub(super) fn give_up(&self, dir: &StorageDir, reason: &dyn Describe) {
        if !dir.mark_lost() {
            return;
        }
        error!(dir = %dir.configured().display(), %reason, "storage directory lost");
        let ids: Vec<_> = std::mem::take(&mut *dir.order.lock()).into_iter().collect();
        for (_, block_id) in ids {
            let gone = self
                .blocks
                .remove_if(&block_id, |_, block| block.dir.index == dir.index);
            if gone.is_some() {
                self.counters.lost.increment();
                self.changes.removed(block_id);
            }
        }
        self.lost_news.store(true, Ordering::Release);
    }

    /// The error for a block that found no room.
    pub(super) fn no_space(&self, block_id: BlockId) -> BlockError {
        self.shortage(block_id, Shortage::Now)
    }

    /// The error for a block that would find no room if everything else were gone.
    pub(super) fn too_large(&self, block_id: BlockId) -> BlockError {
        self.shortage(block_id, Shortage::Always)
    }

    fn shortage(&self, block_id: BlockId, shortage: Shortage) -> BlockError {
        let lost = self.lost_storage().into_iter().next();
        BlockError::NoSpace {
            worker: self.worker.clone(),
            block_id,
            shortage,
            lost: lost.map(|(_tier, directory)| directory),
        }
    }

    /// The levels that a target allows, best first.
    pub(super) fn levels(&self, target: &Target) -> Result<Vec<usize>, BlockError> {
        match target {
            Target::AnyTier | Target::Medium(_) => Ok((0..self.tiers.len()).collect()),
            Target::Level(level) if *level < self.tiers.len() => {
                let others = (0..self.tiers.len()).filter(|other| other != level);
                Ok(std::iter::once(*level).chain(others).collect())
            }
            Target::Level(level) => Err(BlockError::NoSuchStorage {
                wanted: format!("tier at level {level}"),
            }),
        }
    }
}
