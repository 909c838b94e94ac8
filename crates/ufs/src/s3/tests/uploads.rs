//! Uploads that nobody completes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{SystemClock, Tasks, UfsPath};
use bytes::Bytes;

use super::proxy::{Loss, Proxy};
use super::{MinIo, content, objects};
use crate::object::{ObjectStore as _, UploadLedger};
use crate::{CreateOptions, UfsWriter, UnderFileSystem};

fn path() -> UfsPath {
    UfsPath::parse("s3://bucket/d/a b+%\u{e9}").unwrap()
}

/// A writer that has sent some of its parts.
async fn begun(ufs: &dyn UnderFileSystem) -> Box<dyn UfsWriter> {
    let mut writer = ufs.create(&path(), CreateOptions::default()).await.unwrap();
    writer.write(content(17 << 20)).await.unwrap();
    writer
}

/// What is in a folder, in one that nobody has locked.
fn moved(folder: &Path) -> tempfile::TempDir {
    let other = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        std::fs::rename(entry.path(), other.path().join(entry.file_name())).unwrap();
    }
    assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 1);
    other
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn an_upload_whose_beginning_or_end_was_not_heard_of_is_ended_later() {
    let minio = MinIo::start();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(UploadLedger::open(folder.path()).unwrap());
    let proxy = Proxy::start(minio.port, Duration::ZERO).await;
    let mut properties = minio.properties();
    let endpoint = format!("http://127.0.0.1:{}", proxy.port);
    properties.set("alluxio.underfs.s3.endpoint", endpoint);
    let uri = UfsPath::parse("s3://bucket/").unwrap();
    let connect = |clock| {
        let ledger = Some(Arc::clone(&ledger));
        super::super::connect(&uri, &properties, clock, Tasks::new(), ledger).unwrap()
    };
    let store = objects("s3://bucket/", &minio.properties());
    let path = path();
    let key = &path.path()[1..];

    // The store begins, and its answer is lost: it is not asked twice.
    let ufs = connect(SystemClock::shared());
    let mut writer = ufs.create(&path, CreateOptions::default()).await.unwrap();
    proxy.lose("uploads=", Loss::Answer, 1);
    writer.write(content(17 << 20)).await.unwrap_err();
    drop(writer);
    assert_eq!(store.uploads_of(key).await.unwrap().len(), 1);
    let ledger_store = objects("s3://bucket/", &properties);
    ledger.end_stale(&ledger_store).await;
    assert_eq!(store.uploads_of(key).await.unwrap().len(), 0);

    // Its end is asked for while the store is away, by its writer and in the background.
    let writer = begun(ufs.as_ref()).await;
    proxy.lose("DELETE /bucket/d/", Loss::Request, 8);
    writer.abort().await.unwrap_err();
    assert_eq!(store.uploads_of(key).await.unwrap().len(), 1);
    while !store.uploads_of(key).await.unwrap().is_empty() {
        ledger.end_stale(&ledger_store).await;
    }
    assert!(!proxy.loses_more());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn what_a_crash_left_is_found_by_the_ledger_and_by_the_key() {
    let minio = MinIo::start();
    let folder = tempfile::tempdir().unwrap();
    let with_ledger = |ledger: &Arc<UploadLedger>| {
        let ledger = Some(Arc::clone(ledger));
        let (properties, clock) = (minio.properties(), SystemClock::shared());
        let uri = UfsPath::parse("s3://bucket/").unwrap();
        super::super::connect(&uri, &properties, clock, Tasks::new(), ledger).unwrap()
    };
    let ledger = Arc::new(UploadLedger::open(folder.path()).unwrap());
    let ufs = with_ledger(&ledger);
    // A process that is killed drops nothing; the locks that it had are gone.
    std::mem::forget(begun(ufs.as_ref()).await);
    let left = moved(folder.path());

    let next = UploadLedger::open(left.path()).unwrap();
    let store = objects("s3://bucket/", &minio.properties());
    next.end_stale(&store).await;
    assert_eq!(std::fs::read_dir(left.path()).unwrap().count(), 0);
    assert_eq!(ufs.cleanup(&path(), Duration::ZERO).await.unwrap(), 0);

    std::mem::forget(begun(ufs.as_ref()).await);
    // It is not old, and it is not that of another key.
    assert_eq!(
        ufs.cleanup(&path(), Duration::from_secs(1)).await.unwrap(),
        0
    );
    let shorter = UfsPath::parse("s3://bucket/d/a b").unwrap();
    assert_eq!(ufs.cleanup(&shorter, Duration::ZERO).await.unwrap(), 0);
    // A part of the first one may have been on its way when that was aborted; a MinIO that is busy
    // takes it for a new upload then.
    assert!(ufs.cleanup(&path(), Duration::ZERO).await.unwrap() >= 1);
    assert_eq!(ufs.cleanup(&path(), Duration::ZERO).await.unwrap(), 0);
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_file_that_is_closed_or_aborted_leaves_no_note() {
    let minio = MinIo::start();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(UploadLedger::open(folder.path()).unwrap());
    let (properties, clock) = (minio.properties(), SystemClock::shared());
    let uri = UfsPath::parse("s3://bucket/").unwrap();
    let ufs = super::super::connect(&uri, &properties, clock, Tasks::new(), Some(ledger)).unwrap();
    begun(ufs.as_ref()).await.close().await.unwrap();
    begun(ufs.as_ref()).await.abort().await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let whole: Bytes = ufs.read_at(&path(), 0, 18 << 20).await.unwrap();
    assert!(whole == content(17 << 20));
}
