//! Copies that are there and must go: what a worker names is checked against the files.
//!
//! A copy is noted first and checked then, because a file may be completed or deleted in between,
//! and takes with it the copies that are noted.

use alluxio_common::{BlockId, WorkerId};

use super::block_master::{BlockMaster, Unwanted};
use super::locations::Slot;
use crate::file_system::{BlockLocations, BlockRemoval};

/// Blocks that are looked up in the namespace at once, under one short lock.
pub(super) const OWNERS_BATCH: usize = 4_096;

impl BlockMaster {
    /// Which of these blocks nobody is to read.
    pub(super) fn unwanted(&self, blocks: &[BlockId]) -> Unwanted {
        let mut unwanted = Unwanted::default();
        let Some(owners) = self.owners() else {
            return unwanted;
        };
        for batch in blocks.chunks(OWNERS_BATCH) {
            let Unwanted { orphans, withdrawn } = owners.unwanted(batch);
            unwanted.orphans.extend(orphans);
            unwanted.withdrawn.extend(withdrawn);
        }
        unwanted
    }

    /// Withdrawn blocks of which a worker has committed a copy that is right.
    pub(super) fn rightly_held(&self, slot: Slot, blocks: &[BlockId]) -> Vec<BlockId> {
        let mut held = self.unwanted(blocks).withdrawn;
        held.retain(|block| self.has_copy(slot, *block));
        held
    }

    fn has_copy(&self, slot: Slot, block: BlockId) -> bool {
        let places = self.locations.find(block);
        places.iter().any(|place| place.slot == slot)
    }

    /// Orders the worker to drop blocks that belong to no file (those were deleted while it was
    /// away, or while it was writing them), and its copies of withdrawn ones.
    pub(super) fn order_drops(
        &self,
        id: WorkerId,
        slot: Slot,
        unwanted: &Unwanted,
        is_right: impl Fn(&BlockId) -> bool,
    ) {
        self.remove(&unwanted.orphans, BlockRemoval::Delete);
        let wrong = unwanted.withdrawn.iter().filter(|block| !is_right(block));
        let wrong: Vec<_> = wrong.copied().collect();
        let table = self.slots.load_full();
        for block in &wrong {
            self.unnote(&table, *block, slot);
        }
        // While it registers, its places do not count yet.
        let mut registry = self.registry.lock();
        if let Some(worker) = registry.workers.get_mut(&id) {
            for block in unwanted.orphans.iter().chain(&wrong) {
                worker.orders.push(*block);
            }
        }
    }
}
