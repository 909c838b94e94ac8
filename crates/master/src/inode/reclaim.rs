//! What a delete leaves to be freed.

use alluxio_common::{BlockId, InodeId};

use super::InodeTree;

/// What one step of reclaiming freed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reclaimed {
    /// Files that are gone, with the blocks they had.
    pub files: Vec<ReclaimedFile>,
    /// How many directories are gone.
    pub directories: usize,
}

/// A deleted file whose blocks nobody needs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReclaimedFile {
    /// The id it had.
    pub id: InodeId,
    /// How many blocks it had.
    pub block_count: u32,
}

impl ReclaimedFile {
    /// The ids of its blocks.
    pub fn block_ids(self) -> impl Iterator<Item = BlockId> {
        (0..self.block_count).map(move |index| self.id.container().block_id(index))
    }
}

impl InodeTree {
    /// Whether deleted inodes still occupy memory.
    pub fn has_garbage(&self) -> bool {
        !self.garbage.is_empty()
    }

    /// Frees at most `budget` deleted inodes. To be called, under the lock in which changes are
    /// applied, until [`InodeTree::has_garbage`] says no; it changes nothing that can be seen.
    pub fn reclaim(&mut self, budget: usize) -> Reclaimed {
        let mut reclaimed = Reclaimed::default();
        for _ in 0..budget {
            let Some(file) = self.garbage.pop() else {
                break;
            };
            match file {
                Some(file) => reclaimed.files.push(file),
                None => reclaimed.directories += 1,
            }
        }
        reclaimed
    }
}
