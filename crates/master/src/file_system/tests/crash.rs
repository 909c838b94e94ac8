//! `docs/semantics.md`, "Crashes": the process dies between the steps of an operation.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use alluxio_common::{Access, Tasks, UfsPath};
use alluxio_journal::CheckpointSource;
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};
use futures::FutureExt;

use crate::error::FileSystemError;
use crate::file_system::store_work::TRIES;
use crate::file_system::testing::{Fixture, path};
use crate::file_system::{
    AclEntry, AclSubject, DeleteOptions, Depth, GetStatusOptions, ListStatusOptions, PersistRoom,
    RenameOptions, SetAcl, SetAclAction, SetAttributeOptions,
};
use crate::inode::InodeTree;

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

/// A namespace that logged that the store was about to delete `/d/gone`, for the operation id 9,
/// and died before it was reached. `/d/keep` stays.
async fn died_in_a_delete() -> Fixture {
    let mut fixture = Fixture::new().await;
    fixture.write_through("/d/keep", b"k").await;
    fixture.write_through("/d/gone", b"g").await;
    assert_eq!(names(&fixture, "/d").await, ["gone", "keep"]);
    let before = fixture.journal.entries.lock().len();
    delete_gone(&fixture).await.unwrap();
    fixture.write_ufs("/d/gone", b"g");
    crash_after(&mut fixture, before + 1);
    fixture
}

async fn delete_gone(fixture: &Fixture) -> Result<(), FileSystemError> {
    let (request, gone) = (fixture.with_operation_id(9), path("/d/gone"));
    let options = DeleteOptions::default();
    fixture.master.delete(&request, &gone, options).await
}

#[tokio::test]
async fn a_delete_that_died_before_the_store_is_finished_at_the_next_start() {
    let fixture = died_in_a_delete().await;
    fixture.resume().await;
    assert!(!fixture.ufs_file("/d/gone").try_exists().unwrap());
    assert_eq!(names(&fixture, "/d").await, ["keep"]);
    // The retry of a client that never heard of the first try, and once more.
    for _ in 0..2 {
        delete_gone(&fixture).await.unwrap();
    }
    let again = fixture.delete("/d/gone", DeleteOptions::default()).await;
    assert!(again.unwrap_err().is_not_found());
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

#[tokio::test]
async fn a_retry_waits_until_a_delete_has_reached_the_store() {
    let fixture = died_in_a_delete().await;
    fixture.master.resume_store_work().await;
    let mut retry = Box::pin(delete_gone(&fixture));
    assert!(retry.as_mut().now_or_never().is_none());
    // Nobody makes another file meanwhile.
    let create = fixture.create_through("/d/gone").now_or_never();
    assert!(create.is_none());
    assert!(fixture.master.finish_store_work().await);
    retry.await.unwrap();
    assert!(!fixture.ufs_file("/d/gone").try_exists().unwrap());
}

#[tokio::test]
async fn what_others_wrote_after_a_delete_that_died_is_theirs() {
    let fixture = died_in_a_delete().await;
    let file = std::fs::File::options()
        .write(true)
        .open(fixture.ufs_file("/d/gone"));
    let later = Duration::from_millis(fixture.now().millis().unsigned_abs() + 1);
    let later = std::time::UNIX_EPOCH + later;
    file.unwrap().set_modified(later).unwrap();
    fixture.resume().await;
    assert_eq!(fixture.read_ufs("/d/gone"), b"g");
    assert_eq!(names(&fixture, "/d").await, ["gone", "keep"]);
    // The delete has not happened; its retry deletes what is shown now.
    delete_gone(&fixture).await.unwrap();
    assert_eq!(names(&fixture, "/d").await, ["keep"]);
    assert!(!fixture.ufs_file("/d/gone").try_exists().unwrap());
}

#[tokio::test]
async fn a_store_that_hangs_holds_up_only_its_own_pending_work() {
    let mut fixture = Fixture::new().await;
    fixture.write_through("/hung", b"data").await;
    let other = fixture.mount("/m", "other").await;
    let file = std::path::PathBuf::from(other).join("f");
    std::fs::write(&file, b"data").unwrap();
    fixture.status("/m/f").await.unwrap();
    let faults = Arc::clone(&fixture.stores.faults);
    let hangs = FaultRule::on(UfsOperation::DeleteFile, Fault::Hang).always();
    faults.add(hangs.clone());
    // The master dies while both stores are at work.
    for (begun, name) in ["/hung", "/m/f"].into_iter().enumerate() {
        let mut deletion = Box::pin(fixture.delete(name, DeleteOptions::default()));
        while faults.calls(UfsOperation::DeleteFile) == begun as u64 {
            assert!(deletion.as_mut().now_or_never().is_none());
            tokio::task::yield_now().await;
        }
    }
    fixture.restart();
    faults.clear();
    let root = UfsPath::parse(&fixture.ufs("/")).unwrap();
    faults.add(hangs.below(&root));
    let tasks = Tasks::new();
    fixture.master.resume_store_work().await;
    fixture.master.start_store_work(&tasks);
    let is_deleted = async {
        while file.try_exists().unwrap() {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), is_deleted);
    in_time.await.unwrap();
    assert_eq!(fixture.read_ufs("/hung"), b"data");
    tasks.shutdown().await;
}

#[tokio::test]
async fn a_delete_of_a_mounted_directory_goes_on_in_its_store_after_a_crash() {
    let mut fixture = Fixture::new().await;
    let store = fixture.mount("/m", "other").await;
    let inside = std::path::Path::new(&store).join("inside");
    std::fs::write(&inside, b"x").unwrap();
    fixture.status("/m/inside").await.unwrap();
    let before = fixture.journal.entries.lock().len();
    let options = DeleteOptions {
        recursive: true,
        delete_mount_point: true,
        ..DeleteOptions::default()
    };
    fixture.delete("/m", options).await.unwrap();
    std::fs::write(&inside, b"x").unwrap();
    crash_after(&mut fixture, before + 1);
    assert_eq!(fixture.master.mounts().iter().count(), 2);
    fixture.resume().await;
    assert_eq!(fixture.master.mounts().iter().count(), 1);
    assert!(!inside.try_exists().unwrap());
    assert!(std::path::Path::new(&store).is_dir());
}

#[tokio::test]
async fn a_delete_whose_end_cannot_be_logged_ends_later() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/gone", b"g").await;
    let entries = fixture.journal.entries.lock().len();
    fixture.journal.room.store(entries + 1, Ordering::SeqCst);
    delete_gone(&fixture).await.unwrap_err();
    assert!(!fixture.master.finish_store_work().await);
    let mut retry = Box::pin(delete_gone(&fixture));
    assert!(retry.as_mut().now_or_never().is_none());
    fixture.journal.room.store(usize::MAX, Ordering::SeqCst);
    assert!(fixture.master.finish_store_work().await);
    retry.await.unwrap();
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

/// Fails whatever is asked about `/d` in the store from now on.
fn loses_its_store(fixture: &Fixture, fault: Fault) {
    let below = UfsPath::parse(&fixture.ufs("/d")).unwrap();
    for operation in [UfsOperation::Status, UfsOperation::List] {
        let away = Fault::Fail(UfsErrorKind::Unavailable);
        let rule = FaultRule::on(operation, away).below(&below).always();
        fixture.stores.faults.add(rule);
    }
    let rule = FaultRule::on(UfsOperation::DeleteDirectory, fault).below(&below);
    fixture.stores.faults.add(rule.always());
}

#[tokio::test]
async fn a_delete_in_a_store_that_goes_away_is_finished_when_it_is_back() {
    let unavailable = UfsErrorKind::Unavailable;
    for fault in [Fault::LoseAnswer(unavailable), Fault::Fail(unavailable)] {
        let mut fixture = Fixture::new().await;
        fixture.write_through("/d/f", b"f").await;
        loses_its_store(&fixture, fault);
        let options = DeleteOptions {
            recursive: true,
            unchecked: true,
            ..DeleteOptions::default()
        };
        let error = fixture.delete("/d", options).await.unwrap_err();
        // What has become of it is not known.
        assert!(matches!(error, FileSystemError::Ufs(_)), "{error}");
        assert!(!fixture.master.finish_store_work().await);
        fixture.restart();
        fixture.stores.faults.clear();
        fixture.resume().await;
        assert_eq!(names(&fixture, "/").await, [""; 0]);
        assert!(!fixture.ufs_file("/d").try_exists().unwrap());
    }
}

#[tokio::test]
async fn a_store_that_stays_away_keeps_nobody_from_a_name_for_ever() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    loses_its_store(&fixture, Fault::Fail(UfsErrorKind::Unavailable));
    let options = DeleteOptions {
        recursive: true,
        unchecked: true,
        ..DeleteOptions::default()
    };
    let error = fixture.delete("/d", options).await.unwrap_err();
    assert!(error.to_string().contains("by itself"), "{error}");
    let mut tries = 1;
    while !fixture.master.finish_store_work().await {
        tries += 1;
    }
    assert_eq!(tries, TRIES);
}

#[tokio::test]
async fn a_delete_in_a_store_that_hangs_keeps_nobody_from_the_directory_above() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    let silence = Fault::Fail(UfsErrorKind::TimedOut);
    for operation in [
        UfsOperation::Status,
        UfsOperation::List,
        UfsOperation::DeleteFile,
    ] {
        let rule = FaultRule::on(operation, silence).always();
        fixture.stores.faults.add(rule);
    }
    let refused = fixture.delete("/d/f", DeleteOptions::default()).await;
    assert!(matches!(
        refused.unwrap_err(),
        FileSystemError::UfsDelete { .. }
    ));
    assert!(fixture.master.finish_store_work().await);
    fixture.stores.faults.clear();
    assert_eq!(names(&fixture, "/d").await, ["f"]);
}

#[tokio::test]
async fn a_move_of_which_nobody_knows_is_not_given_up_because_of_old_keys() {
    let fixture = died_in_a_rename().await;
    let refused = Fault::Fail(UfsErrorKind::PermissionDenied);
    let rule = FaultRule::on(UfsOperation::Status, refused).always();
    fixture.stores.faults.add(rule);
    fixture.resume().await;
    assert!(!fixture.master.finish_store_work().await);
    // The keys were put right.
    fixture.stores.faults.clear();
    assert!(fixture.master.finish_store_work().await);
    assert_eq!(names(&fixture, "/d").await, ["g"]);
}

#[tokio::test]
async fn a_move_in_a_store_that_hangs_keeps_its_paths_for_an_hour() {
    let fixture = died_in_a_rename().await;
    let silence = Fault::Fail(UfsErrorKind::TimedOut);
    let rule = FaultRule::on(UfsOperation::Status, silence).always();
    fixture.stores.faults.add(rule);
    fixture.resume().await;
    fixture.advance(Duration::from_mins(59));
    assert!(!fixture.master.finish_store_work().await);
    fixture.advance(Duration::from_mins(1));
    assert!(fixture.master.finish_store_work().await);
    assert!(fixture.master.reservations.is_empty());
}

#[tokio::test]
async fn a_move_of_which_nobody_knows_is_shown_when_the_store_is_back() {
    let mut fixture = died_in_a_rename().await;
    let away = Fault::Fail(UfsErrorKind::Unavailable);
    let rule = FaultRule::on(UfsOperation::Status, away).always();
    fixture.stores.faults.add(rule);
    fixture.resume().await;
    while !fixture.master.finish_store_work().await {}
    fixture.stores.faults.clear();
    fixture.restart();
    assert_eq!(names(&fixture, "/d").await, ["f", "g"]);
    fixture.advance(Duration::from_secs(1));
    fixture.master.compare_unknown().await;
    assert_eq!(names(&fixture, "/d").await, ["g"]);
}

#[tokio::test]
async fn a_delete_that_died_before_the_log_has_changed_nothing() {
    let mut fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    fixture.journal.fails.store(true, Ordering::SeqCst);
    fixture
        .delete("/d/f", DeleteOptions::default())
        .await
        .unwrap_err();
    assert_eq!(fixture.read_ufs("/d/f"), b"f");
    fixture.journal.fails.store(false, Ordering::SeqCst);
    fixture.restart();
    assert_eq!(fixture.status("/d/f").await.unwrap().length, 1);
}

#[tokio::test]
async fn a_rename_whose_log_fails_is_taken_back_in_the_store() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    fixture.journal.fails.store(true, Ordering::SeqCst);
    let (request, from, to) = (fixture.root(), path("/d/f"), path("/d/g"));
    let renamed = fixture
        .master
        .rename(&request, &from, &to, RenameOptions::default());
    renamed.await.unwrap_err();
    assert_eq!(fixture.read_ufs("/d/f"), b"f");
    assert!(!fixture.ufs_file("/d/g").try_exists().unwrap());
}

async fn rename_f(fixture: &Fixture) -> Result<(), FileSystemError> {
    let (request, from, to) = (fixture.with_operation_id(9), path("/d/f"), path("/d/g"));
    let options = RenameOptions::default();
    fixture.master.rename(&request, &from, &to, options).await
}

/// A namespace that logged that the store was about to rename `/d/f` to `/d/g`, and died before it
/// could follow. The store has done it.
async fn died_in_a_rename() -> Fixture {
    let mut fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    let before = fixture.journal.entries.lock().len();
    rename_f(&fixture).await.unwrap();
    crash_after(&mut fixture, before + 1);
    assert_eq!(names(&fixture, "/d").await, ["f"]);
    fixture
}

#[tokio::test]
async fn a_rename_that_died_behind_the_store_is_finished_at_the_next_start() {
    let fixture = died_in_a_rename().await;
    let id = fixture.status("/d/f").await.unwrap().file_id;
    fixture.resume().await;
    assert_eq!(names(&fixture, "/d").await, ["g"]);
    assert_eq!(fixture.status("/d/g").await.unwrap().file_id, id);
    for _retry in 0..2 {
        rename_f(&fixture).await.unwrap();
    }
    assert_eq!(fixture.read_ufs("/d/g"), b"f");
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

#[tokio::test]
async fn a_rename_that_died_before_the_store_is_done_by_its_retry() {
    let fixture = died_in_a_rename().await;
    std::fs::rename(fixture.ufs_file("/d/g"), fixture.ufs_file("/d/f")).unwrap();
    fixture.resume().await;
    assert_eq!(names(&fixture, "/d").await, ["f"]);
    rename_f(&fixture).await.unwrap();
    assert_eq!(names(&fixture, "/d").await, ["g"]);
    assert_eq!(fixture.read_ufs("/d/g"), b"f");
}

#[tokio::test]
async fn a_rename_whose_end_cannot_be_logged_ends_later() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"f").await;
    let entries = fixture.journal.entries.lock().len();
    fixture.journal.room.store(entries + 1, Ordering::SeqCst);
    rename_f(&fixture).await.unwrap_err();
    fixture.journal.room.store(usize::MAX, Ordering::SeqCst);
    let mut retry = Box::pin(rename_f(&fixture));
    assert!(retry.as_mut().now_or_never().is_none());
    assert!(fixture.master.finish_store_work().await);
    retry.await.unwrap();
    assert_eq!(names(&fixture, "/d").await, ["g"]);
}

#[tokio::test]
async fn what_is_pending_in_a_store_is_in_a_checkpoint_too() {
    let fixture = died_in_a_rename().await;
    let hash = fixture.master.state_hash();
    let mut checkpoint = fixture.master.begin_checkpoint().unwrap();
    let mut sink = super::checkpoint::MemorySink::default();
    checkpoint.write_sections(&mut sink).unwrap();
    let tree = sink.load_tree();
    assert_eq!(tree.settings().store_renames.len(), 1);
    assert_eq!(tree.state_hash(), hash);
}

#[tokio::test]
async fn a_persist_that_died_before_the_log_is_repeated() {
    let mut fixture = Fixture::new().await;
    fixture.write_async("/f", b"data").await;
    let before = fixture.journal.entries.lock().len();
    for round in 0..2 {
        let task = fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(10))
            .remove(0);
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

#[tokio::test]
async fn a_recursive_change_of_lists_that_died_in_the_middle_is_finished_by_the_retry() {
    let mut fixture = Fixture::new().await;
    fixture.mkdir("/d").await.unwrap();
    fixture.write_file("/d/f", &[1]).await;
    let change = SetAcl {
        action: SetAclAction::Modify,
        entries: vec![AclEntry {
            subject: AclSubject::User("bob".to_owned()),
            access: Access::ALL,
            is_default: false,
        }],
        recursive: true,
    };
    let has_bob = |fixture: &Fixture, text: &str| {
        let acl = |tree: &InodeTree| tree.find(&path(text)).unwrap().acl().cloned();
        let acl = fixture.master.read(acl);
        acl.is_some_and(|acl| acl.users.contains_key("bob"))
    };
    let before = fixture.journal.entries.lock().len();
    let (request, target) = (fixture.with_operation_id(9), path("/d"));
    for _try in 0..2 {
        fixture
            .master
            .set_acl(&request, &target, &change)
            .await
            .unwrap();
        assert!(has_bob(&fixture, "/d/f"));
        crash_after(&mut fixture, before + 1);
        assert!(has_bob(&fixture, "/d") && !has_bob(&fixture, "/d/f"));
    }
}

/// A namespace that died before it could note that `/d/f`, written through, is complete.
async fn died_in_a_completion() -> Fixture {
    let mut fixture = Fixture::new().await;
    fixture.create_through("/d/f").await.unwrap();
    let before = fixture.journal.entries.lock().len();
    fixture.finish_through("/d/f", b"whole").await;
    crash_after(&mut fixture, before);
    fixture.resume().await;
    assert!(!fixture.status("/d/f").await.unwrap().completed);
    fixture
}

/// Has the store say that `/d/f` was written so long ago.
fn write_before(fixture: &Fixture, age: Duration) {
    let file = std::fs::File::options()
        .write(true)
        .open(fixture.ufs_file("/d/f"));
    let now = Duration::from_millis(fixture.now().millis().unsigned_abs());
    let modified = std::time::UNIX_EPOCH + (now - age);
    file.unwrap().set_modified(modified).unwrap();
}

#[tokio::test]
async fn a_completion_that_died_before_the_log_is_done_by_its_retry() {
    let fixture = died_in_a_completion().await;
    fixture.finish_through("/d/f", b"whole").await;
    assert_eq!(fixture.status("/d/f").await.unwrap().length, 5);
}

#[tokio::test]
async fn a_file_that_a_dead_writer_left_in_the_store_can_be_read_after_a_while() {
    let fixture = died_in_a_completion().await;
    let open = async || {
        let options = GetStatusOptions {
            access: Access::READ,
            ..GetStatusOptions::default()
        };
        let (request, file) = (fixture.root(), path("/d/f"));
        let status = fixture.master.get_status(&request, &file, options).await;
        status.unwrap()
    };
    // Its writer may still be about to say so.
    write_before(&fixture, Duration::ZERO);
    fixture.advance(Duration::from_secs(599));
    assert!(!open().await.completed);
    fixture.advance(Duration::from_secs(1));
    let file = open().await;
    assert!(file.completed);
    assert_eq!((file.length, file.ufs_fingerprint.is_empty()), (5, false));
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

#[tokio::test]
async fn a_comparison_with_the_store_finds_what_a_dead_writer_left() {
    let fixture = died_in_a_completion().await;
    write_before(&fixture, Duration::ZERO);
    fixture.advance(Duration::from_secs(600));
    let (request, file) = (fixture.root(), path("/d/f"));
    // The comparison has reserved the path that it completes.
    let compared = fixture.master.sync_metadata(&request, &file, Depth::This);
    tokio::time::timeout(Duration::from_secs(20), compared)
        .await
        .expect("nobody waits for himself")
        .unwrap();
    assert!(fixture.status("/d/f").await.unwrap().completed);
}

#[tokio::test]
async fn what_was_in_the_store_before_a_file_was_created_is_not_what_its_writer_left() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/known", b"k").await;
    names(&fixture, "/d").await;
    fixture.write_ufs("/d/f", b"of somebody else");
    write_before(&fixture, Duration::from_secs(600));
    // The directory has been listed, so that nobody asks the store.
    fixture.create_through("/d/f").await.unwrap();
    let options = GetStatusOptions {
        access: Access::READ,
        ..GetStatusOptions::default()
    };
    let (request, file) = (fixture.root(), path("/d/f"));
    let status = fixture.master.get_status(&request, &file, options).await;
    assert!(!status.unwrap().completed);
}
