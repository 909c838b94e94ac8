//! What has come and gone since the master was last told.

use std::collections::HashMap;

use alluxio_common::BlockId;
use parking_lot::Mutex;

use super::tier::BlockPlace;

/// More changes than this are not kept: the worker registers again with its full list instead,
/// which is then the shorter message.
const LIMIT: usize = 1_000_000;

/// Collects changes between two heartbeats.
#[derive(Debug, Default)]
pub(super) struct ChangeLog {
    pending: Mutex<Changes>,
}

/// Blocks that came and went.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Blocks that are here now and were not, or were in another place.
    pub added: HashMap<BlockId, BlockPlace>,
    /// Blocks that are gone.
    pub removed: std::collections::HashSet<BlockId>,
    /// There were more changes than are kept: the master needs the full list.
    pub incomplete: bool,
}

impl ChangeLog {
    pub(super) fn added(&self, block_id: BlockId, place: &BlockPlace) {
        let mut pending = self.pending.lock();
        if pending.is_full() {
            return;
        }
        pending.removed.remove(&block_id);
        pending.added.insert(block_id, place.clone());
    }

    pub(super) fn removed(&self, block_id: BlockId) {
        let mut pending = self.pending.lock();
        if pending.is_full() {
            return;
        }
        pending.added.remove(&block_id);
        pending.removed.insert(block_id);
    }

    /// Everything since the last call.
    pub(super) fn take(&self) -> Changes {
        std::mem::take(&mut *self.pending.lock())
    }

    /// Puts back what could not be told; what has happened since wins.
    pub(super) fn put_back(&self, old: Changes) {
        let mut pending = self.pending.lock();
        if old.incomplete || old.added.len() + old.removed.len() + pending.len() > LIMIT {
            *pending = Changes {
                incomplete: true,
                ..Changes::default()
            };
            return;
        }
        for (block_id, place) in old.added {
            if !pending.removed.contains(&block_id) {
                pending.added.entry(block_id).or_insert(place);
            }
        }
        for block_id in old.removed {
            if !pending.added.contains_key(&block_id) {
                pending.removed.insert(block_id);
            }
        }
    }
}

impl Changes {
    fn len(&self) -> usize {
        self.added.len() + self.removed.len()
    }

    fn is_full(&mut self) -> bool {
        if self.incomplete {
            return true;
        }
        if self.len() >= LIMIT {
            *self = Self {
                incomplete: true,
                ..Self::default()
            };
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> BlockPlace {
        BlockPlace {
            tier: "MEM".into(),
            medium: "MEM".into(),
        }
    }

    #[test]
    fn what_happened_last_to_a_block_is_what_the_master_hears() {
        let log = ChangeLog::default();
        let id = BlockId::from_raw(1);
        log.added(id, &place());
        let untold = log.take();
        log.removed(id);
        log.put_back(untold);
        let changes = log.take();
        assert!(changes.added.is_empty());
        assert!(changes.removed.contains(&id));
        assert_eq!(log.take(), Changes::default());
    }
}
