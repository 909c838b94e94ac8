//! Freeing what deletes have put aside, a little at a time.

use std::collections::VecDeque;

use alluxio_common::{BlockId, InodeId};

use super::InodeTree;
use super::arena::Slot;
use super::record::Flags;
use super::{InodeKind, InodeRef};

/// Deleted subtrees that still occupy memory.
#[derive(Debug, Default)]
pub(super) struct Garbage {
    /// Their tops, the oldest first.
    tops: VecDeque<Slot>,
    /// Directories that are being emptied, each a child of the one before it. An inode is freed
    /// before its parent, so a walk upwards from what is left still finds the detached top.
    open: Vec<Slot>,
}

impl Garbage {
    pub(super) fn is_empty(&self) -> bool {
        self.tops.is_empty() && self.open.is_empty()
    }

    pub(super) fn push(&mut self, top: Slot) {
        self.tops.push_back(top);
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        (self.tops.capacity() + self.open.capacity()) * size_of::<Slot>()
    }
}

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

    /// Frees deleted inodes in at most `budget` steps of about a microsecond each. To be called,
    /// under the lock in which changes are applied, until [`InodeTree::has_garbage`] says no. It
    /// changes nothing that can be seen.
    pub fn reclaim(&mut self, budget: usize) -> Reclaimed {
        let mut reclaimed = Reclaimed::default();
        for _ in 0..budget {
            let Some(current) = self.next_garbage() else {
                break;
            };
            let inode = InodeRef::new(self, current);
            match inode.kind() {
                InodeKind::File => reclaimed.files.push(ReclaimedFile {
                    id: inode.id(),
                    block_count: inode.block_count(),
                }),
                InodeKind::Directory if inode.child_count() > 0 => {
                    self.garbage.open.push(current);
                    continue;
                }
                InodeKind::Directory => reclaimed.directories += 1,
            }
            self.free(current);
        }
        reclaimed
    }

    /// The next inode to look at: the last child of the directory that is being emptied; that
    /// directory itself when it has none left; or the top of the next subtree.
    fn next_garbage(&mut self) -> Option<Slot> {
        let Some(open) = self.garbage.open.last().copied() else {
            return self.garbage.tops.pop_front();
        };
        let directory = self.directory_mut(open).expect("only directories are open");
        directory.children.pop().or_else(|| self.garbage.open.pop())
    }

    fn free(&mut self, slot: Slot) {
        self.preserve(slot);
        let indexed = self.indexed(slot);
        let record = *self.store.record(slot);
        self.leave_sets(record.id(), indexed);
        self.remove_by_id(slot);
        if !record.has(Flags::DETACHED) {
            self.remove_by_name(slot);
        }
        if let Some(directory) = record.directory() {
            self.directories.remove(directory);
        }
        self.store.remove(slot);
    }
}
