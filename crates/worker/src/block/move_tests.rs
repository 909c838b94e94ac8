//! Moves, evictions, removals and reads of the same blocks from several threads.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use tempfile::TempDir;

use super::tests::{BOOT, block, conf, open, read, request, tier, write};
use super::*;

struct TwoTiers {
    folders: [TempDir; 2],
    store: Arc<BlockStore>,
}

impl TwoTiers {
    fn with_quotas(fast: u64, slow: u64) -> Self {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let layout = conf(vec![
            tier("MEM", &[(folders[0].path(), fast)]),
            tier("HDD", &[(folders[1].path(), slow)]),
        ]);
        let store = open(&layout, BOOT);
        Self { folders, store }
    }

    /// A block on the slow tier.
    fn write_below(&self, id: i64, data: &[u8]) {
        let request = CreateBlock {
            target: Target::Level(1),
            ..request(id, 0, Origin::UnderStore)
        };
        let mut temp = self.store.create(&request).unwrap();
        temp.append(data).unwrap();
        self.store.commit(temp).unwrap();
    }

    /// Every block has its file, every file its block, and every byte is accounted for.
    fn check(&self) {
        let mut files = 0;
        let mut bytes = 0;
        for folder in &self.folders {
            for entry in fs::read_dir(folder.path().join("alluxioworker")).unwrap() {
                let entry = entry.unwrap();
                if entry.file_name().to_string_lossy().parse::<i64>().is_ok() {
                    files += 1;
                    bytes += entry.metadata().unwrap().len();
                }
            }
        }
        for meta in self.store.list() {
            assert_eq!(fs::metadata(&meta.path).unwrap().len(), meta.length);
        }
        assert_eq!(files, self.store.block_count());
        assert_eq!(bytes, self.store.used().bytes());
        let ordered: usize = self.store.dirs().map(|dir| dir.order.lock().len()).sum();
        assert_eq!(ordered, files, "every block is in one order, once");
    }
}

#[test]
fn a_block_is_moved_by_one_session_at_a_time() {
    let two = TwoTiers::with_quotas(100, 100);
    two.write_below(1, &[1; 10]);
    let claim = two.store.claim(block(1)).unwrap();
    let second = two.store.move_block(block(1), &Target::Level(0));
    assert!(matches!(second, Err(BlockError::Busy { .. })));
    let written = write(&two.store, 1, &[2; 10], Origin::Client);
    assert!(matches!(written, Err(BlockError::AlreadyExists { .. })));
    drop(claim);
    two.store.move_block(block(1), &Target::Level(0)).unwrap();
    assert_eq!(read(&two.store, 1), [1; 10]);
    two.check();
}

#[test]
fn a_block_that_is_removed_while_it_is_copied_stays_removed() {
    let two = TwoTiers::with_quotas(100, 100);
    two.write_below(1, &[1; 10]);
    let old = two.store.find(block(1)).unwrap();
    let fast = Arc::clone(&two.store.tiers()[0].dirs()[0]);
    assert!(fast.try_reserve(10));
    let claim = two.store.claim(block(1)).unwrap();
    two.store.remove(block(1)).unwrap();
    two.store.take_changes();
    let copied = two.store.copy_into(&old, &fast, |_| true);
    assert!(copied.is_err());
    drop((claim, old));
    assert!(!two.store.contains(block(1)));
    assert_eq!(two.store.take_changes(), Changes::default());
    two.check();
}

#[test]
fn a_path_that_was_told_stays_good_while_its_reader_is_there() {
    let two = TwoTiers::with_quotas(100, 100);
    two.write_below(1, &[1; 10]);
    let shown = two.store.show(block(1)).unwrap();
    let moved = two.store.move_block(block(1), &Target::Level(0));
    assert!(matches!(moved, Err(BlockError::Busy { .. })));
    assert_eq!(fs::read(shown.path()).unwrap(), [1; 10]);
    two.check();
    drop(shown);
    two.store.move_block(block(1), &Target::Level(0)).unwrap();
    two.check();
}

#[test]
fn two_threads_that_move_a_block_leave_it_whole() {
    // Large enough that copies overlap.
    const LENGTH: usize = 4 << 20;
    let two = TwoTiers::with_quotas(32 << 20, 32 << 20);
    let data: Vec<u8> = (0..LENGTH).map(|i| (i % 251) as u8).collect();
    for id in 1..=8 {
        two.write_below(id, &data);
        let start = Barrier::new(2);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    two.store.promote(block(id));
                });
            }
        });
        assert!(read(&two.store, id) == data, "block {id} has other bytes");
        assert_eq!(two.store.counters().promoted.value(), id);
        two.store.remove(block(id)).unwrap();
    }
    two.check();
}

#[test]
fn blocks_stay_whole_while_threads_write_move_remove_and_evict_them() {
    const BLOCKS: i64 = 12;
    const LENGTH: usize = 64 << 10;
    let length = u64::try_from(LENGTH).unwrap();
    // Room for nine of the twelve.
    let two = TwoTiers::with_quotas(4 * length, 5 * length);
    let broken = AtomicBool::new(false);
    thread::scope(|scope| {
        for thread in 0..4_u64 {
            let (two, broken) = (&two, &broken);
            scope.spawn(move || {
                let mut random = thread + 1;
                for _ in 0..400 {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    let id = i64::try_from(random >> 33).unwrap() % BLOCKS + 1;
                    let data = [u8::try_from(id).unwrap(); LENGTH];
                    match (random >> 50) % 6 {
                        // What is refused here is refused for a good reason: another thread.
                        0 | 1 => drop(write(&two.store, id, &data, Origin::UnderStore)),
                        2 => two.store.promote(block(id)),
                        3 => drop(
                            two.store
                                .move_block(block(id), &Target::Medium("HDD".into())),
                        ),
                        4 => drop(two.store.remove(block(id))),
                        _ => {
                            if let Ok(reader) = two.store.open(block(id)) {
                                let mut found = vec![0; LENGTH];
                                let read = reader.read_exact_at(&mut found, 0);
                                if read.is_err() || found != data {
                                    broken.store(true, Ordering::Relaxed);
                                }
                            }
                        }
                    }
                }
            });
        }
    });
    assert!(!broken.load(Ordering::Relaxed), "a reader saw other bytes");
    for id in 1..=BLOCKS {
        if two.store.contains(block(id)) {
            assert_eq!(read(&two.store, id), [u8::try_from(id).unwrap(); LENGTH]);
        }
    }
    two.check();
}
