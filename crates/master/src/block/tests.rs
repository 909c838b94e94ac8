//! What workers and clients may rely on.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{BlockId, LocalityTier, ManualClock, Timestamp, WorkerAddress, WorkerId};

use super::*;
use crate::file_system::{BlockLocations, BlockRemoval};

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

struct Fixture {
    clock: Arc<ManualClock>,
    master: Arc<BlockMaster>,
}

impl Fixture {
    fn new() -> Self {
        let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
        let master = BlockMaster::new(BlockMasterConf::default(), Arc::clone(&clock) as _, 7);
        Self { clock, master }
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
        self.master
            .complete_registration(id, registration, blocks.len() as u64)
            .unwrap();
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
fn blocks_count_once_the_registration_is_complete() {
    let fixture = Fixture::new();
    let id = fixture.master.worker_id(&address("a"));
    fixture.master.begin_registration(id).unwrap();
    fixture.master.register_blocks(id, &batch(&[1])).unwrap();
    assert!(fixture.holders(1).is_empty());
    fixture
        .master
        .complete_registration(id, Registration::default(), 1)
        .unwrap();
    assert_eq!(fixture.holders(1), [id]);
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
    let master = BlockMaster::new(conf, Arc::clone(&clock) as _, 7);
    let fixture = Fixture { clock, master };
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
