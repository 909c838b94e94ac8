//! The namespace answers for its blocks.

use alluxio_common::BlockId;

use super::block_master::BlockOwners;
use crate::file_system::FileSystemMaster;

impl BlockOwners for FileSystemMaster {
    fn orphans(&self, blocks: &[BlockId]) -> Vec<BlockId> {
        blocks
            .iter()
            .copied()
            .filter(|block| !self.is_block_of_a_file(*block))
            .collect()
    }

    fn block_length(&self, block: BlockId) -> Option<u64> {
        self.read(|tree| {
            let inode = tree.inode(block.file_id())?;
            let length = inode.block_length(block.index())?;
            Some(length.max(0).unsigned_abs())
        })
    }
}
