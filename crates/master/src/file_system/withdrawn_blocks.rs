//! [`WithdrawnBlocks`]: blocks whose files were completed without them, lest they come late.

use std::collections::{BTreeSet, VecDeque};

use alluxio_common::BlockId;
use parking_lot::Mutex;

/// How many are remembered, the latest ones. A worker commits a block within minutes or never, and
/// only writers that met two failures leave any.
const REMEMBERED: usize = 10_000;

/// Blocks that were handed out and not committed when their file was completed, and whose bytes may
/// belong to another place of the file. In memory only: after a restart, workers that still wait
/// for a commit have lost their writers too.
#[derive(Debug, Default)]
pub(super) struct WithdrawnBlocks {
    remembered: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    blocks: BTreeSet<BlockId>,
    order: VecDeque<BlockId>,
}

impl WithdrawnBlocks {
    pub(super) fn extend(&self, blocks: &[BlockId]) {
        let mut remembered = self.remembered.lock();
        for block in blocks {
            if remembered.blocks.insert(*block) {
                remembered.order.push_back(*block);
            }
            if remembered.order.len() > REMEMBERED
                && let Some(oldest) = remembered.order.pop_front()
            {
                remembered.blocks.remove(&oldest);
            }
        }
    }

    pub(super) fn contains(&self, block: BlockId) -> bool {
        self.remembered.lock().blocks.contains(&block)
    }
}
