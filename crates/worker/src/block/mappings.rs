//! Which blocks stay mapped, so that reading a block again costs one copy and nothing else.
//!
//! A mapping that is kept costs the tables of its pages, two thousandths of its size, and makes the
//! pages of the block count as resident in this process too. So there is a limit, and what was not
//! read for a while is unmapped.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::mapped::{MappedBlock, Mapping};
use super::meta::Block;
use super::reader::BlockReader;
use super::store::BlockStore;

/// How many bytes stay mapped; their tables take 32 MiB.
const LIMIT: usize = 16 << 30;

/// The blocks that are mapped, in the order in which that happened.
#[derive(Debug, Default)]
pub(super) struct Mappings {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    blocks: VecDeque<(Weak<Block>, usize)>,
    bytes: usize,
}

impl Mappings {
    /// The mapping of an open block, made now if there is none.
    fn map(&self, reader: &BlockReader) -> io::Result<Arc<Mapping>> {
        let block = reader.block();
        block.mapping_used.store(true, Ordering::Relaxed);
        if let Some(mapping) = block.mapping.load_full() {
            // The owner of the file may have cut it short since it was mapped.
            if reader.file().metadata()?.len() < block.length() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            return Ok(mapping);
        }
        let mapping = Arc::new(Mapping::new(reader.file(), block.length())?);
        block.mapping.store(Some(Arc::clone(&mapping)));
        // Unmapping is a long system call, so it happens outside of the lock.
        for outdated in self.admit(block, mapping.length()) {
            unmap(&outdated);
        }
        Ok(mapping)
    }

    fn admit(&self, block: &Arc<Block>, length: usize) -> Vec<Weak<Block>> {
        let mut kept = self.kept.lock();
        kept.blocks.push_back((Arc::downgrade(block), length));
        kept.bytes += length;
        let mut outdated = Vec::new();
        while kept.bytes > LIMIT && kept.blocks.len() > 1 {
            let Some((oldest, length)) = kept.blocks.pop_front() else {
                break;
            };
            kept.bytes -= length;
            outdated.push(oldest);
        }
        outdated
    }

    /// Unmaps what was not read since the last call.
    pub(super) fn sweep(&self) {
        let mut outdated = Vec::new();
        {
            let mut kept = self.kept.lock();
            let Kept { blocks, bytes } = &mut *kept;
            blocks.retain(|(block, length)| {
                let used = block
                    .upgrade()
                    .is_some_and(|block| block.mapping_used.swap(false, Ordering::Relaxed));
                if !used {
                    *bytes -= length;
                    outdated.push(Weak::clone(block));
                }
                used
            });
        }
        outdated.iter().for_each(unmap);
    }
}

/// What is being sent keeps the mapping a little longer.
fn unmap(block: &Weak<Block>) {
    if let Some(block) = block.upgrade() {
        block.mapping.store(None);
    }
}

impl BlockStore {
    /// The bytes of an open block, mapped from its file.
    ///
    /// # Errors
    /// When the block is empty, the system refuses, the file is shorter than the block, or somebody
    /// still has it open for writing.
    pub fn map(&self, reader: &BlockReader) -> io::Result<MappedBlock> {
        self.mappings.map(reader).map(MappedBlock::new)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Origin;
    use super::super::tests::{BOOT, block, conf, open, tier, write};
    use super::*;

    const LENGTH: usize = 100_000;

    /// A store in a folder, with blocks 0, 1 and 2.
    fn store() -> (tempfile::TempDir, Arc<BlockStore>) {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&conf(vec![tier("MEM", &[(folder.path(), 1 << 20)])]), BOOT);
        for id in 0..3 {
            let data = vec![u8::try_from(id).unwrap(); LENGTH];
            write(&store, id, &data, Origin::Client).unwrap();
        }
        (folder, store)
    }

    fn is_mapped(store: &BlockStore, id: i64) -> bool {
        store.find(block(id)).unwrap().mapping.load().is_some()
    }

    #[test]
    fn a_block_that_was_cut_short_is_not_read_through_its_mapping() {
        let (_folder, store) = store();
        let reader = store.open(block(1)).unwrap();
        store.map(&reader).unwrap();
        let path = store.find(block(1)).unwrap().path();
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_len(10).unwrap();
        let refused = store.map(&reader).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_block_is_not_mapped_while_whoever_wrote_it_keeps_it_open() {
        let (_folder, store) = store();
        let reader = store.open(block(1)).unwrap();
        let path = store.find(block(1)).unwrap().path();
        let writer = std::fs::File::options().write(true).open(path).unwrap();
        let refused = store.map(&reader).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
        drop(writer);
        store.map(&reader).unwrap();
    }

    #[test]
    fn a_block_is_mapped_once_and_until_nobody_has_read_it_for_a_while() {
        let (_folder, store) = store();
        let first = store
            .map(&store.open(block(1)).unwrap())
            .unwrap()
            .part(0..LENGTH);
        let second = store
            .map(&store.open(block(1)).unwrap())
            .unwrap()
            .part(0..LENGTH);
        assert_eq!(first.as_ptr(), second.as_ptr());
        store.mappings.sweep();
        assert!(is_mapped(&store, 1), "it was read since the sweep before");
        store.mappings.sweep();
        assert!(!is_mapped(&store, 1));
        assert_eq!(store.mappings.kept.lock().bytes, 0);
        assert!(first == vec![1; LENGTH], "what is being sent stays mapped");
    }

    #[test]
    fn what_was_mapped_first_makes_room_for_what_is_mapped_now() {
        let (_folder, store) = store();
        store.mappings.kept.lock().bytes = LIMIT - LENGTH;
        for id in 0..2 {
            store.map(&store.open(block(id)).unwrap()).unwrap();
        }
        assert_eq!((is_mapped(&store, 0), is_mapped(&store, 1)), (false, true));
    }

    #[test]
    fn a_removed_block_is_unmapped_when_its_bytes_have_been_sent() {
        let (_folder, store) = store();
        let reader = store.open(block(2)).unwrap();
        let sent = store.map(&reader).unwrap().part(0..LENGTH);
        store.remove(block(2)).unwrap();
        assert!(reader.block().mapping.load().is_none());
        assert!(sent == vec![2; LENGTH]);
    }
}
