//! The namespace answers for its blocks.

use alluxio_common::{BlockId, PersistenceState};

use super::block_master::BlockOwners;
use crate::file_system::FileSystemMaster;
use crate::inode::InodeTree;

/// Whether a file has this block.
fn is_block_of_a_file(tree: &InodeTree, block: BlockId) -> bool {
    let inode = tree.inode(block.file_id());
    inode.is_some_and(|inode| block.index() < inode.block_count())
}

impl BlockOwners for FileSystemMaster {
    fn orphans(&self, blocks: &[BlockId]) -> Vec<BlockId> {
        self.read(|tree| {
            let is_orphan = |block: &BlockId| !is_block_of_a_file(tree, *block);
            blocks.iter().copied().filter(is_orphan).collect()
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
