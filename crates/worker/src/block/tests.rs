use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use alluxio_common::{BlockId, ByteSize, Describe, ErrorCode, ManualClock, SessionId, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

pub(super) const BOOT: BootId = BootId::from_bytes([1; 16]);
const OTHER_BOOT: BootId = BootId::from_bytes([2; 16]);

pub(super) fn tier(alias: &str, dirs: &[(&Path, u64)]) -> TierConf {
    TierConf {
        alias: alias.into(),
        dirs: dirs
            .iter()
            .map(|(path, quota)| DirConf {
                path: path.to_path_buf(),
                medium: alias.into(),
                quota: ByteSize::from_bytes(*quota),
                fit: QuotaFit::Required,
            })
            .collect(),
    }
}

pub(super) fn conf(tiers: Vec<TierConf>) -> StoreConf {
    StoreConf {
        tiers,
        data_folder: "/alluxioworker/".into(),
        tmp_folder: ".tmp_blocks".into(),
        tmp_subdir_max: 4,
        permissions: 0o777,
        allocation: AllocationPolicy::MaxFree,
        order: EvictionOrder::Lru,
        free_ahead: ByteSize::from_bytes(0),
        open_files: 2,
        worker: "host/<unresolved>:29999".into(),
    }
}

pub(super) fn open(conf: &StoreConf, boot: BootId) -> Arc<BlockStore> {
    let clock = ManualClock::starting_at(Timestamp::from_millis(1_000_000));
    BlockStore::open_dirs(conf, boot, clock, StoreCounters::default()).unwrap()
}

struct OneDir {
    folder: TempDir,
    conf: StoreConf,
    store: Arc<BlockStore>,
}

impl OneDir {
    fn with_quota(quota: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let conf = conf(vec![tier("SSD", &[(folder.path(), quota)])]);
        let store = open(&conf, BOOT);
        Self {
            folder,
            conf,
            store,
        }
    }

    /// The worker ends and starts again.
    fn reopened(self, boot: BootId) -> Self {
        let Self {
            folder,
            conf,
            store,
        } = self;
        drop(store);
        let store = open(&conf, boot);
        Self {
            folder,
            conf,
            store,
        }
    }

    fn file(&self, id: i64) -> std::path::PathBuf {
        self.folder
            .path()
            .join("alluxioworker")
            .join(id.to_string())
    }
}

pub(super) fn request(id: i64, reserve: u64, origin: Origin) -> CreateBlock {
    CreateBlock {
        block_id: block(id),
        session_id: SessionId::from_raw(7),
        target: Target::AnyTier,
        reserve,
        origin,
    }
}

pub(super) fn block(id: i64) -> BlockId {
    // One block per file, so that pins of files are pins of blocks.
    BlockId::from_raw(id << 24)
}

pub(super) fn write(
    store: &Arc<BlockStore>,
    id: i64,
    data: &[u8],
    origin: Origin,
) -> Result<(), BlockError> {
    let mut temp = store.create(&request(id, 0, origin))?;
    temp.append(data)?;
    store.commit(temp).map(drop)
}

pub(super) fn read(store: &BlockStore, id: i64) -> Vec<u8> {
    let reader = store.open(block(id)).unwrap();
    let mut data = vec![0; usize::try_from(reader.length()).unwrap()];
    reader.read_exact_at(&mut data, 0).unwrap();
    data
}

#[test]
fn a_committed_block_is_a_plain_file_that_every_user_can_read() {
    let one = OneDir::with_quota(100);
    write(&one.store, 1, b"hello", Origin::Client).unwrap();
    let path = one.file(block(1).raw());
    assert_eq!(one.store.find(block(1)).unwrap().path(), path);
    assert_eq!(fs::read(&path).unwrap(), b"hello");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o444, "nobody may cut it short");
    assert_eq!(mode(path.parent().unwrap()), 0o777);
    assert_eq!(read(&one.store, 1), b"hello");
}

#[test]
fn an_abandoned_block_leaves_neither_a_file_nor_a_reservation() {
    let one = OneDir::with_quota(1_000);
    let mut temp = one.store.create(&request(1, 500, Origin::Client)).unwrap();
    temp.append(&[1; 700]).unwrap();
    let path = temp.path().to_owned();
    assert!(path.is_file());
    drop(temp);
    assert!(!path.try_exists().unwrap());
    assert_eq!(one.store.used().bytes(), 0);
    write(&one.store, 1, b"again", Origin::Client).unwrap();
}

#[test]
fn a_block_has_one_writer_and_is_written_once() {
    let one = OneDir::with_quota(100);
    let first = one.store.create(&request(1, 5, Origin::Client)).unwrap();
    let second = one
        .store
        .create(&request(1, 5, Origin::Client))
        .unwrap_err();
    assert!(matches!(second, BlockError::BeingWritten { .. }));
    assert_eq!(second.code(), ErrorCode::AlreadyExists);
    one.store.commit(first).unwrap();
    let third = one
        .store
        .create(&request(1, 5, Origin::Client))
        .unwrap_err();
    assert!(matches!(third, BlockError::AlreadyExists { .. }));
    assert_eq!(one.store.used().bytes(), 0, "an empty block takes no space");
}

#[test]
fn a_full_worker_says_so_in_alluxios_words() {
    let one = OneDir::with_quota(10);
    let error = write(&one.store, 79, &[0; 11], Origin::Client).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NoSpace);
    assert_eq!(
        error.to_string(),
        "Not enough space left on worker host/<unresolved>:29999 to store blockId 1325400064. \
         Please consult https://docs.alluxio.io/os/user/2.9/en/operation/Troubleshooting.html for \
         common solutions to address this problem."
    );
}

#[test]
fn a_directory_whose_disk_was_full_is_used_again_as_soon_as_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&conf(vec![tier("MEM", &[(folder.path(), 1 << 20)])]), BOOT);
    let dir = store.dirs().next().unwrap();
    dir.note_full();
    assert_eq!(dir.free(), 0);
    write(&store, 1, &[1; 1000], Origin::Client).unwrap();
    assert_eq!(read(&store, 1), vec![1; 1000]);
}

#[test]
fn a_reservation_that_can_never_be_met_evicts_nothing() {
    let one = OneDir::with_quota(30);
    for id in 1..=2 {
        write(&one.store, id, &[0; 10], Origin::UnderStore).unwrap();
    }
    let never = |error: BlockError| {
        assert!(matches!(
            error,
            BlockError::NoSpace {
                shortage: Shortage::Always,
                ..
            }
        ));
    };
    let mut temp = one.store.create(&request(3, 5, Origin::Client)).unwrap();
    never(temp.reserve_more(u64::MAX).unwrap_err());
    never(temp.reserve_more(26).unwrap_err());
    let large = request(4, 31, Origin::Client);
    never(one.store.create(&large).unwrap_err());
    assert_eq!(one.store.block_count(), 2);
    temp.reserve_more(25).unwrap();
    assert_eq!(one.store.block_count(), 0, "what fits still makes room");
}

#[test]
fn the_block_that_was_not_used_longest_leaves_first() {
    let one = OneDir::with_quota(30);
    for id in 1..=3 {
        write(&one.store, id, &[0; 10], Origin::UnderStore).unwrap();
    }
    read(&one.store, 1);
    write(&one.store, 4, &[0; 10], Origin::UnderStore).unwrap();
    assert!(!one.store.contains(block(2)), "2 was the oldest");
    assert!(!one.file(block(2).raw()).try_exists().unwrap());
    for id in [1, 3, 4] {
        assert!(one.store.contains(block(id)), "{id}");
    }
    assert_eq!(one.store.used().bytes(), 30);
    let changes = one.store.take_changes();
    assert!(changes.removed.contains(&block(2)));
    assert_eq!(changes.added.len(), 3);
}

#[test]
fn pinned_blocks_only_copies_and_blocks_being_read_stay() {
    let one = OneDir::with_quota(30);
    write(&one.store, 1, &[0; 10], Origin::Client).unwrap();
    write(&one.store, 2, &[0; 10], Origin::UnderStore).unwrap();
    write(&one.store, 3, &[0; 10], Origin::UnderStore).unwrap();
    one.store.set_pinned(HashSet::from([block(2).file_id()]));
    let reader = one.store.open(block(3)).unwrap();
    assert!(write(&one.store, 4, &[0; 10], Origin::UnderStore).is_err());
    assert_eq!(one.store.block_count(), 3);

    drop(reader);
    write(&one.store, 4, &[0; 10], Origin::UnderStore).unwrap();
    assert!(!one.store.contains(block(3)));

    assert_eq!(one.store.undecided(10), [block(1)]);
    assert!(one.store.undecided(10).is_empty(), "asked a moment ago");
    one.store.mark_in_store([block(1)]);
    write(&one.store, 5, &[0; 20], Origin::UnderStore).unwrap();
    assert!(!one.store.contains(block(1)));
    assert!(one.store.contains(block(2)), "pinned");
}

#[test]
fn a_reader_outlives_the_removal_and_the_space_is_free_after_it() {
    let one = OneDir::with_quota(10);
    write(&one.store, 1, b"0123456789", Origin::Client).unwrap();
    let reader = one.store.open(block(1)).unwrap();
    one.store.remove(block(1)).unwrap();
    assert!(matches!(
        one.store.open(block(1)),
        Err(BlockError::NotHere { .. })
    ));
    assert_eq!(one.store.used().bytes(), 10);
    let mut buffer = [0; 4];
    reader.read_exact_at(&mut buffer, 3).unwrap();
    assert_eq!(&buffer, b"3456");
    drop(reader);
    assert_eq!(one.store.used().bytes(), 0);
}

#[test]
fn a_client_of_this_machine_may_write_the_file_itself() {
    let one = OneDir::with_quota(20);
    let mut temp = one.store.create(&request(1, 4, Origin::Client)).unwrap();
    temp.reserve_more(8).unwrap();
    fs::write(temp.path(), b"0123456789").unwrap();
    temp.adopt_external().unwrap();
    one.store.commit(temp).unwrap();
    assert_eq!(one.store.used().bytes(), 10);

    let mut greedy = one.store.create(&request(2, 4, Origin::Client)).unwrap();
    fs::write(greedy.path(), [0; 11]).unwrap();
    let error = greedy.adopt_external().unwrap_err();
    assert_eq!(error.code(), ErrorCode::NoSpace);
    drop(greedy);
    assert_eq!(one.store.used().bytes(), 10);
}

#[test]
fn what_a_client_of_this_machine_has_not_asked_for_is_left_to_others() {
    const MIB: u64 = 1 << 20;
    let one = OneDir::with_quota(32 * MIB);
    write(&one.store, 1, &[0; 2], Origin::UnderStore).unwrap();
    for id in 2..=3 {
        let first = request(id, 4 * MIB, Origin::Client);
        let mut temp = one.store.create(&first).unwrap();
        for reserved in [8, 12, 16] {
            temp.reserve_more(4 * MIB).unwrap();
            assert_eq!(temp.reserved(), reserved * MIB);
        }
        let file = fs::File::create(temp.path()).unwrap();
        file.set_len(16 * MIB).unwrap();
        temp.adopt_external().unwrap();
        one.store.commit(temp).unwrap();
    }
    assert_eq!(one.store.used().bytes(), 32 * MIB);
}

#[test]
fn a_block_into_which_a_client_of_this_machine_wrote_nothing_is_refused() {
    let one = OneDir::with_quota(20);
    let mut temp = one.store.create(&request(1, 4, Origin::Client)).unwrap();
    let error = temp.adopt_external().unwrap_err();
    assert!(error.to_string().contains("the same folder"), "{error}");
    drop(temp);
    assert_eq!(one.store.used().bytes(), 0);
}

#[test]
fn a_restart_keeps_blocks_and_removes_what_was_never_complete() {
    let one = OneDir::with_quota(1_000);
    write(&one.store, 1, b"kept", Origin::Client).unwrap();
    write(&one.store, 2, b"shortened", Origin::Client).unwrap();
    // What a killed worker leaves of a block that it was writing.
    let leftover = one
        .folder
        .path()
        .join("alluxioworker/.tmp_blocks/3/7-3000000");
    fs::create_dir_all(leftover.parent().unwrap()).unwrap();
    fs::write(&leftover, b"half a bl").unwrap();
    fs::write(one.file(block(2).raw()), b"short").unwrap();
    fs::write(one.file(9), b"from another worker").unwrap();
    fs::write(one.folder.path().join("alluxioworker/README"), b"not ours").unwrap();

    let one = one.reopened(BOOT);
    let store = &one.store;
    assert_eq!(read(store, 1), b"kept");
    assert!(!store.contains(block(2)), "its length has changed");
    assert!(!one.file(block(2).raw()).try_exists().unwrap());
    assert!(store.contains(BlockId::from_raw(9)));
    assert!(!leftover.try_exists().unwrap());
    assert!(one.folder.path().join("alluxioworker/README").is_file());
    assert_eq!(store.used().bytes(), 4 + 19);
    assert_eq!(store.take_changes(), Changes::default());
    let unfinished = store.create(&request(3, 100, Origin::Client));
    assert!(unfinished.is_ok());
}

#[test]
fn after_the_machine_went_down_bytes_are_compared_before_they_are_read() {
    let one = OneDir::with_quota(1_000);
    write(&one.store, 1, b"good", Origin::Client).unwrap();
    write(&one.store, 2, b"evil", Origin::Client).unwrap();
    fs::write(one.file(block(2).raw()), b"bits").unwrap();
    fs::write(one.file(block(5).raw()), b"unnoted").unwrap();

    // The worker starts twice, and the second start must not forget what the first one knew.
    let one = one.reopened(OTHER_BOOT).reopened(OTHER_BOOT);
    let store = &one.store;
    let good = store.find(block(1)).unwrap();
    let evil = store.find(block(2)).unwrap();
    assert!(!store.contains(block(5)), "nothing vouches for it");
    assert!(good.is_unverified() && evil.is_unverified());
    assert_eq!(store.scrub_order(), [block(1), block(2)]);
    store.verify(&good).unwrap();
    assert!(!good.is_unverified());
    let error = store.verify(&evil).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DataCorrupt);
    assert!(!store.contains(block(2)));
    drop((good, evil));

    let one = one.reopened(OTHER_BOOT);
    assert!(!one.store.find(block(1)).unwrap().is_unverified());
}

#[test]
fn victims_move_down_when_a_slower_tier_has_room_and_come_back_on_request() {
    let (fast, slow) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let layout = conf(vec![
        tier("MEM", &[(fast.path(), 20)]),
        tier("HDD", &[(slow.path(), 15)]),
    ]);
    let store = open(&layout, BOOT);
    write(&store, 1, &[1; 10], Origin::UnderStore).unwrap();
    write(&store, 2, &[2; 10], Origin::UnderStore).unwrap();
    // 18 bytes fit nowhere: 1 moves down, 2 finds no room there any more.
    write(&store, 3, &[3; 18], Origin::UnderStore).unwrap();
    assert_eq!(store.find(block(1)).unwrap().meta().level, 1);
    assert!(!store.contains(block(2)));
    assert_eq!(read(&store, 1), [1; 10]);

    store.move_block(block(1), &Target::Level(0)).unwrap();
    assert_eq!(store.find(block(1)).unwrap().meta().level, 0);
    assert_eq!(read(&store, 1), [1; 10]);
    assert!(store.move_block(block(1), &Target::Level(7)).is_err());
    assert_eq!(store.tiers()[1].used().bytes(), 0);
}

#[test]
fn a_directory_that_fails_is_dropped_and_the_others_serve_on() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let layout = conf(vec![tier("SSD", &[(one.path(), 50), (two.path(), 40)])]);
    let store = open(&layout, BOOT);
    write(&store, 1, &[0; 20], Origin::Client).unwrap();
    write(&store, 2, &[0; 20], Origin::Client).unwrap();
    let lost = store.find(block(1)).unwrap().path();
    fs::remove_dir_all(lost.parent().unwrap()).unwrap();
    store.maintain();
    assert!(!store.contains(block(1)));
    assert_eq!(read(&store, 2), [0; 20]);
    assert_eq!(store.capacity().bytes(), 40);
    assert!(store.take_lost_news());
    let named = one.path().display().to_string();
    assert_eq!(store.lost_storage(), [("SSD".into(), named.clone())]);
    write(&store, 3, &[0; 20], Origin::Client).unwrap();
    let refused = write(&store, 4, &[0; 20], Origin::Client).unwrap_err();
    assert!(refused.to_string().contains(&named), "{refused}");
    assert_eq!(refused.code(), ErrorCode::NoSpace);
}

#[test]
fn many_at_once_may_ask_whether_a_directory_works() {
    let one = OneDir::with_quota(100);
    write(&one.store, 1, b"hello", Origin::Client).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..200).for_each(|_| one.store.maintain()));
        }
    });
    assert_eq!(read(&one.store, 1), b"hello");
}

#[test]
fn the_only_copy_is_kept_when_its_file_cannot_be_opened_for_now() {
    let one = OneDir::with_quota(100);
    write(&one.store, 1, b"only", Origin::Client).unwrap();
    write(&one.store, 2, b"copy", Origin::UnderStore).unwrap();
    for id in [1, 2] {
        let path = one.file(block(id).raw());
        let aside = path.with_extension("aside");
        fs::rename(&path, &aside).unwrap();
        // A link to itself refuses every open, even that of the superuser.
        std::os::unix::fs::symlink(&path, &path).unwrap();
        let error = one.store.open(block(id)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unavailable);
        if id == 1 {
            fs::rename(&aside, &path).unwrap();
        }
    }
    assert_eq!(read(&one.store, 1), b"only");
    assert!(!one.store.contains(block(2)), "the store has its bytes");
    fs::remove_file(one.file(block(1).raw())).unwrap();
    one.store.find(block(1)).unwrap().close();
    assert!(one.store.open(block(1)).is_err());
    assert!(!one.store.contains(block(1)), "its bytes are gone");
}

#[test]
fn what_the_master_hears_of_blocks_that_come_and_go_at_once_is_what_is_here() {
    let one = OneDir::with_quota(10_000);
    let store = &one.store;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for id in (1..=20).cycle().take(2_000) {
                    // Another thread may write it, or have written it.
                    write(store, id, b"x", Origin::Client).ok();
                }
            });
            scope.spawn(|| {
                for id in (1..=20).rev().cycle().take(2_000) {
                    store.remove(block(id)).ok();
                }
            });
        }
    });
    let told: HashSet<_> = store.take_changes().added.into_keys().collect();
    let here: HashSet<_> = store.list().iter().map(|block| block.block_id).collect();
    assert_eq!(told, here);
}

#[test]
fn a_block_is_not_committed_into_a_directory_that_has_failed() {
    let one = OneDir::with_quota(100);
    let mut temp = one.store.create(&request(1, 10, Origin::Client)).unwrap();
    temp.append(b"hello").unwrap();
    let dir = one.store.dirs().next().unwrap();
    let reason = BlockError::io("write to", dir.root(), std::io::ErrorKind::NotFound.into());
    one.store.give_up(dir, &reason);
    assert!(one.store.commit(temp).is_err());
    assert!(!one.store.contains(block(1)));
    assert!(one.store.take_changes().added.is_empty());
}

#[test]
fn a_process_without_descriptors_says_nothing_about_a_block() {
    let one = OneDir::with_quota(100);
    write(&one.store, 1, b"copy", Origin::UnderStore).unwrap();
    let block = one.store.find(block(1)).unwrap();
    for code in [libc::EMFILE, libc::ENFILE, libc::ENOMEM] {
        let source = std::io::Error::from_raw_os_error(code);
        one.store.unreadable(&block, "open", source);
    }
    assert_eq!(read(&one.store, 1), b"copy");
}

#[test]
fn a_directory_that_cannot_be_opened_is_reported_unless_it_is_the_only_one() {
    let good = tempfile::tempdir().unwrap();
    let file = good.path().join("file");
    fs::write(&file, b"").unwrap();
    let bad = file.join("below");
    let layout = conf(vec![tier("SSD", &[(&bad, 50), (good.path(), 40)])]);
    let store = open(&layout, BOOT);
    assert_eq!(store.capacity().bytes(), 40);
    assert_eq!(store.lost_storage().len(), 1);

    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let only = conf(vec![tier("SSD", &[(&bad, 50)])]);
    let error = BlockStore::open_dirs(&only, BOOT, clock, StoreCounters::default()).unwrap_err();
    assert!(matches!(error, OpenStoreError::NoneUsable { .. }));
}

#[test]
fn a_memory_directory_smaller_than_its_quota_is_refused_with_both_figures() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let layout = conf(vec![tier("MEM", &[(folder.path(), 1 << 60)])]);
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let error = BlockStore::open_dirs(&layout, BOOT, clock, StoreCounters::default()).unwrap_err();
    assert!(matches!(error, OpenStoreError::TooLittleSpace { .. }));
    assert!(error.to_string().contains("1024.00PB"), "{error}");
}

#[test]
fn formatting_removes_every_block_and_keeps_the_folders() {
    let one = OneDir::with_quota(100);
    write(&one.store, 1, b"gone", Origin::Client).unwrap();
    let in_use = format_dirs(&one.conf).unwrap_err();
    assert!(matches!(in_use, BlockError::InUse { .. }));
    assert!(one.file(block(1).raw()).is_file());

    let OneDir {
        folder,
        conf,
        store,
    } = one;
    drop(store);
    let folders = format_dirs(&conf).unwrap();
    assert_eq!(folders, [folder.path().join("alluxioworker")]);
    let store = open(&conf, BOOT);
    assert_eq!(store.block_count(), 0);
    assert_eq!(store.used().bytes(), 0);
}

#[test]
fn a_directory_has_one_worker() {
    let one = OneDir::with_quota(100);
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let second = BlockStore::open_dirs(&one.conf, BOOT, clock, StoreCounters::default());
    assert!(matches!(second, Err(OpenStoreError::InUse { .. })));
}

#[test]
fn round_robin_takes_turns_and_greedy_does_not() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut layout = conf(vec![tier("SSD", &[(one.path(), 50), (two.path(), 50)])]);
    for (policy, expected) in [
        (AllocationPolicy::RoundRobin, [2, 2]),
        (AllocationPolicy::Greedy, [4, 0]),
    ] {
        layout.allocation = policy;
        format_dirs(&layout).unwrap();
        let store = open(&layout, BOOT);
        for id in 1..=4 {
            write(&store, id, &[0; 1], Origin::Client).unwrap();
        }
        let used: Vec<_> = store.tiers()[0]
            .dirs()
            .iter()
            .map(|dir| dir.used())
            .collect();
        assert_eq!(used, expected, "{policy:?}");
    }
}

/// What a random run does to the store.
#[derive(Debug, Clone)]
enum Step {
    Create {
        id: i64,
        reserve: u64,
        from_store: bool,
    },
    Append {
        id: i64,
        bytes: u64,
    },
    Commit {
        id: i64,
    },
    Abort {
        id: i64,
    },
    Remove {
        id: i64,
    },
    Hold {
        id: i64,
    },
    Release {
        id: i64,
    },
    Persisted {
        id: i64,
    },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let id = 1..12_i64;
    prop_oneof![
        4 => (id.clone(), 0..60_u64, any::<bool>())
            .prop_map(|(id, reserve, from_store)| Step::Create { id, reserve, from_store }),
        6 => (id.clone(), 0..40_u64).prop_map(|(id, bytes)| Step::Append { id, bytes }),
        5 => id.clone().prop_map(|id| Step::Commit { id }),
        1 => id.clone().prop_map(|id| Step::Abort { id }),
        1 => id.clone().prop_map(|id| Step::Remove { id }),
        2 => id.clone().prop_map(|id| Step::Hold { id }),
        2 => id.clone().prop_map(|id| Step::Release { id }),
        2 => id.prop_map(|id| Step::Persisted { id }),
        1 => Just(Step::Restart),
    ]
}

/// What must be true of the store, kept in the simplest way.
#[derive(Default)]
struct Model {
    temps: BTreeMap<i64, (TempBlock, u64)>,
    /// Length, and whether the block may be evicted.
    blocks: BTreeMap<i64, (u64, bool)>,
    held: Vec<(i64, BlockReader)>,
}

fn apply(store: &Arc<BlockStore>, model: &mut Model, step: &Step) {
    match *step {
        Step::Create {
            id,
            reserve,
            from_store,
        } => {
            let origin = if from_store {
                Origin::UnderStore
            } else {
                Origin::Client
            };
            let taken = model.temps.contains_key(&id) || store.contains(block(id));
            match store.create(&request(id, reserve, origin)) {
                Ok(temp) => {
                    assert!(!taken);
                    model.temps.insert(id, (temp, 0));
                }
                Err(BlockError::NoSpace { .. }) => {}
                Err(_) => assert!(taken),
            }
        }
        Step::Append { id, bytes } => {
            if let Some((temp, length)) = model.temps.get_mut(&id)
                && temp
                    .append(&vec![7; usize::try_from(bytes).unwrap()])
                    .is_ok()
            {
                *length += bytes;
            }
        }
        Step::Commit { id } => {
            if let Some((temp, length)) = model.temps.remove(&id) {
                let committed = store.commit(temp).unwrap();
                let evictable = committed
                    .in_store
                    .load(std::sync::atomic::Ordering::Relaxed);
                model.blocks.insert(id, (length, evictable));
            }
        }
        Step::Abort { id } => drop(model.temps.remove(&id)),
        Step::Remove { id } => {
            let was_here = store.contains(block(id));
            assert_eq!(store.remove(block(id)).is_ok(), was_here);
            model.blocks.remove(&id);
        }
        Step::Hold { id } => {
            if let Ok(reader) = store.open(block(id)) {
                model.held.push((id, reader));
            }
        }
        Step::Release { id } => model.held.retain(|(held, _)| *held != id),
        Step::Persisted { id } => {
            store.mark_in_store([block(id)]);
            if let Some((_, evictable)) = model.blocks.get_mut(&id) {
                *evictable = true;
            }
        }
        Step::Restart => {}
    }
}

fn check(store: &BlockStore, model: &mut Model) {
    // Evictable blocks may have gone; all others, and those that are read, must be here.
    let held: HashSet<i64> = model.held.iter().map(|(id, _)| *id).collect();
    model.blocks.retain(|id, (length, evictable)| {
        let found = store.find(block(*id));
        if let Some(found) = &found {
            assert_eq!(found.length(), *length);
            assert_eq!(fs::metadata(found.path()).unwrap().len(), *length);
        } else {
            assert!(*evictable && !held.contains(id), "block {id} was evicted");
        }
        found.is_some()
    });
    assert_eq!(store.block_count(), model.blocks.len());
    let live: u64 = model.blocks.values().map(|(length, _)| length).sum();
    let mut removed_but_read: BTreeMap<*const Block, u64> = BTreeMap::new();
    for (id, reader) in &model.held {
        let current = store.find(block(*id));
        if !current.is_some_and(|current| Arc::ptr_eq(&current, reader.block())) {
            removed_but_read.insert(Arc::as_ptr(reader.block()), reader.length());
        }
    }
    let reserved: u64 = model.temps.values().map(|(temp, _)| temp.reserved()).sum();
    let unlinked: u64 = removed_but_read.values().sum();
    assert_eq!(store.used().bytes(), live + reserved + unlinked);
    assert!(store.used() <= store.capacity());
    for dir in store.dirs() {
        let order = dir.order.lock();
        let blocks = model.blocks.keys().filter(|id| {
            let found = store.find(block(**id)).unwrap();
            found.dir.index == dir.index
        });
        assert_eq!(
            order.len(),
            blocks.count(),
            "every block is in one order, once"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_byte_is_accounted_for_whatever_happens(
        steps in prop::collection::vec(step(), 1..80),
        policy in prop_oneof![
            Just(AllocationPolicy::MaxFree),
            Just(AllocationPolicy::RoundRobin),
            Just(AllocationPolicy::Greedy),
        ],
    ) {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let mut layout = conf(vec![
            tier("MEM", &[(folders[0].path(), 60), (folders[1].path(), 90)]),
            tier("HDD", &[(folders[2].path(), 70)]),
        ]);
        layout.allocation = policy;
        let mut store = open(&layout, BOOT);
        let mut model = Model::default();
        for step in &steps {
            if matches!(step, Step::Restart) {
                model.temps.clear();
                model.held.clear();
                check(&store, &mut model);
                drop(store);
                store = open(&layout, BOOT);
                for (_, evictable) in model.blocks.values_mut() {
                    // What the last process knew about the store is forgotten.
                    *evictable = false;
                }
            }
            apply(&store, &mut model, step);
            check(&store, &mut model);
        }
    }
}
