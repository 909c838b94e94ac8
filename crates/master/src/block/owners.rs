//! The namespace answers for its blocks.

use alluxio_common::{BlockId, PersistenceState};

use super::block_master::{BlockOwners, Unwanted};
use crate::file_system::{FileSystemMaster, is_withdrawn};

impl BlockOwners for FileSystemMaster {
    fn unwanted(&self, blocks: &[BlockId]) -> Unwanted {
        let mut unwanted = Unwanted::default();
        self.read(|tree| {
            for block in blocks {
                let inode = tree.inode(block.file_id());
                match inode.filter(|inode| block.index() < inode.block_count()) {
                    None => unwanted.orphans.push(*block),
                    Some(inode) if is_withdrawn(inode, *block) => unwanted.withdrawn.push(*block),
                    Some(_) => {}
                }
            }
        });
        unwanted
    }

    fn refuses_commit(&self, block: BlockId) -> bool {
        self.read(|tree| {
            let inode = tree.inode(block.file_id());
            inode.is_some_and(|inode| self.refuses_late_commit(inode, block))
        })
    }

    fn only_on_workers(&self, blocks: &[BlockId]) -> Vec<BlockId> {
        self.read(|tree| {
            let is_unpersisted = |block: &BlockId| {
                let inode = tree.inode(block.file_id());
                inode.is_some_and(|inode| {
                    block.index() < inode.block_count()
                        && inode.persistence() != PersistenceState::Persisted
                })
            };
            blocks.iter().copied().filter(is_unpersisted).collect()
        })
    }

    fn block_length(&self, block: BlockId) -> Option<u64> {
        self.read(|tree| {
            let inode = tree.inode(block.file_id())?;
            let length = inode.block_length(block.index())?;
            Some(length.max(0).unsigned_abs())
        })
    }
}
