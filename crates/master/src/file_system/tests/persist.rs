//! `docs/semantics.md`, "Persisting later".

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use alluxio_common::PersistenceState;

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{DeleteOptions, PersistRoom, RenameOptions, Scheduled};

#[tokio::test]
async fn a_copy_gets_the_name_that_the_file_has_when_it_is_ready() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/a").await.unwrap();
    fixture.mkdir("/b").await.unwrap();
    fixture.write_async("/a/f", b"data").await;
    let tasks = fixture
        .master
        .files_to_persist(PersistRoom::shared_by_all(10));
    assert_eq!(tasks.len(), 1);
    assert!(
        fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(10))
            .is_empty(),
        "it is handed out once"
    );
    let task = &tasks[0];
    assert!(
        task.temporary
            .to_string()
            .contains("/.alluxio_ufs_persistence/")
    );
    fixture.write_copy(task, b"data");
    let (request, from, to) = (fixture.root(), path("/a/f"), path("/b/g"));
    fixture
        .master
        .rename(&request, &from, &to, RenameOptions::default())
        .await
        .unwrap();
    fixture
        .master
        .persisted(task.file_id, task.mount_id, &task.temporary)
        .await
        .unwrap();
    assert_eq!(fixture.read_ufs("/b/g"), b"data");
    for persisted in ["/b/g", "/b"] {
        let info = fixture.status(persisted).await.unwrap();
        assert_eq!(info.persistence, PersistenceState::Persisted);
    }
    let state = fixture.status("/a").await.unwrap().persistence;
    assert_eq!(state, PersistenceState::NotPersisted);
    assert!(
        fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(10))
            .is_empty()
    );
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

#[tokio::test]
async fn the_copy_of_a_file_that_was_deleted_meanwhile_is_thrown_away() {
    let fixture = Fixture::new().await;
    fixture.write_async("/f", b"data").await;
    let task = fixture
        .master
        .files_to_persist(PersistRoom::shared_by_all(10))
        .remove(0);
    fixture.write_copy(&task, b"data");
    fixture
        .delete("/f", DeleteOptions::default())
        .await
        .unwrap();
    fixture
        .master
        .persisted(task.file_id, task.mount_id, &task.temporary)
        .await
        .unwrap();
    assert!(!fixture.ufs_file("/f").try_exists().unwrap());
    assert!(
        !std::path::Path::new(task.temporary.path())
            .try_exists()
            .unwrap()
    );
}

#[tokio::test]
async fn a_mode_that_is_set_while_the_copy_is_made_reaches_the_store() {
    let fixture = Fixture::new().await;
    fixture.write_async("/secret", b"data").await;
    let task = fixture
        .master
        .files_to_persist(PersistRoom::shared_by_all(10))
        .remove(0);
    fixture.write_copy(&task, b"data");
    fixture.set_mode("/secret", 0o600).await;
    fixture
        .master
        .persisted(task.file_id, task.mount_id, &task.temporary)
        .await
        .unwrap();
    let stored = std::fs::metadata(fixture.ufs_file("/secret")).unwrap();
    assert_eq!(stored.permissions().mode() & 0o777, 0o600);
    let info = fixture.status("/secret").await.unwrap();
    assert!(
        info.ufs_fingerprint.contains("MODE|384 "),
        "{}",
        info.ufs_fingerprint
    );
}

#[tokio::test]
async fn something_of_another_length_in_the_store_is_not_taken_for_the_copy() {
    let fixture = Fixture::new().await;
    fixture.write_async("/f", b"data").await;
    let task = fixture
        .master
        .files_to_persist(PersistRoom::shared_by_all(10))
        .remove(0);
    fixture.write_ufs("/f", b"something else");
    let persisted = fixture
        .master
        .persisted(task.file_id, task.mount_id, &task.temporary)
        .await;
    assert_eq!(
        persisted.unwrap_err().to_string(),
        "File f cannot have length 14"
    );
    let state = fixture.status("/f").await.unwrap().persistence;
    assert_eq!(state, PersistenceState::ToBePersisted);
}

#[tokio::test]
async fn a_failed_copy_is_tried_again_after_growing_pauses_and_given_up_in_the_end() {
    let fixture = Fixture::new().await;
    fixture.write_async("/f", b"data").await;
    let mut pauses = Vec::new();
    for _ in 0..4 {
        let task = fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(10))
            .remove(0);
        fixture
            .master
            .persist_failed(task.file_id, "no space")
            .await
            .unwrap();
        let mut pause = 0;
        while pause < 100 {
            fixture.advance(Duration::from_secs(1));
            pause += 1;
            let tasks = fixture
                .master
                .files_to_persist(PersistRoom::shared_by_all(10));
            if let Some(task) = tasks.first() {
                // Put back at once, without a failure of its own: only the pause is of interest.
                fixture.master.persist_postponed(task.file_id);
                break;
            }
        }
        pauses.push(pause);
    }
    assert_eq!(pauses, [1, 2, 4, 8]);
    fixture.advance(Duration::from_secs(86_400));
    let task = fixture
        .master
        .files_to_persist(PersistRoom::shared_by_all(10))
        .remove(0);
    fixture
        .master
        .persist_failed(task.file_id, "no space")
        .await
        .unwrap();
    let state = fixture.status("/f").await.unwrap().persistence;
    assert_eq!(state, PersistenceState::NotPersisted);
}

#[tokio::test]
async fn persisting_is_for_complete_files() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/d").await.unwrap();
    fixture.create("/inc").await.unwrap();
    fixture.write_through("/p", b"x").await;
    fixture.write_file("/f", &[1]).await;
    let schedule = async |text: &str| {
        let (request, target) = (fixture.root(), path(text));
        let scheduled = fixture
            .master
            .schedule_persist(&request, &target, Duration::ZERO)
            .await;
        scheduled.map_err(|error| error.to_string())
    };
    assert_eq!(
        schedule("/no").await.unwrap_err(),
        "Path \"/no\" does not exist."
    );
    assert_eq!(
        schedule("/d").await.unwrap_err(),
        "Path \"/d\" must be a file."
    );
    assert_eq!(
        schedule("/inc").await.unwrap_err(),
        "Cannot persist an incomplete Alluxio file: /inc"
    );
    assert_eq!(schedule("/p").await, Ok(Scheduled::Persisted));
    assert_eq!(schedule("/f").await, Ok(Scheduled::Waiting));
}

#[tokio::test]
async fn files_that_fail_do_not_hide_those_behind_them() {
    let fixture = Fixture::new().await;
    for index in 0..5 {
        fixture.write_async(&format!("/{index}"), b"data").await;
    }
    let next = || {
        fixture
            .master
            .files_to_persist_among(PersistRoom::shared_by_all(10), 2)
    };
    let mut tried = Vec::new();
    for _ in 0..3 {
        for task in next() {
            let failed = fixture.master.persist_failed(task.file_id, "no access");
            failed.await.unwrap();
            tried.push(task.path.to_string());
        }
    }
    assert_eq!(tried, ["/0", "/1", "/2", "/3", "/4"]);
    // Each has its turn again after its pause.
    fixture.advance(Duration::from_secs(2));
    let again: Vec<String> = (0..3)
        .flat_map(|_| next())
        .map(|task| task.path.to_string())
        .collect();
    assert_eq!(again.len(), 5);
}

#[tokio::test]
async fn a_file_that_is_deleted_during_its_pause_is_forgotten() {
    let fixture = Fixture::new().await;
    for name in ["/gone", "/stays", "/runs"] {
        fixture.write_async(name, b"data").await;
    }
    let tasks = fixture
        .master
        .files_to_persist(PersistRoom::shared_by_all(10));
    for task in &tasks[..2] {
        let failed = fixture.master.persist_failed(task.file_id, "no access");
        failed.await.unwrap();
    }
    for name in ["/gone", "/runs"] {
        let deleted = fixture.delete(name, DeleteOptions::default());
        deleted.await.unwrap();
    }
    assert!(
        fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(10))
            .is_empty()
    );
    let left = [tasks[1].file_id, tasks[2].file_id];
    assert_eq!(fixture.master.files_being_tried(), left);
    // Its copy is on its way until somebody says how it went.
    let failed = fixture.master.persist_failed(tasks[2].file_id, "gone");
    failed.await.unwrap();
    assert!(
        fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(10))
            .is_empty()
    );
    assert_eq!(fixture.master.files_being_tried(), left[..1]);
}

#[tokio::test]
async fn a_copy_that_is_ready_after_the_loss_of_its_file_is_the_file() {
    let fixture = Fixture::new().await;
    fixture.write_async("/f", b"data").await;
    let task = fixture
        .master
        .files_to_persist(PersistRoom::shared_by_all(10))
        .remove(0);
    fixture.write_copy(&task, b"data");
    fixture.blocks.cached.lock().clear();
    fixture.master.detect_lost_files().await.unwrap();
    let state = fixture.status("/f").await.unwrap().persistence;
    assert_eq!(state, PersistenceState::Lost);
    fixture
        .master
        .persisted(task.file_id, task.mount_id, &task.temporary)
        .await
        .unwrap();
    assert_eq!(fixture.read_ufs("/f"), b"data");
    let state = fixture.status("/f").await.unwrap().persistence;
    assert_eq!(state, PersistenceState::Persisted);
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

#[tokio::test]
async fn a_name_that_the_store_cannot_have_is_not_tried_again() {
    let fixture = Fixture::new().await;
    let name = format!("/{}", "a".repeat(256));
    fixture.write_async(&name, b"data").await;
    let next = || {
        fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(10))
    };
    let task = next().remove(0);
    fixture.write_copy(&task, b"data");
    let named = fixture
        .master
        .persisted(task.file_id, task.mount_id, &task.temporary);
    named.await.unwrap_err();
    let info = fixture.status(&name).await.unwrap();
    assert_eq!(info.persistence, PersistenceState::NotPersisted);
    fixture.advance(Duration::from_secs(3_600));
    assert!(next().is_empty());
    // Under another name it can be asked for again.
    let (request, from, to) = (fixture.root(), path(&name), path("/short"));
    let options = RenameOptions::default();
    let renamed = fixture.master.rename(&request, &from, &to, options);
    renamed.await.unwrap();
    let scheduled = fixture
        .master
        .schedule_persist(&request, &to, Duration::ZERO);
    assert_eq!(scheduled.await.unwrap(), Scheduled::Waiting);
    assert_eq!(next().len(), 1);
}

/// Nobody would delete them together with directories that, by the namespace, are in no store.
#[tokio::test]
async fn directories_of_a_persist_that_died_in_between_go_at_the_next_start() {
    let mut fixture = Fixture::new().await;
    fixture.mkdir("/a").await.unwrap();
    fixture.mkdir("/a/b").await.unwrap();
    fixture.write_async("/a/b/f", b"data").await;
    let task = fixture
        .master
        .files_to_persist(PersistRoom::shared_by_all(10))
        .remove(0);
    fixture.write_copy(&task, b"data");
    let entries = fixture.journal.entries.lock().len();
    let (file_id, temporary) = (task.file_id, &task.temporary);
    let named = fixture.master.persisted(file_id, task.mount_id, temporary);
    named.await.unwrap();
    // As it was when the directories had been made, and the copy had no name yet.
    std::fs::remove_file(fixture.ufs_file("/a/b/f")).unwrap();
    fixture.journal.entries.lock().truncate(entries + 1);
    fixture.restart();
    fixture.resume().await;
    assert!(!fixture.ufs_file("/a").try_exists().unwrap());
    let directory = fixture.status("/a/b").await.unwrap();
    assert_eq!(directory.persistence, PersistenceState::NotPersisted);
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}
