//! What a store that hangs costs those who ask for something: the time of one answer.

use std::time::Duration;

use alluxio_common::Describe;
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};
use futures::FutureExt;

use super::super::store_work::LOOK_AFTER_SILENCE;
use super::super::testing::{Fixture, path};
use crate::error::FileSystemError;
use crate::file_system::{
    CreateDirectoryOptions, CreateFileOptions, DeleteOptions, Presence, RenameOptions, Request,
};
use crate::reservation::ReservedPath;

const SILENCE: Fault = Fault::Fail(UfsErrorKind::TimedOut);

/// More than what may follow the first silence.
const SOON: Duration = Duration::from_secs(6);

/// From now on the store answers nothing: `operation` after its time, what is asked then not at all.
fn hang(fixture: &Fixture, operation: UfsOperation) {
    let faults = &fixture.stores.faults;
    faults.add(FaultRule::on(operation, SILENCE).always());
    for look in [UfsOperation::Status, UfsOperation::List] {
        faults.add(FaultRule::on(look, Fault::Hang).always());
    }
}

fn is_to_be_compared(fixture: &Fixture) -> bool {
    let master = &fixture.master;
    master.read(|tree| !tree.settings().store_unknown.is_empty())
}

#[tokio::test(start_paused = true)]
async fn a_delete_waits_for_one_silence_and_what_it_has_done_is_compared_later() {
    assert!(LOOK_AFTER_SILENCE < SOON);
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    hang(&fixture, UfsOperation::DeleteFile);
    let deleted = fixture.delete("/d/f", DeleteOptions::default());
    let refused = tokio::time::timeout(SOON, deleted).await.unwrap();
    let refused = refused.unwrap_err();
    assert!(matches!(refused, FileSystemError::UfsDelete { .. }));
    assert!(is_to_be_compared(&fixture));
    assert!(fixture.master.reservations.is_empty());
    // The store has deleted it all the same.
    std::fs::remove_file(fixture.ufs_file("/d/f")).unwrap();
    fixture.stores.faults.clear();
    fixture.advance(Duration::from_secs(1));
    for _twice in 0..2 {
        fixture.master.compare_unknown().await;
    }
    assert!(fixture.status("/d/f").await.unwrap_err().is_not_found());
}

#[tokio::test(start_paused = true)]
async fn a_rename_waits_for_one_silence_and_goes_on_when_the_store_answers() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    hang(&fixture, UfsOperation::RenameFile);
    let (request, from, to) = (fixture.root(), path("/d/f"), path("/d/g"));
    let options = RenameOptions::default();
    let renamed = fixture.master.rename(&request, &from, &to, options);
    let failed = tokio::time::timeout(SOON, renamed).await.unwrap();
    let words = failed.unwrap_err().to_string();
    assert!(words.contains("by itself"), "{words}");
    fixture.stores.faults.clear();
    assert!(fixture.master.finish_store_work().await);
    assert_eq!(fixture.status("/d/f").await.unwrap().length, 1);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_takes_its_file_away_is_kept_waiting_a_moment() {
    let fixture = Fixture::new().await;
    let created = fixture.create_through("/d/f").await.unwrap();
    let hangs = FaultRule::on(UfsOperation::DeleteFile, Fault::Hang).always();
    fixture.stores.faults.add(hangs);
    let options = DeleteOptions {
        unchecked: true,
        inode: Some(created.file_id),
        ..DeleteOptions::default()
    };
    let deleted = fixture.delete("/d/f", options);
    tokio::time::timeout(SOON, deleted).await.unwrap().unwrap();
    assert!(fixture.status("/d/f").await.unwrap_err().is_not_found());
    assert!(fixture.master.reservations.is_empty());
}

#[tokio::test]
async fn an_incomplete_file_goes_though_its_store_stays_away() {
    let fixture = Fixture::new().await;
    fixture.create_through("/d/f").await.unwrap();
    let away = Fault::Fail(UfsErrorKind::Unavailable);
    for operation in [
        UfsOperation::Status,
        UfsOperation::List,
        UfsOperation::DeleteFile,
    ] {
        let rule = FaultRule::on(operation, away).always();
        fixture.stores.faults.add(rule);
    }
    let deleted = fixture.delete("/d/f", DeleteOptions::default());
    if deleted.await.is_err() {
        while !fixture.master.finish_store_work().await {}
    }
    fixture.stores.faults.clear();
    assert!(fixture.status("/d/f").await.unwrap_err().is_not_found());
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

#[tokio::test]
async fn who_waits_for_others_hears_that_the_store_does_not_answer() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    let held = fixture.master.reserve([ReservedPath::subtree(&path("/d"))]);
    let held = held.await.unwrap();
    let mut waiting = Box::pin(fixture.create_through("/d/g"));
    assert!(waiting.as_mut().now_or_never().is_none());
    let (store, resolution) = fixture.master.resolve_store(&path("/d")).unwrap();
    hang(&fixture, UfsOperation::SetMode);
    let asked = store.set_mode(&resolution.ufs_path, alluxio_common::Mode::from_bits(0o755));
    let unanswered = asked.await.unwrap_err();
    let told = waiting.await.unwrap_err();
    assert_eq!(told.to_string(), unanswered.to_string());
    assert_eq!(told.code(), unanswered.code());
    drop(held);
    assert!(fixture.master.reservations.is_empty());
    // It is not told for what others have heard before.
    fixture.stores.faults.clear();
    fixture.create_through("/d/g").await.unwrap();
}

#[tokio::test]
async fn who_needs_nothing_of_the_store_waits_for_its_turn() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    let held = fixture.master.reserve([ReservedPath::subtree(&path("/d"))]);
    let held = held.await.unwrap();
    let mut waiting = Box::pin(fixture.create("/d/g"));
    assert!(waiting.as_mut().now_or_never().is_none());
    hang(&fixture, UfsOperation::SetMode);
    let (store, resolution) = fixture.master.resolve_store(&path("/d")).unwrap();
    let asked = store.set_mode(&resolution.ufs_path, alluxio_common::Mode::from_bits(0o755));
    asked.await.unwrap_err();
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(held);
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_directory_in_a_store_that_hangs_waits_for_one_silence() {
    let fixture = Fixture::new().await;
    let silent = FaultRule::on(UfsOperation::Status, SILENCE).always();
    fixture.stores.faults.add(silent);
    let options = CreateDirectoryOptions {
        write_type: alluxio_common::WriteType::Through,
        ..CreateDirectoryOptions::default()
    };
    let (request, at) = (fixture.root(), path("/new"));
    let made = fixture.master.create_directory(&request, &at, options);
    let error = made.await.unwrap_err();
    assert!(matches!(error, FileSystemError::Ufs(_)), "{error}");
    assert_eq!(fixture.stores.faults.calls(UfsOperation::Mkdir), 0);
}

#[tokio::test]
async fn a_file_that_only_workers_get_waits_for_no_second_silence() {
    let fixture = Fixture::new().await;
    fixture.advance(Duration::from_mins(1));
    let faults = &fixture.stores.faults;
    faults.add(FaultRule::on(UfsOperation::Status, SILENCE).always());
    fixture.status("/f").await.unwrap_err();
    let asked = faults.calls(UfsOperation::Status);
    fixture.create("/f").await.unwrap();
    assert_eq!(faults.calls(UfsOperation::Status), asked);
    // Later it is asked again.
    fixture.advance(Duration::from_secs(11));
    fixture.create("/g").await.unwrap();
    assert!(faults.calls(UfsOperation::Status) > asked);
}

#[tokio::test]
async fn a_file_whose_caller_has_gone_while_the_store_was_waited_for_is_not_made() {
    let fixture = Fixture::new().await;
    let slow = Fault::Delay(Duration::from_millis(1));
    let rule = FaultRule::on(UfsOperation::Mkdir, slow).always();
    fixture.stores.faults.add(rule);
    let presence = Presence::of_caller();
    let request = Request {
        presence: presence.clone(),
        ..fixture.root()
    };
    let (at, options) = (
        path("/d/f"),
        CreateFileOptions {
            recursive: true,
            write_type: alluxio_common::WriteType::CacheThrough,
            ..CreateFileOptions::default()
        },
    );
    let mut create = Box::pin(fixture.master.create_file(&request, &at, options));
    while fixture.stores.faults.calls(UfsOperation::Mkdir) == 0 {
        assert!(create.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    assert!(presence.has_begun());
    presence.end();
    let error = create.await.unwrap_err();
    assert!(matches!(error, FileSystemError::Cancelled), "{error}");
    assert!(!fixture.ufs_file("/d").try_exists().unwrap());
    assert!(fixture.status("/d").await.unwrap_err().is_not_found());
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}
