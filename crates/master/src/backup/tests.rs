//! What a backup promises.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Clock, Describe, ErrorCode, ManualClock, Tasks, Timestamp, UfsPath};
use alluxio_journal::{Journal, NoopJournal};
use alluxio_ufs::{UfsProperties, UnderFileSystem};
use parking_lot::RwLock;

use super::*;
use crate::file_system::Namespace;
use crate::file_system::testing::Fixture;

fn backups(fixture: &Fixture) -> Arc<Backups> {
    let conf = BackupConf {
        directory: fixture.store_directory("backups"),
        hostname: "host".to_owned(),
    };
    let clock = ManualClock::starting_at(Timestamp::from_millis(86_400_000));
    Backups::new(Arc::clone(&fixture.master), conf, clock, Tasks::new())
}

fn local(file: &UfsPath) -> Arc<dyn UnderFileSystem> {
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let registry = alluxio_ufs::UfsRegistry::standard(clock);
    registry.connect(file, &UfsProperties::new()).unwrap()
}

/// How many files and mounts an empty journal begins with.
async fn restored(file: &UfsPath) -> Result<u64, BackupError> {
    let clock: Arc<dyn Clock> = ManualClock::starting_at(Timestamp::from_millis(0));
    let namespace = Arc::new(RwLock::new(Namespace::new(10)));
    let journal: Arc<dyn Journal> = Arc::new(NoopJournal::new(Arc::clone(&clock)));
    let into = (&*journal, &*clock);
    assert!(restore(&*local(file), file, &namespace, into).await?);
    // A second one finds something.
    assert!(!restore(&*local(file), file, &namespace, into).await?);
    let namespace = namespace.read();
    let mounts = namespace.tree().settings().mounts.len() as u64;
    Ok(namespace.tree().counts().files + mounts)
}

#[tokio::test]
async fn a_backup_is_named_after_the_day_and_holds_the_moment_at_which_it_began() {
    let fixture = Fixture::new().await;
    fixture.write_through("/a", b"x").await;
    fixture.mount("/mnt", "other").await;
    let backups = backups(&fixture);
    let begun = backups.begin(None, Place::RootStore).unwrap();
    assert!(
        begun
            .uri
            .ends_with("/backups/alluxio-backup-1970-01-02-86400000.gz")
    );
    fixture.write_through("/later", b"x").await;
    let done = backups.wait(&begun.id).await.unwrap();
    assert_eq!(done.progress, Progress::Completed);
    let file = UfsPath::parse(&done.uri).unwrap();
    assert_eq!(restored(&file).await.unwrap(), 2, "one file and one mount");
}

#[tokio::test]
async fn one_backup_is_taken_at_a_time() {
    let fixture = Fixture::new().await;
    let backups = backups(&fixture);
    let first = backups.begin(None, Place::RootStore).unwrap();
    // Nothing has run in between: this runtime has one thread.
    let second = backups.begin(None, Place::RootStore).unwrap_err();
    assert_eq!(second.to_string(), "Backup in progress");
    backups.wait(&first.id).await.unwrap();
    let third = backups.begin(None, Place::RootStore).unwrap();
    backups.wait(&third.id).await.unwrap();
    let forgotten = backups.status(&first.id).unwrap_err();
    assert_eq!(forgotten.code(), ErrorCode::PathNotFound);
}

#[tokio::test]
async fn a_backup_that_cannot_be_written_says_why_and_another_may_follow() {
    let fixture = Fixture::new().await;
    let backups = backups(&fixture);
    fixture.write_ufs("/file", b"no directory");
    let below = format!("{}/d", fixture.ufs("/file"));
    let begun = backups.begin(Some(&below), Place::ThisMachine).unwrap();
    let failed = backups.wait(&begun.id).await.unwrap_err();
    assert!(matches!(failed, BackupError::Failed { .. }), "{failed}");
    for wrong in ["relative", "s3://bucket/d"] {
        let refused = backups.begin(Some(wrong), Place::ThisMachine);
        assert!(refused.is_err(), "{wrong}");
    }
    let begun = backups.begin(None, Place::RootStore).unwrap();
    let done = tokio::time::timeout(Duration::from_secs(60), backups.wait(&begun.id)).await;
    assert_eq!(done.unwrap().unwrap().progress, Progress::Completed);
}

#[tokio::test]
async fn a_file_that_is_no_backup_is_no_beginning() {
    let fixture = Fixture::new().await;
    fixture.write_ufs("/text", b"some text that is long enough to be looked at");
    fixture.write_ufs("/empty", b"");
    for name in ["/text", "/empty", "/missing"] {
        let file = UfsPath::parse(&fixture.ufs(name)).unwrap();
        assert!(restored(&file).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn backups_are_for_superusers() {
    let fixture = Fixture::new().await;
    let backups = backups(&fixture);
    let refused = backups.check_allowed("alice").await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::PermissionDenied);
}
