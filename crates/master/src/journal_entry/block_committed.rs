//! A worker holds a whole block of a file that is being written.

use alluxio_common::InodeId;

use super::codec::record;

/// Records the length of a block of an incomplete file. A complete file's block lengths follow from
/// its length, so for one this entry changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockCommittedEntry {
    /// Which file.
    pub id: InodeId,
    /// Which of its blocks, from zero.
    pub block_index: u32,
    /// How many bytes the block holds.
    pub length: i64,
}

record!(BlockCommittedEntry { 1 => id, 2 => block_index, 3 => length });
