//! [`Removals`]: blocks that the master wants gone, dropped one after the other in the background.
//!
//! A slow disk removes a few hundred files in a second. The heartbeats must not wait for it, or a
//! large removal would make the master give this worker up.

use std::sync::Arc;

use alluxio_common::{BlockId, Tasks};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tracing::{debug, warn};

use crate::block::{BlockError, BlockStore};
use crate::blocking::run;

/// How many blocks are removed at a stretch.
const AT_ONCE: usize = 256;

/// The blocks that wait. The master names each block that is here once, so there are never more of
/// them than blocks.
#[derive(Debug, Default)]
pub(crate) struct Removals {
    waiting: Mutex<Vec<BlockId>>,
    wake: Notify,
}

impl Removals {
    /// Starts to drop what is asked for.
    pub(crate) fn start(store: &Arc<BlockStore>, tasks: &Tasks) -> Arc<Self> {
        let removals = Arc::<Self>::default();
        let (running, store) = (Arc::clone(&removals), Arc::clone(store));
        tasks.spawn("block removal", async move {
            loop {
                running.wake.notified().await;
                while let Some(part) = running.next_part() {
                    let store = Arc::clone(&store);
                    run(move || remove(&store, part)).await;
                }
            }
        });
        removals
    }

    /// Asks for blocks to be dropped soon.
    pub(crate) fn add(&self, blocks: Vec<BlockId>) {
        debug!(blocks = blocks.len(), "the master has blocks removed");
        self.waiting.lock().extend(blocks);
        self.wake.notify_one();
    }

    fn next_part(&self) -> Option<Vec<BlockId>> {
        let mut waiting = self.waiting.lock();
        let rest = waiting.len().saturating_sub(AT_ONCE);
        let part = waiting.split_off(rest);
        (!part.is_empty()).then_some(part)
    }
}

fn remove(store: &BlockStore, blocks: Vec<BlockId>) {
    for block_id in blocks {
        match store.remove(block_id) {
            Ok(_) | Err(BlockError::NotHere { .. }) => {}
            Err(error) => warn!(%block_id, %error, "cannot remove a block"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_taken_once() {
        let removals = Removals::default();
        let count = i64::try_from(AT_ONCE).unwrap() * 2 + 1;
        removals.add((0..count).map(BlockId::from_raw).collect());
        let mut taken = Vec::new();
        while let Some(part) = removals.next_part() {
            assert!(part.len() <= AT_ONCE);
            taken.extend(part);
        }
        taken.sort_unstable();
        assert!(taken.into_iter().map(BlockId::raw).eq(0..count));
    }
}
