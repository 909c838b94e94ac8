//! `docs/semantics.md`, "Deleting".

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use alluxio_common::PersistenceState;
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};

use crate::error::FileSystemError;
use crate::file_system::testing::{Fixture, path};
use crate::file_system::{BlockRemoval, DeleteOptions, PersistRoom, RenameOptions};

const RECURSIVE: DeleteOptions = DeleteOptions {
    recursive: true,
    alluxio_only: false,
    unchecked: false,
    delete_mount_point: false,
    sync_parent_next_time: false,
    inode: None,
};

async fn delete(fixture: &Fixture, text: &str, options: DeleteOptions) -> String {
    let deleted = fixture.delete(text, options).await;
    deleted.map_or_else(|error| error.to_string(), |()| "ok".to_owned())
}

async fn tree() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.mkdir("/q").await.unwrap();
    fixture.mkdir("/q/d").await.unwrap();
    fixture.write_file("/q/f", &[80]).await;
    fixture.write_through("/q/d/p", b"persisted").await;
    fixture
}

#[tokio::test]
async fn delete_refuses_what_is_missing_or_not_empty() {
    let fixture = tree().await;
    let default = DeleteOptions::default();
    for options in [default, RECURSIVE] {
        assert_eq!(
            delete(&fixture, "/q/no", options).await,
            "Path \"/q/no\" does not exist."
        );
    }
    assert_eq!(
        delete(&fixture, "/q/d", default).await,
        "Cannot delete non-empty directory d because recursive is set to false"
    );
    assert_eq!(
        delete(&fixture, "/", default).await,
        "Cannot delete non-empty directory  because recursive is set to false"
    );
}

#[tokio::test]
async fn delete_refuses_mount_points_and_what_holds_them() {
    let fixture = tree().await;
    let store = fixture.mount("/q/rw", "rw").await;
    std::fs::write(Path::new(&store).join("inside"), b"x").unwrap();
    fixture.status("/q/rw/inside").await.unwrap();
    for text in ["/", "/q/rw", "/q"] {
        assert_eq!(
            delete(&fixture, text, RECURSIVE).await,
            format!(
                "Cannot delete path {text} which is or contains a mount point without \
                 --deleteMountPoint/-m option specified"
            )
        );
    }
    assert_eq!(
        delete(&fixture, "/q/rw", DeleteOptions::default()).await,
        "Cannot delete non-empty directory rw because recursive is set to false"
    );
    let with_mounts = DeleteOptions {
        delete_mount_point: true,
        ..RECURSIVE
    };
    assert_eq!(
        delete(&fixture, "/", with_mounts).await,
        "Cannot delete root directory"
    );
    assert_eq!(delete(&fixture, "/q", with_mounts).await, "ok");
    assert_eq!(fixture.master.mounts().iter().count(), 1);
    assert!(
        Path::new(&store).is_dir(),
        "the mounted directory itself is not ours"
    );
    assert!(!Path::new(&store).join("inside").try_exists().unwrap());
}

#[tokio::test]
async fn delete_of_a_directory_with_a_read_only_mount_names_the_mount() {
    let fixture = tree().await;
    let store = fixture.mount_read_only("/q/ro", "ro").await;
    let with_mounts = DeleteOptions {
        delete_mount_point: true,
        ..RECURSIVE
    };
    assert_eq!(
        delete(&fixture, "/q", with_mounts).await,
        format!(
            "Cannot delete directory /q. Failed to delete children: A write operation on /q/ro \
             under a readonly mount point MountInfo{{AlluxioURI=/q/ro, UfsURI={store}}} is not \
             allowed"
        )
    );
}

#[tokio::test]
async fn delete_in_a_read_only_mount_is_for_the_namespace_alone() {
    let fixture = tree().await;
    let store = fixture.mount_read_only("/q/ro", "ro").await;
    std::fs::write(Path::new(&store).join("rf"), b"x").unwrap();
    assert_eq!(
        delete(&fixture, "/q/ro/rf", DeleteOptions::default()).await,
        "A write operation on /q/ro/rf under a readonly mount point /q/ro is not allowed"
    );
    let alluxio_only = DeleteOptions {
        alluxio_only: true,
        ..DeleteOptions::default()
    };
    assert_eq!(delete(&fixture, "/q/ro/rf", alluxio_only).await, "ok");
    assert!(Path::new(&store).join("rf").try_exists().unwrap());
}

#[tokio::test]
async fn what_is_deleted_goes_from_the_store_and_from_the_workers() {
    let fixture = tree().await;
    let blocks = fixture.write_file("/q/d/cached", &[10, 3]).await;
    assert_eq!(delete(&fixture, "/q", RECURSIVE).await, "ok");
    assert!(!fixture.ufs_file("/q").try_exists().unwrap());
    assert!(fixture.status("/q/d/p").await.unwrap_err().is_not_found());
    fixture.master.reclaim().await.unwrap();
    let removed = fixture.blocks.removed.lock();
    for block in blocks {
        assert!(removed.contains(&(block, BlockRemoval::Delete)));
    }
}

#[tokio::test]
async fn delete_only_in_alluxio_leaves_the_store_alone() {
    let fixture = tree().await;
    let alluxio_only = DeleteOptions {
        alluxio_only: true,
        ..RECURSIVE
    };
    assert_eq!(delete(&fixture, "/q", alluxio_only).await, "ok");
    assert_eq!(fixture.read_ufs("/q/d/p"), b"persisted");
    // It is found again at once, also right after a delete of its own.
    for _ in 0..2 {
        let found_again = fixture.status("/q/d/p").await.unwrap();
        assert_eq!(found_again.persistence, PersistenceState::Persisted);
        assert_eq!(delete(&fixture, "/q/d/p", alluxio_only).await, "ok");
    }
}

#[tokio::test]
async fn whoever_says_which_file_to_delete_deletes_no_other() {
    let fixture = tree().await;
    let meant = fixture.status("/q/f").await.unwrap().file_id;
    assert_eq!(
        delete(&fixture, "/q/f", DeleteOptions::default()).await,
        "ok"
    );
    fixture.write_file("/q/f", &[80]).await;
    let of_inode = |inode| DeleteOptions {
        inode: Some(inode),
        ..DeleteOptions::default()
    };
    assert_eq!(
        delete(&fixture, "/q/f", of_inode(meant)).await,
        "Path \"/q/f\" does not exist."
    );
    let there = fixture.status("/q/f").await.unwrap().file_id;
    assert_eq!(delete(&fixture, "/q/f", of_inode(there)).await, "ok");
}

#[tokio::test]
async fn a_directory_with_unknown_files_in_the_store_is_not_deleted_unless_unchecked() {
    let fixture = tree().await;
    fixture.write_through("/q/d/sub/known", b"k").await;
    fixture.write_ufs("/q/d/sub/unknown", b"u");
    let error = fixture.delete("/q/d", RECURSIVE).await.unwrap_err();
    assert!(matches!(error, FileSystemError::UfsDelete { .. }));
    assert_eq!(
        error.to_string(),
        "Failed to delete 2 paths from the under file system: /q/d/sub (UFS dir not in sync. Sync \
         UFS, or delete with unchecked flag.), /q/d (Directory not empty)"
    );
    assert!(
        fixture.ufs_file("/q/d/p").try_exists().unwrap(),
        "nothing was deleted"
    );
    let unchecked = DeleteOptions {
        unchecked: true,
        ..RECURSIVE
    };
    assert_eq!(delete(&fixture, "/q/d", unchecked).await, "ok");
    assert!(!fixture.ufs_file("/q/d").try_exists().unwrap());
}

#[tokio::test]
async fn what_has_no_name_in_the_namespace_keeps_its_directory_in_the_store() {
    use std::os::unix::ffi::OsStrExt;

    let fixture = tree().await;
    for directory in ["/q/odd", "/q/special"] {
        fixture
            .write_through(&format!("{directory}/known"), b"k")
            .await;
    }
    let odd = std::ffi::OsStr::from_bytes(b"bad\xff");
    let odd = fixture.ufs_file("/q/odd").join(odd);
    std::fs::write(&odd, b"unseen").unwrap();
    let socket = fixture.ufs_file("/q/special").join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for directory in ["/q/odd", "/q/special"] {
        let error = fixture.delete(directory, RECURSIVE).await.unwrap_err();
        let sentence = format!(
            "Failed to delete 1 paths from the under file system: {directory} (UFS dir not in \
             sync. Sync UFS, or delete with unchecked flag.)"
        );
        assert_eq!(error.to_string(), sentence);
    }
    assert!(odd.try_exists().unwrap() && socket.try_exists().unwrap());
    let unchecked = DeleteOptions {
        unchecked: true,
        ..RECURSIVE
    };
    assert_eq!(delete(&fixture, "/q", unchecked).await, "ok");
    assert!(!odd.try_exists().unwrap() && !socket.try_exists().unwrap());
}

#[tokio::test]
async fn delete_needs_write_on_the_directory_and_on_what_is_in_it() {
    let fixture = tree().await;
    let alice = fixture.user("alice");
    let denied = async |text: &str, options| {
        let target = path(text);
        let deleted = fixture.master.delete(&alice, &target, options);
        deleted.await.unwrap_err().to_string()
    };
    assert_eq!(
        denied("/q/f", DeleteOptions::default()).await,
        "Permission denied: user=alice, access=-w-, path=/q/f: failed at q, inode owner=root, \
         inode group=root, inode mode=rwxr-xr-x"
    );
    fixture.set_mode("/q", 0o777).await;
    assert_eq!(
        denied("/q/d", RECURSIVE).await,
        "Cannot delete directory /q/d. Failed to delete children: Permission denied: user=alice, \
         access=-w-, path=/q/d/p: failed at p, inode owner=root, inode group=root, inode \
         mode=rw-r--r--"
    );
}

#[tokio::test]
async fn a_retried_delete_succeeds_and_another_one_does_not() {
    let fixture = tree().await;
    let request = fixture.with_operation_id(9);
    let file = path("/q/f");
    let delete = || {
        fixture
            .master
            .delete(&request, &file, DeleteOptions::default())
    };
    delete().await.unwrap();
    delete().await.unwrap();
    assert!(
        fixture
            .delete("/q/f", DeleteOptions::default())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn after_a_delete_its_directory_need_not_be_listed_from_the_store_again() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/a", b"a").await;
    fixture.write_through("/d/b", b"b").await;
    fixture
        .delete("/d/a", DeleteOptions::default())
        .await
        .unwrap();
    let loaded = fixture
        .master
        .read(|tree| tree.find(&path("/d")).unwrap().children_loaded());
    assert!(loaded);
}

/// Has stores refuse this from now on.
fn refuse(fixture: &Fixture, operation: UfsOperation) {
    let fault = Fault::Fail(UfsErrorKind::PermissionDenied);
    let rule = FaultRule::on(operation, fault).always();
    fixture.stores.faults.add(rule);
}

#[tokio::test]
async fn a_file_whose_delete_the_store_refuses_stays_as_it_was() {
    let fixture = tree().await;
    fixture.set_mode("/q/d/p", 0o640).await;
    let before = fixture.status("/q/d/p").await.unwrap();
    refuse(&fixture, UfsOperation::DeleteFile);
    let options = DeleteOptions::default();
    let error = fixture.delete("/q/d/p", options).await.unwrap_err();
    assert!(matches!(error, FileSystemError::UfsDelete { .. }));
    assert_eq!(fixture.status("/q/d/p").await.unwrap(), before);
    fixture.stores.faults.clear();
    assert_eq!(delete(&fixture, "/q/d/p", options).await, "ok");
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

#[tokio::test]
async fn a_directory_whose_delete_the_store_refuses_keeps_what_only_workers_have() {
    let fixture = tree().await;
    fixture.write_through("/q/d/gone", b"g").await;
    let blocks = fixture.write_file("/q/d/unsaved", &[5]).await;
    let [before, unsaved] = ["/q/d/p", "/q/d/unsaved"].map(|text| fixture.status(text));
    let (before, unsaved) = (before.await.unwrap(), unsaved.await.unwrap());
    fixture.advance(Duration::from_secs(1));
    refuse(&fixture, UfsOperation::DeleteDirectory);
    // The store has got so far.
    std::fs::remove_file(fixture.ufs_file("/q/d/gone")).unwrap();
    let error = fixture.delete("/q/d", RECURSIVE).await.unwrap_err();
    assert!(matches!(error, FileSystemError::UfsDelete { .. }));
    assert_eq!(fixture.status("/q/d/p").await.unwrap(), before);
    assert_eq!(fixture.status("/q/d/unsaved").await.unwrap(), unsaved);
    assert!(
        fixture
            .status("/q/d/gone")
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(fixture.blocks.cached.lock().contains(&blocks[0]));
}

#[tokio::test]
async fn a_delete_whose_answer_is_lost_has_happened() {
    let fixture = tree().await;
    fixture.advance(Duration::from_secs(1));
    let fault = Fault::LoseAnswer(UfsErrorKind::TimedOut);
    let rule = FaultRule::on(UfsOperation::DeleteFile, fault).always();
    fixture.stores.faults.add(rule);
    let options = DeleteOptions::default();
    assert_eq!(delete(&fixture, "/q/d/p", options).await, "ok");
    assert!(fixture.status("/q/d/p").await.unwrap_err().is_not_found());
}

/// A file whose copy has got its name in the store, but not in the journal.
async fn with_a_named_copy() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.mkdir("/d").await.unwrap();
    fixture.write_async("/d/f", b"data").await;
    let room = PersistRoom::shared_by_all(1);
    let task = fixture.master.files_to_persist(room).remove(0);
    fixture.write_copy(&task, b"data");
    let fault = Fault::Fail(UfsErrorKind::Unavailable);
    let rule = FaultRule::on(UfsOperation::Status, fault).always();
    fixture.stores.faults.add(rule);
    let persisted = fixture
        .master
        .persisted(task.file_id, task.mount_id, &task.temporary);
    persisted.await.unwrap_err();
    fixture.stores.faults.clear();
    assert_eq!(fixture.read_ufs("/d/f"), b"data");
    let state = fixture.status("/d/f").await.unwrap().persistence;
    assert_eq!(state, PersistenceState::ToBePersisted);
    fixture
}

#[tokio::test]
async fn what_persisting_has_named_goes_with_its_file() {
    for (deleted, restarts) in [("/d/f", false), ("/d", false), ("/d/f", true)] {
        let mut fixture = with_a_named_copy().await;
        if restarts {
            fixture.restart();
        }
        assert_eq!(delete(&fixture, deleted, RECURSIVE).await, "ok");
        assert!(!fixture.ufs_file("/d/f").try_exists().unwrap());
        assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
    }
}

#[tokio::test]
async fn what_persisting_has_named_does_not_stay_behind_when_its_file_moves() {
    for (from, to) in [("/d/f", "/d/g"), ("/d", "/e")] {
        let fixture = with_a_named_copy().await;
        let (request, from, to) = (fixture.root(), path(from), path(to));
        let options = RenameOptions::default();
        let renamed = fixture.master.rename(&request, &from, &to, options);
        renamed.await.unwrap();
        assert!(!fixture.ufs_file("/d/f").try_exists().unwrap());
        assert!(fixture.master.read(|tree| tree.find(&to).is_some()));
        assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
    }
}

#[tokio::test]
async fn what_persisting_has_named_is_found_while_a_writer_waits_for_the_tree() {
    let fixture = with_a_named_copy().await;
    let (sender, receiver) = mpsc::channel();
    let master = Arc::clone(&fixture.master);
    thread::spawn(move || {
        let found = master.read(|tree| {
            let writer = Arc::clone(&master);
            thread::spawn(move || drop(writer.namespace.write()));
            // Readers are not let in any more as soon as it waits.
            while master.namespace.try_read().is_some() {
                thread::yield_now();
            }
            let file = tree.find(&path("/d/f")).unwrap();
            let mounts = master.mounts.load();
            master.copies_to_delete(tree, &mounts, file).len()
        });
        sender.send(found).unwrap();
    });
    // Longer than any of it takes; a lock that is taken twice is never given back.
    assert_eq!(receiver.recv_timeout(Duration::from_secs(20)), Ok(1));
}

#[tokio::test]
async fn a_lost_file_that_was_not_to_be_persisted_leaves_the_store_alone() {
    let mut fixture = Fixture::new().await;
    let blocks = fixture.write_file("/f", &[4]).await;
    fixture.blocks.cached.lock().clear();
    fixture.master.blocks_lost(&blocks).await.unwrap();
    fixture.restart();
    fixture.write_ufs("/f", b"of somebody else");
    assert_eq!(delete(&fixture, "/f", RECURSIVE).await, "ok");
    assert_eq!(fixture.read_ufs("/f"), b"of somebody else");
}

#[tokio::test]
async fn a_file_that_waits_to_be_persisted_is_deleted_while_its_store_is_away() {
    let fixture = with_a_named_copy().await;
    refuse(&fixture, UfsOperation::DeleteFile);
    assert_eq!(delete(&fixture, "/d/f", RECURSIVE).await, "ok");
}
