//! Making room: which directory takes a new block, and which blocks leave for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use alluxio_common::BlockId;
use tracing::debug;

use super::claim::Claim;
use super::dir::SharedDir;
use super::error::BlockError;
use super::meta::Block;
use super::store::BlockStore;
use super::tier::Target;

/// How many candidates one look under the lock of a directory's order examines at most; then the
/// lock is given up for a moment.
const SCAN_SLICE: usize = 256;

/// For each block that may be named as undecided, this many are looked at.
const UNDECIDED_LOOKS: usize = 8;

/// A block that was not known to be in the store is not asked for again before this has passed.
const ASK_AGAIN_AFTER_MS: u64 = 5_000;

/// What one look at the front of a directory's order has found.
enum Scan<'a> {
    /// Nobody reads this block, and nobody else moves it.
    Victim(Arc<Block>, Claim<'a>),
    /// Only blocks that must stay, so far; they went to the back.
    NothingYet,
    /// There is nothing more to look at.
    Exhausted,
}

impl BlockStore {
    /// Reserves `bytes` somewhere in `target`: first where there is room, then by eviction.
    pub(super) fn find_room(
        &self,
        block_id: BlockId,
        target: &Target,
        bytes: u64,
    ) -> Result<SharedDir, BlockError> {
        let candidates = self.candidates(target)?;
        self.find_room_in(&candidates, block_id, bytes)
    }

    /// The same among directories that are chosen already, by tier, best tier first.
    pub(super) fn find_room_in(
        &self,
        candidates: &[Vec<SharedDir>],
        block_id: BlockId,
        bytes: u64,
    ) -> Result<SharedDir, BlockError> {
        for dirs in candidates {
            while let Some(dir) = self.allocator.reserve(dirs, bytes) {
                if dir.has_room_for(bytes) {
                    return Ok(dir);
                }
                // Now it has no room by its own account, and another one is tried.
                dir.release(bytes);
            }
        }
        let is_large = |dir: &SharedDir| bytes > dir.quota();
        if candidates.iter().flatten().all(is_large) {
            return Err(self.too_large(block_id));
        }
        for dirs in candidates {
            for dir in self.allocator.preferred(dirs) {
                if bytes <= dir.quota() && self.make_room(&dir, bytes) {
                    return Ok(dir);
                }
            }
        }
        Err(self.no_space(block_id))
    }

    /// The directories that a target allows, by tier, best tier first.
    pub(super) fn candidates(&self, target: &Target) -> Result<Vec<Vec<SharedDir>>, BlockError> {
        let of_level = |level: usize| self.tiers[level].dirs.clone();
        let by_tier: Vec<Vec<_>> = self.levels(target)?.into_iter().map(of_level).collect();
        let Target::Medium(medium) = target else {
            return Ok(by_tier);
        };
        let matching: Vec<Vec<_>> = by_tier
            .into_iter()
            .map(|mut dirs| {
                dirs.retain(|dir| *dir.place().medium == **medium);
                dirs
            })
            .filter(|dirs| !dirs.is_empty())
            .collect();
        if matching.is_empty() {
            return Err(BlockError::NoSuchStorage {
                wanted: format!("of medium {medium}"),
            });
        }
        Ok(matching)
    }

    /// Reserves `bytes` in `dir`, evicting what may go. Blocking: removes files, and copies those
    /// that fit into a slower tier.
    pub(super) fn make_room(&self, dir: &SharedDir, bytes: u64) -> bool {
        dir.look_again();
        let mut got = dir.reserve_up_to(bytes);
        if got == bytes {
            return true;
        }
        // Blocks found at start may exceed a quota that was lowered; that is evened out here.
        let excess = dir.used().saturating_sub(dir.quota());
        let needed = bytes + excess;
        let wanted = needed + self.free_ahead.min(dir.quota() - bytes.min(dir.quota()));
        // Every block is looked at once; blocks that come meanwhile are too new to be victims.
        let mut looks = dir.order.lock().len();
        while got < wanted && looks > 0 {
            match self.scan(dir, &mut looks) {
                Scan::Victim(block, _claim) => got += self.evict(&block),
                Scan::NothingYet => {}
                Scan::Exhausted => break,
            }
        }
        if got < needed {
            // Another session may have given something back while we looked.
            got += dir.reserve_up_to(needed - got);
        }
        if got < needed {
            dir.release(got);
            return false;
        }
        dir.release(got - bytes);
        true
    }

    /// Looks at the blocks that should leave first until one of them may.
    fn scan(&self, dir: &SharedDir, looks: &mut usize) -> Scan<'_> {
        let mut order = dir.order.lock();
        for _ in 0..SCAN_SLICE {
            if *looks == 0 {
                return Scan::Exhausted;
            }
            let Some((queued, block_id)) = order.pop_first() else {
                return Scan::Exhausted;
            };
            // A block that has just moved away stands in two orders for a moment.
            let Some(block) = self.find(block_id).filter(|block| is_in(block, dir)) else {
                continue;
            };
            let rank = block.rank.load(Ordering::Relaxed);
            if rank > queued {
                block.queued_rank.store(rank, Ordering::Relaxed);
                order.insert((rank, block_id));
                continue;
            }
            *looks -= 1;
            // It stays in the order until it is gone, so that a directory that fails finds it.
            self.send_to_the_back(&mut order, block_id, dir);
            if self.may_leave(&block)
                && is_unread(&block)
                && let Ok(claim) = self.claim(block_id)
            {
                return Scan::Victim(block, claim);
            }
        }
        Scan::NothingYet
    }

    /// A block that must stay counts as used now, so that the next search does not meet it first.
    fn send_to_the_back(
        &self,
        order: &mut std::collections::BTreeSet<(u64, BlockId)>,
        block_id: BlockId,
        dir: &SharedDir,
    ) {
        if let Some(block) = self.find(block_id).filter(|block| is_in(block, dir)) {
            let tick = self.ticks.fetch_add(1, Ordering::Relaxed);
            self.order.touch(&block.rank, tick);
            let rank = block.rank.load(Ordering::Relaxed);
            block.queued_rank.store(rank, Ordering::Relaxed);
            order.insert((rank, block_id));
        }
    }

    /// Whether a block may be evicted as far as its file is concerned.
    fn may_leave(&self, block: &Block) -> bool {
        block.in_store.load(Ordering::Acquire) && !self.pinned.load().contains(&block.id.file_id())
    }

    /// Moves a victim to a slower tier that has room for it, or removes it. Returns the bytes that
    /// are reserved for the caller now: none when somebody has begun to read the block. The caller
    /// has claimed the block, which stays readable until it is somewhere else or gone.
    fn evict(&self, victim: &Arc<Block>) -> u64 {
        if self.demote(victim) {
            debug!(block_id = %victim.id, "block moved to a slower tier");
        } else if self.take_out(victim, is_unread) {
            debug!(block_id = %victim.id, "block evicted");
            self.counters.evicted.increment();
            self.changes.removed(victim.id);
        } else {
            return 0;
        }
        let bytes = victim.take_space();
        self.unlink(victim);
        bytes
    }

    fn demote(&self, victim: &Arc<Block>) -> bool {
        let slower = &self.tiers[victim.dir.level + 1..];
        let dir = slower
            .iter()
            .find_map(|tier| self.allocator.reserve(&tier.dirs, victim.length));
        dir.is_some_and(|dir| self.copy_into(victim, &dir, is_unread).is_ok())
    }

    /// Blocks that would be evicted next if it were known that the store has them, at most `limit`.
    ///
    /// A block is named once in a while only, whatever the answer was.
    pub fn undecided(&self, limit: usize) -> Vec<BlockId> {
        let now = u64::try_from(self.clock.monotonic().as_millis()).unwrap_or(u64::MAX);
        let mut found = Vec::new();
        for dir in self.dirs().filter(|dir| dir.is_serving()) {
            let order = dir.order.lock();
            for (_, block_id) in order.iter().take(limit.saturating_mul(UNDECIDED_LOOKS)) {
                if found.len() >= limit {
                    return found;
                }
                let Some(block) = self.find(*block_id) else {
                    continue;
                };
                if block.in_store.load(Ordering::Acquire) {
                    continue;
                }
                let asked = block.asked_at_ms.load(Ordering::Relaxed);
                if asked == 0 || now.saturating_sub(asked) >= ASK_AGAIN_AFTER_MS {
                    block.asked_at_ms.store(now.max(1), Ordering::Relaxed);
                    found.push(*block_id);
                }
            }
        }
        found
    }

    /// These blocks may be named as undecided at once again: what was said about them changes soon.
    pub fn ask_again(&self, blocks: impl IntoIterator<Item = BlockId>) {
        for block_id in blocks {
            if let Some(block) = self.find(block_id) {
                block.asked_at_ms.store(0, Ordering::Relaxed);
            }
        }
    }
}

/// Whether nobody has the block but the map and the caller. Exact while the map's shard is locked.
fn is_unread(block: &Arc<Block>) -> bool {
    Arc::strong_count(block) == 2
}

fn is_in(block: &Block, dir: &SharedDir) -> bool {
    block.dir.index == dir.index
}
