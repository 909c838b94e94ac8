//! A file that is being written gets its next block.

use alluxio_common::InodeId;

use super::codec::record;

/// Adds the next block to an incomplete file. The block's index is the number of blocks before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlockEntry {
    /// Which file.
    pub id: InodeId,
}

record!(NewBlockEntry { 1 => id });
