//! Comparing a block's bytes with its checksum: before the first read after the machine went down,
//! and by the scrubber, which walks over all blocks slowly.

use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use alluxio_common::BlockId;
use tracing::warn;

use super::checksum::{ChecksumRecord, Known};
use super::error::BlockError;
use super::meta::Block;
use super::store::BlockStore;

/// How much is read at a time.
const PIECE: usize = 1 << 20;

impl BlockStore {
    /// Reads a block and compares it with its checksum; a block without one gets one. A block that
    /// does not match is dropped. Blocking: reads the whole file.
    ///
    /// # Errors
    /// When the bytes are not those that were written, or cannot be read.
    pub fn verify(&self, block: &Arc<Block>) -> Result<(), BlockError> {
        let actual = match for_each_piece(block, |_, _| Ok(())) {
            Ok(actual) => actual,
            Err(source) => return Err(self.unreadable(block, "verify", source)),
        };
        let before = block.checksum.load();
        let expected = match before {
            Known::Nothing => actual,
            Known::Verified(crc) | Known::Unverified(crc) => crc,
        };
        if actual != expected {
            let dir = block.dir.root().to_owned();
            warn!(block_id = %block.id, dir = %dir.display(), "block does not match its checksum");
            self.counters.lost.increment();
            self.drop_block(block);
            return Err(BlockError::Corrupt {
                block_id: block.id,
                dir,
            });
        }
        if before != Known::Verified(actual) {
            block.checksum.store(Known::Verified(actual));
            self.note_checksum(block);
        }
        Ok(())
    }

    /// One step of the scrubber: verifies a block, if it is still here. Returns how many bytes were
    /// read. Blocking.
    pub fn scrub(&self, block_id: BlockId) -> u64 {
        let Some(block) = self.find(block_id) else {
            return 0;
        };
        // A block that turns out to be damaged has been dropped and logged.
        if self.verify(&block).is_err() {
            return 0;
        }
        block.length
    }

    /// All blocks, those that need it most first.
    pub fn scrub_order(&self) -> Vec<BlockId> {
        let mut all: Vec<_> = self
            .blocks
            .iter()
            .map(|block| {
                let urgency = match block.checksum.load() {
                    Known::Unverified(_) => 0,
                    Known::Nothing => 1,
                    Known::Verified(_) => 2,
                };
                (urgency, block.id)
            })
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(_, block_id)| block_id).collect()
    }

    /// Looks after the directories: finds out which have failed, trusts full ones again, rewrites
    /// checksum files that have grown, and unmaps blocks that nobody reads any more. Blocking.
    pub fn maintain(&self) {
        self.mappings.sweep();
        for dir in self.dirs().filter(|dir| dir.is_serving()) {
            dir.forget_full();
            if let Err(source) = dir.probe() {
                self.give_up(dir, &BlockError::io("write to", dir.tmp(), source));
                continue;
            }
            let blocks: Vec<_> = dir.order.lock().iter().map(|(_, id)| *id).collect();
            if !dir.checksums.wants_rewrite(blocks.len()) {
                continue;
            }
            let records: Vec<_> = blocks
                .into_iter()
                .filter_map(|id| self.find(id))
                .map(|block| ChecksumRecord {
                    block_id: block.id,
                    length: block.length,
                    known: block.checksum.load(),
                })
                .collect();
            if let Err(error) = dir.checksums.rewrite(self.boot, &records) {
                warn!(dir = %dir.root().display(), %error, "cannot rewrite the checksums");
            }
        }
    }
}

/// Reads a whole block in order, hands out its pieces with their offsets, and returns its checksum.
pub(super) fn for_each_piece(
    block: &Block,
    mut take: impl FnMut(&[u8], u64) -> io::Result<()>,
) -> io::Result<u32> {
    let file = block.handle()?;
    let mut buffer = vec![0; PIECE.min(usize::try_from(block.length).unwrap_or(PIECE))];
    let mut offset = 0;
    let mut crc = 0;
    while offset < block.length {
        let rest = usize::try_from(block.length - offset).unwrap_or(usize::MAX);
        let piece = rest.min(buffer.len());
        file.read_exact_at(&mut buffer[..piece], offset)?;
        crc = crc32c::crc32c_append(crc, &buffer[..piece]);
        take(&buffer[..piece], offset)?;
        offset += u64::try_from(piece).unwrap_or(u64::MAX);
    }
    Ok(crc)
}
