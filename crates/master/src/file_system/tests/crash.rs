//! `docs/semantics.md`, "Crashes": the process dies between the steps of an operation.

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{DeleteOptions, ListStatusOptions, RenameOptions, SetAttributeOptions};

async fn names(fixture: &Fixture, directory: &str) -> Vec<String> {
    let (request, directory) = (fixture.root(), path(directory));
    let options = ListStatusOptions::default();
    let listing = fixture
        .master
        .list_status(&request, &directory, options)
        .await;
    let mut names = Vec::new();
    let visit = |status: &crate::file_system::StatusView<'_>| {
        names.push(status.inode.name().to_owned());
    };
    listing.unwrap().next_page(100, visit).await.unwrap();
    names
}

/// Replays only the first entries, as if the process had died before it wrote the others.
fn crash_after(fixture: &mut Fixture, entries: usize) {
    fixture.journal.entries.lock().truncate(entries);
    fixture.restart();
}

#[tokio::test]
async fn a_delete_that_died_before_the_store_is_found_by_the_next_listing() {
    let mut fixture = Fixture::new().await;
    fixture.write_through("/d/keep", b"k").await;
    fixture.write_through("/d/gone", b"g").await;
    assert_eq!(names(&fixture, "/d").await, ["gone", "keep"]);
    let content = fixture.read_ufs("/d/gone");
    let before = fixture.journal.entries.lock().len();
    fixture
        .delete("/d/gone", DeleteOptions::default())
        .await
        .unwrap();
    // The namespace had logged the delete; the store had not been reached.
    fixture.write_ufs("/d/gone", &content);
    crash_after(&mut fixture, before + 1);
    assert_eq!(names(&fixture, "/d").await, ["gone", "keep"]);
}

#[tokio::test]
async fn a_delete_that_died_before_the_log_has_changed_nothing() {
    let mut fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    fixture
        .journal
        .fails
        .store(true, std::sync::atomic::Ordering::SeqCst);
    fixture
        .delete("/d/f", DeleteOptions::default())
        .await
        .unwrap_err();
    assert_eq!(fixture.read_ufs("/d/f"), b"f");
    fixture
        .journal
        .fails
        .store(false, std::sync::atomic::Ordering::SeqCst);
    fixture.restart();
    assert_eq!(fixture.status("/d/f").await.unwrap().length, 1);
}

#[tokio::test]
async fn a_rename_whose_log_fails_is_taken_back_in_the_store() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    fixture
        .journal
        .fails
        .store(true, std::sync::atomic::Ordering::SeqCst);
    let (request, from, to) = (fixture.root(), path("/d/f"), path("/d/g"));
    let renamed = fixture
        .master
        .rename(&request, &from, &to, RenameOptions::default());
    renamed.await.unwrap_err();
    assert_eq!(fixture.read_ufs("/d/f"), b"f");
    assert!(!fixture.ufs_file("/d/g").try_exists().unwrap());
}

#[tokio::test]
async fn a_rename_that_died_before_the_log_is_healed_by_a_comparison_with_the_store() {
    let mut fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    let before = fixture.journal.entries.lock().len();
    let (request, from, to) = (fixture.root(), path("/d/f"), path("/d/g"));
    let options = RenameOptions::default();
    fixture
        .master
        .rename(&request, &from, &to, options)
        .await
        .unwrap();
    crash_after(&mut fixture, before);
    let syncing = fixture.syncing();
    let options = ListStatusOptions::default();
    fixture.advance(std::time::Duration::from_secs(1));
    fixture
        .master
        .list_status(&syncing, &path("/d"), options)
        .await
        .unwrap();
    assert_eq!(names(&fixture, "/d").await, ["g"]);
}

#[tokio::test]
async fn a_persist_that_died_before_the_log_is_repeated() {
    let mut fixture = Fixture::new().await;
    fixture.write_async("/f", b"data").await;
    let before = fixture.journal.entries.lock().len();
    for round in 0..2 {
        let task = fixture.master.files_to_persist(10).remove(0);
        fixture.write_copy(&task, b"data");
        let persisted = fixture
            .master
            .persisted(task.file_id, task.mount_id, &task.temporary)
            .await;
        persisted.unwrap();
        assert_eq!(fixture.read_ufs("/f"), b"data");
        if round == 0 {
            crash_after(&mut fixture, before);
        }
    }
    assert!(
        fixture
            .status("/f")
            .await
            .unwrap()
            .ufs_fingerprint
            .starts_with("TYPE|FILE")
    );
}

#[tokio::test]
async fn a_replay_gives_the_state_that_was_there() {
    let mut fixture = Fixture::new().await;
    fixture.write_through("/d/p", b"p").await;
    fixture.write_file("/d/f", &[5, 2]).await;
    fixture.mount("/m", "other").await;
    fixture
        .delete("/d/f", DeleteOptions::default())
        .await
        .unwrap();
    let hash = fixture.master.state_hash();
    fixture.restart();
    assert_eq!(fixture.master.state_hash(), hash);
    assert_eq!(fixture.master.mounts().iter().count(), 2);
    let created = fixture.create("/after").await.unwrap();
    assert!(created.file_id.raw() > 0);
}

#[tokio::test]
async fn a_recursive_change_that_died_in_the_middle_is_finished_by_the_retry() {
    let mut fixture = Fixture::new().await;
    fixture.mkdir("/d").await.unwrap();
    fixture.write_file("/d/f", &[1]).await;
    let options = SetAttributeOptions {
        mode: Some(alluxio_common::Mode::from_bits(0o700)),
        recursive: true,
        ..SetAttributeOptions::default()
    };
    let before = fixture.journal.entries.lock().len();
    let (request, target) = (fixture.with_operation_id(9), path("/d"));
    for _try in 0..2 {
        let changed = fixture
            .master
            .set_attribute(&request, &target, options.clone());
        changed.await.unwrap();
        assert_eq!(fixture.status("/d/f").await.unwrap().mode.bits(), 0o700);
        crash_after(&mut fixture, before + 1);
        assert_eq!(fixture.status("/d").await.unwrap().mode.bits(), 0o700);
        assert_eq!(fixture.status("/d/f").await.unwrap().mode.bits(), 0o644);
    }
}
