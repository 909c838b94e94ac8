//! What workers and clients may rely on.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use alluxio_common::{
    BlockId, LocalityTier, ManualClock, Timestamp, WorkerAddress, WorkerId, WriteType,
};

use parking_lot::Mutex;

use super::*;
use crate::file_system::testing as files;
use crate::file_system::{BlockLocations, BlockRemoval, CreateFileOptions, FileSystemMaster};

fn address(host: &str) -> WorkerAddress {
    WorkerAddress {
        host: host.to_owned(),
        container_host: String::new(),
        rpc_port: 29999,
        data_port: 29999,
        web_port: 30000,
        domain_socket_path: String::new(),
        locality: vec![LocalityTier {
            name: "node".to_owned(),
            value: Some(host.to_owned()),
        }],
    }
}

fn block(index: i64) -> BlockId {
    BlockId::from_raw(index << 24)
}

fn batch(blocks: &[i64]) -> RegistrationBatch {
    RegistrationBatch {
        tier_alias: "MEM".to_owned(),
        medium_type: "MEM".to_owned(),
        blocks: blocks.iter().copied().map(block).collect(),
    }
}

/// A namespace that knows files for all blocks but some.
#[derive(Debug, Default)]
struct TestOwners {
    orphans: Mutex<BTreeSet<BlockId>>,
    persisted: Mutex<BTreeSet<BlockId>>,
    withdrawn: Mutex<BTreeSet<BlockId>>,
    expects_late_commits: AtomicBool,
}

impl BlockOwners for TestOwners {
    fn unwanted(&self, blocks: &[BlockId]) -> Unwanted {
        let found = |set: &Mutex<BTreeSet<BlockId>>| {
            let set = set.lock();
            let found = blocks.iter().filter(|block| set.contains(block));
            found.copied().collect()
        };
        Unwanted {
            orphans: found(&self.orphans),
            withdrawn: found(&self.withdrawn),
        }
    }

    fn refuses_commit(&self, block: BlockId) -> bool {
        self.expects_late_commits.load(Ordering::Relaxed) && self.withdrawn.lock().contains(&block)
    }

    fn only_on_workers(&self, blocks: &[BlockId]) -> Vec<BlockId> {
        let (orphans, persisted) = (self.orphans.lock(), self.persisted.lock());
        let found = blocks
            .iter()
            .filter(|block| !orphans.contains(block) && !persisted.contains(block));
        found.copied().collect()
    }

    fn block_length(&self, _block: BlockId) -> Option<u64> {
        None
    }
}

struct Fixture {
    clock: Arc<ManualClock>,
    master: Arc<BlockMaster>,
    owners: Arc<TestOwners>,
}

impl Fixture {
    fn new() -> Self {
        let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
        Self::with(BlockMasterConf::default(), clock)
    }

    fn with(conf: BlockMasterConf, clock: Arc<ManualClock>) -> Self {
        let master = BlockMaster::new(conf, Arc::clone(&clock) as _, 7);
        let owners = Arc::<TestOwners>::default();
        let weak: Weak<TestOwners> = Arc::downgrade(&owners);
        master.set_owners(weak);
        Self {
            clock,
            master,
            owners,
        }
    }

    fn orphan(&self, index: i64) {
        self.owners.orphans.lock().insert(block(index));
    }

    /// A heartbeat that tells of new blocks and of blocks that went.
    fn tell(&self, id: WorkerId, added: &[i64], removed: &[i64]) -> WorkerOrder {
        let heartbeat = Heartbeat {
            added: vec![batch(added)],
            removed: removed.iter().copied().map(block).collect(),
            ..Heartbeat::default()
        };
        self.master.heartbeat(id, heartbeat)
    }

    fn block_count(&self) -> u64 {
        self.master.workers(&WorkerFilter::All)[0].block_count
    }

    fn register(&self, host: &str, blocks: &[i64]) -> WorkerId {
        let id = self.master.worker_id(&address(host));
        self.master.begin_registration(id).unwrap();
        self.master.register_blocks(id, &batch(blocks)).unwrap();
        let capacity = TierBytes::from([("MEM".to_owned(), 1_000)]);
        let registration = Registration {
            capacity,
            ..Registration::default()
        };
        self.master.complete_registration(id, registration).unwrap();
        id
    }

    fn holders(&self, index: i64) -> Vec<WorkerId> {
        self.master
            .copies(block(index))
            .into_iter()
            .map(|copy| copy.worker_id)
            .collect()
    }
}

#[test]
fn the_same_address_gets_the_same_id() {
    let fixture = Fixture::new();
    let id = fixture.master.worker_id(&address("a"));
    assert_eq!(fixture.master.worker_id(&address("a")), id);
    assert_ne!(fixture.master.worker_id(&address("b")), id);
}

#[test]
fn a_worker_that_comes_back_with_another_web_port_or_domain_socket_is_shown_with_it() {
    let fixture = Fixture::new();
    let id = fixture.register("a", &[1]);
    let moved = WorkerAddress {
        web_port: 31_000,
        domain_socket_path: "/run/b".to_owned(),
        ..address("a")
    };
    assert_eq!(fixture.master.worker_id(&moved), id);
    fixture.master.begin_registration(id).unwrap();
    fixture.master.register_blocks(id, &batch(&[1])).unwrap();
    let registered = Registration::default();
    fixture
        .master
        .complete_registration(id, registered)
        .unwrap();
    let workers = fixture.master.workers(&WorkerFilter::All);
    assert_eq!(*workers[0].address, moved);
    assert_eq!(*fixture.master.copies(block(1))[0].address, moved);
}

#[test]
fn blocks_count_once_the_registration_is_complete() {
    let fixture = Fixture::new();
    let id = fixture.master.worker_id(&address("a"));
    fixture.master.begin_registration(id).unwrap();
    fixture.master.register_blocks(id, &batch(&[1])).unwrap();
    assert!(fixture.holders(1).is_empty());
    fixture
        .master
        .complete_registration(id, Registration::default())
        .unwrap();
    assert_eq!(fixture.holders(1), [id]);
}

#[test]
fn a_block_whose_file_goes_while_its_worker_registers_goes_from_the_worker() {
    let fixture = Fixture::new();
    let id = fixture.master.worker_id(&address("a"));
    fixture.master.begin_registration(id).unwrap();
    fixture.master.register_blocks(id, &batch(&[1, 2])).unwrap();
    fixture.master.remove(&[block(1)], BlockRemoval::Delete);
    fixture
        .master
        .complete_registration(id, Registration::default())
        .unwrap();
    assert_eq!(fixture.block_count(), 1);
    let free = WorkerOrder::Free(vec![block(1)]);
    assert_eq!(fixture.tell(id, &[], &[]), free);
}

#[tokio::test]
async fn registering_again_replaces_what_was_told_before() {
    let fixture = Fixture::new();
    let id = fixture.register("a", &[1, 2]);
    assert_eq!(fixture.register("a", &[2, 3]), id);
    fixture.master.sweep_dead_slots().await;
    assert!(fixture.holders(1).is_empty() && fixture.master.is_lost(block(1)));
    assert_eq!(
        (fixture.holders(2), fixture.holders(3)),
        (vec![id], vec![id])
    );
}

#[test]
fn a_heartbeat_of_somebody_unknown_is_told_to_register() {
    let fixture = Fixture::new();
    let unknown = WorkerId::from_raw(99);
    let order = fixture.master.heartbeat(unknown, Heartbeat::default());
    assert_eq!(order, WorkerOrder::Register);
}

#[test]
fn a_lost_directory_is_noted_once_however_often_it_is_told() {
    let fixture = Fixture::new();
    let id = fixture.register("a", &[]);
    for directories in [vec!["/one"], vec!["/one"], vec!["/one", "/two"], vec![]] {
        let names = directories.into_iter().map(str::to_owned).collect();
        let heartbeat = Heartbeat {
            lost_storage: [("MEM".to_owned(), names)].into(),
            ..Heartbeat::default()
        };
        fixture.master.heartbeat(id, heartbeat);
    }
    let lost = &fixture.master.lost_storage()[0].directories;
    assert_eq!(lost["MEM"], ["/one", "/two"]);
}

#[test]
fn freed_blocks_are_ordered_once_and_go_when_the_worker_says_so() {
    let fixture = Fixture::new();
    let id = fixture.register("a", &[1]);
    fixture
        .master
        .remove(&[block(1), block(1)], BlockRemoval::Free);
    let order = fixture.master.heartbeat(id, Heartbeat::default());
    assert_eq!(order, WorkerOrder::Free(vec![block(1)]));
    assert_eq!(fixture.holders(1), [id]);
    let removed = Heartbeat {
        removed: vec![block(1)],
        ..Heartbeat::default()
    };
    assert_eq!(fixture.master.heartbeat(id, removed), WorkerOrder::Nothing);
    assert!(fixture.holders(1).is_empty());
    assert_eq!(fixture.master.workers(&WorkerFilter::All)[0].block_count, 0);
}

#[test]
fn an_order_whose_answer_was_lost_is_given_again() {
    let fixture = Fixture::new();
    let id = fixture.register("a", &[1]);
    fixture.master.remove(&[block(1)], BlockRemoval::Delete);
    let free = WorkerOrder::Free(vec![block(1)]);
    assert_eq!(fixture.tell(id, &[], &[]), free);
    // The worker never got that answer.
    assert_eq!(fixture.tell(id, &[], &[]), WorkerOrder::Nothing);
    fixture.clock.advance(Duration::from_secs(30));
    assert_eq!(fixture.tell(id, &[], &[]), free);
    assert_eq!(fixture.tell(id, &[], &[1]), WorkerOrder::Nothing);
    fixture.clock.advance(Duration::from_secs(30));
    assert_eq!(fixture.tell(id, &[], &[]), WorkerOrder::Nothing);
}

#[test]
fn a_worker_drops_what_belongs_to_no_file_whenever_it_tells_of_it() {
    let fixture = Fixture::new();
    for index in [1, 2, 3] {
        fixture.orphan(index);
    }
    let id = fixture.register("a", &[1, 7]);
    assert_eq!(fixture.block_count(), 1);
    let order = fixture.tell(id, &[2, 8], &[]);
    assert_eq!(order, WorkerOrder::Free(vec![block(1), block(2)]));
    let committed = CommittedBlock {
        block: block(3),
        tier_alias: "MEM",
        medium_type: "MEM",
        used_bytes_on_tier: 0,
    };
    fixture.master.commit_block(id, &committed).unwrap();
    let order = fixture.tell(id, &[], &[1, 2]);
    assert_eq!(order, WorkerOrder::Free(vec![block(3)]));
    for (index, holders) in [(1, 0), (2, 0), (3, 0), (7, 1), (8, 1)] {
        assert_eq!(fixture.holders(index).len(), holders, "block {index}");
    }
    assert_eq!(fixture.block_count(), 2);
}

#[test]
fn a_copy_of_an_orphan_goes_from_every_worker() {
    let fixture = Fixture::new();
    let first = fixture.register("a", &[1]);
    fixture.orphan(1);
    let second = fixture.register("b", &[1]);
    for id in [first, second] {
        let free = WorkerOrder::Free(vec![block(1)]);
        assert_eq!(fixture.tell(id, &[], &[]), free);
    }
}

#[test]
fn the_last_copy_of_what_no_store_has_is_lost_when_its_worker_has_it_no_more() {
    let fixture = Fixture::new();
    let all = [1, 2, 3, 4];
    let id = fixture.register("a", &all);
    fixture.register("b", &[2]);
    fixture.owners.persisted.lock().insert(block(3));
    fixture.orphan(4);
    fixture.tell(id, &[], &all);
    // The others are on another worker, in the store, or of a file that was deleted.
    let is_lost = |index: &i64| fixture.master.is_lost(block(*index));
    let lost: Vec<i64> = all.into_iter().filter(is_lost).collect();
    assert_eq!(lost, [1]);
    // One that the master has not heard of says nothing.
    fixture.tell(id, &[], &[9]);
    assert!(!fixture.master.is_lost(block(9)));
    fixture.tell(id, &[1], &[]);
    assert!(!fixture.master.is_lost(block(1)));
    assert_eq!(fixture.holders(1), [id]);
    // What was lost is forgotten with its file.
    fixture.tell(id, &[], &[1]);
    fixture.master.remove(&[block(1)], BlockRemoval::Delete);
    assert!(!fixture.master.is_lost(block(1)));
}

#[tokio::test]
async fn a_silent_worker_is_lost_and_comes_back() {
    let fixture = Fixture::new();
    let id = fixture.register("a", &[1]);
    fixture.clock.advance(Duration::from_secs(301));
    fixture.master.detect_lost_workers();
    assert!(fixture.holders(1).is_empty());
    fixture.master.sweep_dead_slots().await;
    assert!(fixture.master.is_lost(block(1)));
    assert_eq!(fixture.master.capacity().lost, 1);
    assert_eq!(
        fixture.master.heartbeat(id, Heartbeat::default()),
        WorkerOrder::Register
    );
    assert_eq!(fixture.register("a", &[1]), id);
    assert!(!fixture.master.is_lost(block(1)));
    assert_eq!(fixture.holders(1), [id]);
}

#[test]
fn safe_mode_lasts_until_its_time_is_over() {
    let fixture = Fixture::new();
    fixture.register("a", &[]);
    assert_eq!(
        fixture.master.live_workers().unwrap_err(),
        BlockMasterError::SafeMode
    );
    fixture.clock.advance(Duration::from_secs(5));
    assert_eq!(fixture.master.live_workers().unwrap().len(), 1);
}

#[test]
fn safe_mode_ends_early_when_every_expected_worker_is_there() {
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let conf = BlockMasterConf {
        expected_workers: Some(1),
        ..BlockMasterConf::default()
    };
    let fixture = Fixture::with(conf, clock);
    fixture.register("a", &[]);
    assert_eq!(fixture.master.live_workers().unwrap().len(), 1);
}

#[test]
fn a_decommissioned_worker_serves_nobody_until_it_may_return() {
    let fixture = Fixture::new();
    let id = fixture.register("a", &[1]);
    fixture
        .master
        .decommission("a", None, Comeback::Refused)
        .unwrap();
    assert!(fixture.holders(1).is_empty());
    assert_eq!(
        fixture.master.heartbeat(id, Heartbeat::default()),
        WorkerOrder::Decommissioned
    );
    assert!(fixture.master.begin_registration(id).is_err());
    fixture.master.allow_return("a", None);
    fixture.register("a", &[1]);
    assert_eq!(fixture.holders(1), [id]);
}

/// A namespace in which the second block of a complete file is withdrawn, with a worker that holds
/// its blocks and has not heard of it.
async fn a_file_with_a_withdrawn_block() -> (files::Fixture, [BlockId; 2]) {
    let files = files::Fixture::new().await;
    let (request, file) = (files.root(), files::path("/f"));
    let options = CreateFileOptions {
        block_size: 10,
        write_type: WriteType::CacheThrough,
        ..CreateFileOptions::default()
    };
    let master = &files.master;
    master.create_file(&request, &file, options).await.unwrap();
    let mut blocks = [BlockId::from_raw(0); 2];
    for id in &mut blocks {
        *id = master.new_block_id(&request, &file, None).await.unwrap();
    }
    // What should be in the first block stands in the second one.
    master.block_committed(blocks[1], 10).await.unwrap();
    files.finish_through("/f", b"0123456789abcdefghij").await;
    (files, blocks)
}

#[tokio::test]
async fn a_misplaced_block_is_dropped_although_the_master_was_killed_before_its_worker_heard_of_it()
{
    let (mut files, blocks) = a_file_with_a_withdrawn_block().await;
    files.restart();
    let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
    let master = BlockMaster::new(BlockMasterConf::default(), clock, 7);
    let owners: Weak<FileSystemMaster> = Arc::downgrade(&files.master);
    master.set_owners(owners);
    let id = master.worker_id(&address("a"));
    master.begin_registration(id).unwrap();
    let held = RegistrationBatch {
        blocks: blocks.to_vec(),
        ..batch(&[])
    };
    master.register_blocks(id, &held).unwrap();
    assert!(master.copies(blocks[1]).is_empty());
    master
        .complete_registration(id, Registration::default())
        .unwrap();
    assert_eq!(master.copies(blocks[0]).len(), 1);
    assert!(master.copies(blocks[1]).is_empty());
    let order = master.heartbeat(id, Heartbeat::default());
    assert_eq!(order, WorkerOrder::Free(vec![blocks[1]]));
}

#[test]
fn a_copy_of_a_withdrawn_block_counts_once_its_worker_may_commit_it() {
    let fixture = Fixture::new();
    let id = fixture.register("a", &[1]);
    let withdrawn = block(7);
    fixture.owners.withdrawn.lock().insert(withdrawn);
    let late = &fixture.owners.expects_late_commits;
    late.store(true, Ordering::Relaxed);
    let commit = || {
        let committed = CommittedBlock {
            block: withdrawn,
            tier_alias: "MEM",
            medium_type: "MEM",
            used_bytes_on_tier: 10,
        };
        fixture.master.commit_block(id, &committed).unwrap();
    };
    commit();
    assert!(fixture.holders(7).is_empty());
    let dropped = WorkerOrder::Free(vec![withdrawn]);
    assert_eq!(fixture.tell(id, &[7], &[]), dropped);
    assert!(fixture.holders(7).is_empty());
    assert_eq!(fixture.block_count(), 1);
    fixture.tell(id, &[], &[7]);
    late.store(false, Ordering::Relaxed);
    // Nobody knows when this copy was made.
    assert_eq!(fixture.tell(id, &[7], &[]), dropped);
    fixture.tell(id, &[], &[7]);
    commit();
    assert_eq!(fixture.tell(id, &[7], &[]), WorkerOrder::Nothing);
    assert_eq!(fixture.holders(7), [id]);
    assert_eq!(fixture.block_count(), 2);
}
