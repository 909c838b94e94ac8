//! Reading a block: positioned, by many at once, with no lock and no seek.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use alluxio_common::BlockId;

use super::error::BlockError;
use super::meta::{Block, ShownBlock};
use super::store::BlockStore;

/// A block that is open for reading. It stays readable when the block is removed meanwhile.
#[derive(Debug, Clone)]
pub struct BlockReader {
    block: Arc<Block>,
    file: Arc<File>,
}

impl BlockStore {
    /// Opens a block for reading, and counts that as an access.
    ///
    /// # Errors
    /// When the block is not here, or its file cannot be opened; then it is dropped.
    pub fn open(&self, block_id: BlockId) -> Result<BlockReader, BlockError> {
        let block = self
            .find(block_id)
            .ok_or(BlockError::NotHere { block_id })?;
        self.touch(&block);
        match self.open_files.open(&block) {
            Ok(file) => Ok(BlockReader { block, file }),
            Err(source) => Err(self.unreadable(&block, "open", source)),
        }
    }

    /// The block for a process of this machine that opens the file itself. Not an access.
    ///
    /// # Errors
    /// When the block is not here.
    pub fn show(&self, block_id: BlockId) -> Result<ShownBlock, BlockError> {
        match self.blocks.get(&block_id) {
            Some(found) => Ok(ShownBlock::new(&found)),
            None => Err(BlockError::NotHere { block_id }),
        }
    }

    /// What becomes of a block whose file refuses: the block is dropped, and a directory that is
    /// broken with it.
    pub fn unreadable(
        &self,
        block: &Arc<Block>,
        action: &'static str,
        source: io::Error,
    ) -> BlockError {
        let error = BlockError::io(action, block.path(), source);
        self.note_failure(&block.dir, &error);
        self.drop_block(block);
        error
    }
}

impl BlockReader {
    /// The block.
    pub fn block(&self) -> &Arc<Block> {
        &self.block
    }

    /// How many bytes the block has.
    pub fn length(&self) -> u64 {
        self.block.length()
    }

    /// Whether reading never waits for a device, so that it may happen on the runtime's threads.
    pub fn is_in_memory(&self) -> bool {
        self.block.is_in_memory()
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Fills `buffer` from `offset` on.
    ///
    /// # Errors
    /// When the file has fewer bytes (then it is damaged), or the device fails.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}
