//! Reading a block: positioned, by many at once, with no lock and no seek.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use alluxio_common::BlockId;
use tracing::warn;

use super::dir::is_exhausted;
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
    /// When the block is not here, or its file cannot be opened; see [`BlockStore::unreadable`].
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

    /// Whether [`BlockStore::open`] waits for no device.
    pub fn opens_at_once(&self, block_id: BlockId) -> bool {
        let found = self.find(block_id);
        found.is_none_or(|block| block.is_in_memory() || block.opened().is_some())
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

    /// What becomes of a block whose file refuses: the block is dropped when its bytes are gone, or
    /// when its store has them too; the only copy stays, as what refuses now may work again. A
    /// directory that is broken goes with its blocks. Who asked for bytes that are gone hears that they
    /// are not here, so that he looks elsewhere at once, and not that he should try again.
    pub fn unreadable(
        &self,
        block: &Arc<Block>,
        action: &'static str,
        source: io::Error,
    ) -> BlockError {
        let still_here = self
            .find(block.id)
            .is_some_and(|found| Arc::ptr_eq(&found, block));
        if !still_here {
            // Removed or moved meanwhile: that its file is gone says nothing about the directory.
            return BlockError::NotHere { block_id: block.id };
        }
        let loss = Loss::of(&source);
        let keeps = match loss {
            Loss::Gone => false,
            Loss::Unknown => !block.in_store.load(Ordering::Acquire),
            Loss::Nothing => true,
        };
        let error = BlockError::io(action, block.path(), source);
        self.note_failure(&block.dir, &error);
        if keeps {
            warn!(block_id = %block.id, %error, "block cannot be read now, and is kept");
            return error;
        }
        warn!(block_id = %block.id, %error, "block is lost");
        if self.drop_block(block) {
            self.counters.lost.increment();
        }
        match loss {
            Loss::Gone => BlockError::NotHere { block_id: block.id },
            Loss::Unknown | Loss::Nothing => error,
        }
    }
}

/// What an error of reading a file says about its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// They are not there any more.
    Gone,
    /// They may be there: the device or the permissions refuse.
    Unknown,
    /// They are there: this process has run out of something.
    Nothing,
}

impl Loss {
    fn of(error: &io::Error) -> Self {
        if is_exhausted(error) {
            return Self::Nothing;
        }
        let kind = error.kind();
        if matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) {
            return Self::Gone;
        }
        Self::Unknown
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

    pub(super) fn file(&self) -> &Arc<File> {
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
