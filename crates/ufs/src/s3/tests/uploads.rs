//! Uploads that nobody completes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{SystemClock, Tasks, UfsPath};
use bytes::Bytes;
use http::Method;

use super::super::client::Call;
use super::super::store::S3Objects;
use super::proxy::{Loss, Proxy};
use super::{MinIo, content, objects};
use crate::object::{ObjectOptions, ObjectStore as _, ObjectUfs, UploadLedger};
use crate::{CreateOptions, UfsErrorKind, UfsProperties, UfsWriter, UnderFileSystem};

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
    let ledger = UploadLedger::open(folder.path(), SystemClock::shared()).unwrap();
    let ledger = Arc::new(ledger.impatient());
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
    let is_noted = || std::fs::read_dir(folder.path()).unwrap().count() > 0;
    while is_noted() {
        ledger.end_stale(&ledger_store).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(store.uploads_of(key).await.unwrap(), []);
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
    let ledger = Arc::new(UploadLedger::open(folder.path(), SystemClock::shared()).unwrap());
    let ufs = with_ledger(&ledger);
    // A process that is killed drops nothing; the locks that it had are gone.
    std::mem::forget(begun(ufs.as_ref()).await);
    let left = moved(folder.path());

    let next = UploadLedger::open(left.path(), SystemClock::shared()).unwrap();
    let store = objects("s3://bucket/", &minio.properties());
    next.end_stale(&store).await;
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
    let ledger = Arc::new(UploadLedger::open(folder.path(), SystemClock::shared()).unwrap());
    let (properties, clock) = (minio.properties(), SystemClock::shared());
    let uri = UfsPath::parse("s3://bucket/").unwrap();
    let ufs = super::super::connect(&uri, &properties, clock, Tasks::new(), Some(ledger)).unwrap();
    begun(ufs.as_ref()).await.close().await.unwrap();
    begun(ufs.as_ref()).await.abort().await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let whole: Bytes = ufs.read_at(&path(), 0, 18 << 20).await.unwrap();
    assert!(whole == content(17 << 20));
}

/// A connector that copies what is longer than 5 MiB in parts.
fn copying(properties: &UfsProperties, ledger: Arc<UploadLedger>) -> ObjectUfs {
    let mut store = objects("s3://bucket/", properties);
    store.copy_part_bytes = 5 << 20;
    let options = ObjectOptions::default();
    ObjectUfs::with_ledger(Box::new(store), options, Tasks::new(), Some(ledger))
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_large_object_is_renamed_in_parts_of_one_version() {
    let minio = MinIo::start();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(UploadLedger::open(folder.path(), SystemClock::shared()).unwrap());
    let ufs = copying(&minio.properties(), ledger);
    begun(&ufs).await.close().await.unwrap();
    let target = UfsPath::parse("s3://bucket/e/a b+%\u{e9}").unwrap();
    ufs.rename_file(&path(), &target).await.unwrap();
    assert!(ufs.read_at(&target, 0, 18 << 20).await.unwrap() == content(17 << 20));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    let store = objects("s3://bucket/", &minio.properties());
    let source = &target.path()[1..];
    let looked_at = store.head(source).await.unwrap().unwrap();
    store.put(source, content(11 << 20).into()).await.unwrap();
    let mixed = ufs.objects.copy_version(source, &looked_at, "mixed").await;
    assert_eq!(mixed.unwrap_err().kind, UfsErrorKind::ChangedMeanwhile);
    assert_eq!(store.head("mixed").await.unwrap(), None);
    assert_eq!(store.uploads_of("mixed").await.unwrap(), []);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Returns when an upload of this key has so many parts.
async fn has_parts(store: &S3Objects, key: &str, count: usize) {
    loop {
        for upload in store.uploads_of(key).await.unwrap() {
            let call = Call::object(Method::GET, key).query("uploadId", upload.id);
            let reply = store.client.send(&call).await.unwrap();
            if String::from_utf8_lossy(&reply.body)
                .matches("<Part>")
                .count()
                == count
            {
                return;
            }
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_rename_that_a_crash_breaks_off_leaves_no_upload() {
    let minio = MinIo::start();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(UploadLedger::open(folder.path(), SystemClock::shared()).unwrap());
    // Slow enough to be seen in the middle.
    let proxy = Proxy::start(minio.port, Duration::from_millis(300)).await;
    let endpoint = format!("http://127.0.0.1:{}", proxy.port);
    let slow = minio.properties_with(&[("alluxio.underfs.s3.endpoint", &endpoint)]);
    begun(minio.connect().as_ref()).await.close().await.unwrap();
    let target = UfsPath::parse("s3://bucket/e/f").unwrap();
    let ufs = Arc::new(copying(&slow, ledger));
    let store = objects("s3://bucket/", &minio.properties());
    let renaming = {
        let (ufs, target) = (Arc::clone(&ufs), target.clone());
        async move { ufs.rename_file(&path(), &target).await }
    };
    let mut renaming = Box::pin(renaming);
    tokio::select! {
        renamed = &mut renaming => panic!("too fast: {renamed:?}"),
        () = has_parts(&store, "e/f", 4) => {}
    }
    // A process that is killed drops nothing; the locks that it had are gone.
    std::mem::forget(renaming);
    let left = moved(folder.path());
    let next = UploadLedger::open(left.path(), SystemClock::shared()).unwrap();
    let again = objects("s3://bucket/", &slow);
    next.end_stale(&again).await;
    next.end_stale(&again).await;
    assert_eq!(store.uploads_of("e/f").await.unwrap(), []);
    assert_eq!(std::fs::read_dir(left.path()).unwrap().count(), 0);
    assert!(minio.connect().read_at(&path(), 0, 18 << 20).await.unwrap() == content(17 << 20));
}
