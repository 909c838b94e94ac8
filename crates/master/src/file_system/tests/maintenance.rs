//! `docs/semantics.md`, "Time to live" and "Lost data".

use std::sync::atomic::Ordering;
use std::time::Duration;

use alluxio_common::{PersistenceState, TtlAction};

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{BlockRemoval, SetAttributeOptions};
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
