//! `docs/semantics.md`, "Time to live" and "Lost data".

use std::sync::atomic::Ordering;
use std::time::Duration;

use alluxio_common::{PersistenceState, Tasks, TtlAction, UfsPath};
use alluxio_ufs::UfsOperation;
use alluxio_ufs::layer::{Fault, FaultRule};

use crate::file_system::maintenance::Expired;
use crate::file_system::testing::{Fixture, path};
use crate::file_system::{
    BlockRemoval, DeleteOptions, FreeOptions, PersistRoom, SetAttributeOptions,
};
use crate::inode::Ttl;

async fn set_ttl(fixture: &Fixture, text: &str, action: TtlAction) {
    let options = SetAttributeOptions {
        ttl: Some(Ttl {
            millis: 1_000,
            action,
        }),
        ..SetAttributeOptions::default()
    };
    let (request, target) = (fixture.root(), path(text));
    fixture
        .master
        .set_attribute(&request, &target, options)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_expired_inode_is_deleted_freed_or_forgotten() {
    let fixture = Fixture::new().await;
    for name in ["/del", "/free", "/forget"] {
        fixture.write_through(name, b"data").await;
    }
    let block = fixture.status("/free").await.unwrap().blocks[0].block_id;
    set_ttl(&fixture, "/del", TtlAction::Delete).await;
    set_ttl(&fixture, "/free", TtlAction::Free).await;
    set_ttl(&fixture, "/forget", TtlAction::DeleteAlluxio).await;
    fixture.advance(Duration::from_millis(999));
    fixture.master.expire().await;
    assert!(fixture.status("/del").await.is_ok());
    fixture.advance(Duration::from_millis(2));
    fixture.master.expire().await;
    assert!(fixture.status("/del").await.unwrap_err().is_not_found());
    assert!(!fixture.ufs_file("/del").try_exists().unwrap());
    assert_eq!(fixture.read_ufs("/forget"), b"data");
    let freed = fixture.status("/free").await.unwrap();
    assert_eq!(freed.ttl, Ttl::NONE);
    assert!(
        fixture
            .blocks
            .removed
            .lock()
            .contains(&(block, BlockRemoval::Free))
    );
    fixture.master.expire().await;
}

#[tokio::test]
async fn a_store_that_hangs_holds_up_only_what_expires_in_it() {
    let fixture = Fixture::new().await;
    let hung = fixture.mount("/hung", "hung").await;
    let first = std::path::Path::new(&hung).join("first");
    std::fs::write(&first, b"data").unwrap();
    fixture.write_through("/second", b"data").await;
    for name in ["/hung/first", "/second"] {
        fixture.status(name).await.unwrap();
        set_ttl(&fixture, name, TtlAction::Delete).await;
    }
    let hangs = FaultRule::on(UfsOperation::DeleteFile, Fault::Hang).always();
    let hung = UfsPath::parse(&hung).unwrap();
    fixture.stores.faults.add(hangs.below(&hung));
    fixture.advance(Duration::from_secs(2));
    let tasks = Tasks::new();
    let hourly = Duration::from_secs(3_600);
    fixture.master.start_expiring(&tasks, hourly);
    let is_deleted = async {
        while fixture.ufs_file("/second").try_exists().unwrap() {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), is_deleted);
    in_time.await.unwrap();
    assert!(first.try_exists().unwrap());
    tasks.shutdown().await;
}

#[tokio::test]
async fn a_file_whose_only_copy_is_lost_says_so_until_its_worker_returns() {
    let fixture = Fixture::new().await;
    let lost = fixture.write_file("/lost", &[10, 10]).await;
    fixture.write_through("/safe", b"data").await;
    let safe = fixture.status("/safe").await.unwrap().blocks[0].block_id;
    fixture.blocks.cached.lock().clear();
    fixture
        .master
        .blocks_lost(&[lost[0], lost[1], safe])
        .await
        .unwrap();
    let state = async |text: &str| fixture.status(text).await.unwrap().persistence;
    assert_eq!(state("/lost").await, PersistenceState::Lost);
    assert_eq!(state("/safe").await, PersistenceState::Persisted);
    fixture.blocks.cached.lock().insert(lost[0]);
    fixture.master.blocks_found(&lost).await.unwrap();
    assert_eq!(state("/lost").await, PersistenceState::Lost);
    fixture.blocks.cached.lock().insert(lost[1]);
    fixture.master.detect_lost_files().await.unwrap();
    assert_eq!(state("/lost").await, PersistenceState::NotPersisted);
}

#[tokio::test]
async fn a_restart_of_the_master_does_not_bring_lost_data_back() {
    let mut fixture = Fixture::new().await;
    let lost = fixture.write_file("/lost", &[10]).await;
    fixture.blocks.cached.lock().clear();
    fixture.master.detect_lost_files().await.unwrap();
    fixture.restart();
    fixture.blocks.knows_no_loss.store(true, Ordering::SeqCst);
    fixture.master.detect_lost_files().await.unwrap();
    let state = async || fixture.status("/lost").await.unwrap().persistence;
    assert_eq!(state().await, PersistenceState::Lost);
    fixture.blocks.cached.lock().insert(lost[0]);
    fixture.master.detect_lost_files().await.unwrap();
    assert_eq!(state().await, PersistenceState::NotPersisted);
}

#[tokio::test]
async fn workers_keep_what_is_pinned_or_on_its_way_to_the_store() {
    let fixture = Fixture::new().await;
    fixture.write_file("/plain", &[1]).await;
    fixture.write_async("/on-its-way", b"x").await;
    fixture.write_file("/pinned", &[1]).await;
    let pin = SetAttributeOptions {
        pinned: Some(true),
        ..SetAttributeOptions::default()
    };
    let request = fixture.root();
    fixture
        .master
        .set_attribute(&request, &path("/pinned"), pin)
        .await
        .unwrap();
    let mut expected = Vec::new();
    for name in ["/on-its-way", "/pinned"] {
        expected.push(fixture.status(name).await.unwrap().file_id);
    }
    expected.sort();
    assert_eq!(fixture.master.pinned_file_ids(), expected);
}

#[tokio::test]
async fn what_was_found_expired_is_left_alone_when_it_is_another_by_then() {
    let fixture = Fixture::new().await;
    let master = &fixture.master;
    for name in ["/written-again", "/kept", "/gone"] {
        fixture.write_through(name, b"old").await;
        set_ttl(&fixture, name, TtlAction::Delete).await;
    }
    fixture.advance(Duration::from_secs(2));
    let found = async |name: &str| Expired {
        id: fixture.status(name).await.unwrap().file_id,
        at: fixture.now(),
    };
    let (again, kept) = (found("/written-again").await, found("/kept").await);
    let gone = found("/gone").await;
    let options = DeleteOptions::default();
    fixture.delete("/written-again", options).await.unwrap();
    fixture.write_through("/written-again", b"new").await;
    let never = SetAttributeOptions {
        ttl: Some(Ttl::NONE),
        ..SetAttributeOptions::default()
    };
    let (request, target) = (fixture.root(), path("/kept"));
    let unset = master.set_attribute(&request, &target, never);
    unset.await.unwrap();
    for (name, expired) in [("/written-again", again), ("/kept", kept)] {
        let target = path(name);
        let deleted = master.delete_expired(&request, &target, options, expired);
        assert!(deleted.await.unwrap_err().is_not_found());
        let freed = master.free_expired(expired, FreeOptions::default());
        assert!(freed.await.is_err());
    }
    let target = path("/gone");
    let deleted = master.delete_expired(&request, &target, options, gone);
    deleted.await.unwrap();
    assert_eq!(fixture.read_ufs("/written-again"), b"new");
    assert_eq!(fixture.read_ufs("/kept"), b"old");
    assert!(fixture.status("/gone").await.is_err());
}

#[tokio::test]
async fn what_cannot_be_deleted_keeps_its_time_to_live_and_the_check_ends() {
    let fixture = Fixture::new().await;
    fixture.mount_read_only("/ro", "other").await;
    std::fs::write(fixture.store_directory("other") + "/f", b"x").unwrap();
    fixture.status("/ro/f").await.unwrap();
    fixture.write_through("/f", b"x").await;
    set_ttl(&fixture, "/ro/f", TtlAction::Delete).await;
    set_ttl(&fixture, "/f", TtlAction::Delete).await;
    fixture.advance(Duration::from_secs(2));
    fixture.master.expire().await;
    assert!(fixture.status("/ro/f").await.is_ok());
    assert!(fixture.status("/f").await.is_err());
}

#[tokio::test]
async fn a_file_that_waited_to_be_persisted_waits_again_when_its_worker_returns() {
    let mut fixture = Fixture::new().await;
    let waiting = fixture.write_async("/waiting", b"data").await;
    let given_up = fixture.write_async("/given-up", b"data").await;
    let plain = fixture.write_file("/plain", &[10]).await;
    for pause in [Duration::ZERO, Duration::from_secs(2 * 86_400)] {
        fixture.advance(pause);
        let tasks = fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(10));
        for task in tasks.iter().filter(|task| task.path == path("/given-up")) {
            let failed = fixture.master.persist_failed(task.file_id, "no access");
            failed.await.unwrap();
        }
    }
    let all = [waiting[0], given_up[0], plain[0]];
    fixture.blocks.cached.lock().clear();
    fixture.master.detect_lost_files().await.unwrap();
    for name in ["/waiting", "/given-up", "/plain"] {
        let state = fixture.status(name).await.unwrap().persistence;
        assert_eq!(state, PersistenceState::Lost, "{name}");
    }
    fixture.restart();
    fixture.blocks.cached.lock().extend(all);
    fixture.master.detect_lost_files().await.unwrap();
    for name in ["/given-up", "/plain"] {
        let state = fixture.status(name).await.unwrap().persistence;
        assert_eq!(state, PersistenceState::NotPersisted, "{name}");
    }
    let state = fixture.status("/waiting").await.unwrap().persistence;
    assert_eq!(state, PersistenceState::ToBePersisted);
    let tasks = fixture
        .master
        .files_to_persist(PersistRoom::shared_by_all(10));
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].path, path("/waiting"));
}

#[tokio::test]
async fn a_file_that_is_to_be_persisted_later_is_so_after_its_loss_as_well() {
    let fixture = Fixture::new().await;
    let blocks = fixture.write_file("/later", &[10]).await;
    let (request, target) = (fixture.root(), path("/later"));
    let later = Duration::from_secs(3_600);
    let scheduled = fixture.master.schedule_persist(&request, &target, later);
    scheduled.await.unwrap();
    fixture.blocks.cached.lock().clear();
    fixture.master.detect_lost_files().await.unwrap();
    fixture.blocks.cached.lock().extend(blocks);
    fixture.master.detect_lost_files().await.unwrap();
    assert!(
        fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(10))
            .is_empty()
    );
    fixture.advance(later);
    assert_eq!(
        fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(10))
            .len(),
        1
    );
}
