//! Moving a block between directories: promotion, demotion, and `MoveBlock`.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use alluxio_common::{BlockId, SessionId};

use super::checksum::Known;
use super::dir::{SharedDir, Writer, is_no_space};
use super::error::BlockError;
use super::meta::{Block, NewBlock};
use super::store::BlockStore;
use super::tier::Target;
use super::verify::for_each_piece;

/// The session in whose name the worker itself writes.
const OWN_SESSION: SessionId = SessionId::from_raw(-1);

impl BlockStore {
    /// Moves a block to `target`; nothing happens when it is there already. Blocking: copies the
    /// file. Readers of the old file go on.
    ///
    /// # Errors
    /// When the block is not here, is being moved already or read by its path, the target does not
    /// exist or has no room, or a directory fails.
    pub fn move_block(&self, block_id: BlockId, target: &Target) -> Result<(), BlockError> {
        // Held until the old file is gone.
        let _claim = self.claim(block_id)?;
        let block = self
            .find(block_id)
            .ok_or(BlockError::NotHere { block_id })?;
        let fits = match target {
            Target::AnyTier => true,
            Target::Level(level) => block.dir.level == *level,
            Target::Medium(medium) => *block.dir.place().medium == **medium,
        };
        if fits {
            return Ok(());
        }
        // A move goes to the place it names, or does not happen.
        let mut candidates = self.candidates(target)?;
        if matches!(target, Target::Level(_)) {
            candidates.truncate(1);
        }
        let dir = self.find_room_in(&candidates, block_id, block.length)?;
        if dir.index == block.dir.index {
            dir.release(block.length);
            return Ok(());
        }
        self.copy_into(&block, &dir, |block| !block.is_shown())?;
        if dir.level < block.dir.level {
            self.counters.promoted.increment();
        }
        self.unlink(&block);
        Ok(())
    }

    /// Moves a block to the fastest tier, if there is room without hurting others much; used by
    /// reads that ask for it, which do not care whether it worked.
    pub fn promote(&self, block_id: BlockId) {
        if let Err(error) = self.move_block(block_id, &Target::Level(0)) {
            tracing::debug!(%block_id, %error, "block stays where it is");
        }
    }

    /// Copies a block into `dir`, where its bytes are reserved already, and makes the copy the
    /// block, if the block is still the one in the map then and `condition` holds. The caller has
    /// claimed the block; the old file is left to it.
    pub(super) fn copy_into(
        &self,
        old: &Arc<Block>,
        dir: &SharedDir,
        condition: impl Fn(&Arc<Block>) -> bool,
    ) -> Result<(), BlockError> {
        let temp = dir.temp_path(OWN_SESSION, old.id);
        let copied = copy_file(old, dir, &temp);
        if let Err(source) = copied {
            dir.release(old.length);
            // Whatever was copied so far is of no use; the next start removes what stays.
            if let Err(error) = fs::remove_file(&temp)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(file = %temp.display(), %error, "cannot remove a partial copy");
            }
            if is_no_space(&source) {
                dir.note_full();
                return Err(self.no_space(old.id));
            }
            let error = BlockError::io("copy", temp, source);
            self.note_failure(dir, &error);
            return Err(error);
        }
        let new = Arc::new(Block::new(NewBlock {
            id: old.id,
            length: old.length,
            dir: Arc::clone(dir),
            known: old.checksum.load(),
            in_store: old.in_store.load(Ordering::Acquire),
        }));
        self.note_checksum(&new);
        if !self.replace(old, &new, condition) {
            // The copy gives its space back when it is dropped.
            self.unlink(&new);
            return Err(if self.contains(old.id) {
                BlockError::Busy { block_id: old.id }
            } else {
                BlockError::NotHere { block_id: old.id }
            });
        }
        Ok(())
    }

    /// Puts `new` where `old` is, unless `old` was removed meanwhile, `condition` does not hold, or
    /// the directory has failed. The orders of two directories are locked one after the other, never
    /// together: for a moment the block stands in both, and its own directory tells which is right.
    fn replace(
        &self,
        old: &Arc<Block>,
        new: &Arc<Block>,
        condition: impl Fn(&Arc<Block>) -> bool,
    ) -> bool {
        let tick = self.ticks.fetch_add(1, Ordering::Relaxed);
        self.order.touch(&new.rank, tick);
        {
            let mut order = new.dir.order.lock();
            let Some(mut found) = self.blocks.get_mut(&old.id) else {
                return false;
            };
            if !Arc::ptr_eq(&found, old) || !condition(&found) || !new.dir.is_serving() {
                return false;
            }
            *found = Arc::clone(new);
            // While nobody can remove it: the last word is that of whoever does.
            self.changes.added(new.id, new.dir.place());
            let rank = new.rank.load(Ordering::Relaxed);
            new.queued_rank.store(rank, Ordering::Relaxed);
            order.insert((rank, new.id));
        }
        // What was learned during the copy.
        if old.in_store.load(Ordering::Acquire) {
            new.in_store.store(true, Ordering::Release);
        }
        let mut order = old.dir.order.lock();
        order.remove(&(old.queued_rank.load(Ordering::Relaxed), old.id));
        true
    }
}

/// Copies the bytes, compares them with the checksum on the way, and gives the copy its final name.
fn copy_file(old: &Block, dir: &SharedDir, temp: &Path) -> io::Result<()> {
    let target = dir.create_temp(temp, Writer::ThisWorker)?;
    let crc = for_each_piece(old, |piece, offset| target.write_all_at(piece, offset))?;
    match old.checksum.load() {
        Known::Verified(expected) | Known::Unverified(expected) if expected != crc => {
            Err(io::Error::from(io::ErrorKind::InvalidData))
        }
        Known::Verified(_) | Known::Unverified(_) | Known::Nothing => dir.seal(temp, old.id),
    }
}
