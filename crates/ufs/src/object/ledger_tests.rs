//! What the ledger of uploads promises.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, io};

use alluxio_common::{ManualClock, Tasks, Timestamp, UfsPath};
use futures::FutureExt;

use super::hooked::{Asked, Hooked, Verdict};
use super::ledger::{END_STALE_EVERY, LOOK_AGAIN_AFTER, NO_PART_FOR, UploadLedger};
use super::memory::MemoryStores;
use super::{ObjectOptions, ObjectStore as _, ObjectUfs};
use crate::UnderFileSystem as _;

fn clock() -> Arc<ManualClock> {
    ManualClock::starting_at(Timestamp::from_millis(1_700_000_000_000))
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn what_a_process_left_is_ended_by_its_successor_and_nothing_else() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("not yet/there");
    let clock = clock();
    let stores = MemoryStores::new(clock.clone(), Tasks::new());
    let (here, there) = (stores.objects("here"), stores.objects("there"));
    let key = "d/a b\n%\u{e9}";
    let ledger = Arc::new(UploadLedger::open(&folder, clock.clone()).unwrap());
    for (store, key) in [(&here, key), (&here, "done"), (&there, "other")] {
        let mut entry = ledger.note(store.name(), key).unwrap();
        entry.begun(store.begin_upload(key).await.unwrap());
        entry.append_id()().unwrap();
        if key == "done" {
            entry.forget();
        }
    }
    // The answer of the store was not heard.
    drop(ledger.note(here.name(), "unknown").unwrap());
    here.begin_upload("unknown").await.unwrap();
    drop(ledger);
    fs::write(folder.join("17"), "cut sho").unwrap();

    clock.advance(NO_PART_FOR);
    let ledger = Arc::new(UploadLedger::open(&folder, clock.clone()).unwrap());
    let mut mine = ledger.note(here.name(), "unknown").unwrap();
    mine.begun(here.begin_upload("unknown").await.unwrap());
    ledger.end_stale(&here).await;
    // That which had ended well has an upload without a note here, and there is that of this
    // process.
    assert_eq!(stores.unfinished_uploads("here"), 2);
    assert_eq!(stores.unfinished_uploads("there"), 1);
    ledger.end_stale(&here).await;
    ledger.end_stale(&there).await;
    ledger.end_stale(&there).await;
    assert_eq!(stores.unfinished_uploads("there"), 0);
    assert_eq!(count(&folder), 1);
}

#[tokio::test]
async fn what_a_process_could_not_end_it_ends_later() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let stores = MemoryStores::new(clock.clone(), Tasks::new());
    let store = stores.objects("here");
    let ledger = Arc::new(UploadLedger::open(folder.path(), clock.clone()).unwrap());
    let mut entry = ledger.note(store.name(), "f").unwrap();
    entry.begun(store.begin_upload("f").await.unwrap());
    ledger.end_stale(&store).await;
    assert_eq!(stores.unfinished_uploads("here"), 1);
    // Its abortion has failed.
    drop(entry);
    assert_eq!(ledger.end_stale(&store).await, LOOK_AGAIN_AFTER);
    assert_eq!(stores.unfinished_uploads("here"), 0);
    assert_eq!(count(folder.path()), 1);
    assert_eq!(ledger.end_stale(&store).await, END_STALE_EVERY);
    assert_eq!(count(folder.path()), 0);
}

#[tokio::test]
async fn an_upload_that_comes_again_is_aborted_again() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let stores = MemoryStores::new(clock.clone(), Tasks::new());
    // A part arrives late, and it is as if nobody had aborted anything.
    let first = AtomicBool::new(true);
    let store = Hooked::new(stores.objects("here"), move |asked| {
        let is_first = asked == Asked::Abort && first.swap(false, Ordering::Relaxed);
        let verdict = if is_first {
            Verdict::Ignored
        } else {
            Verdict::Done
        };
        async move { verdict }.boxed()
    });
    let ledger = Arc::new(UploadLedger::open(folder.path(), clock).unwrap());
    let mut entry = ledger.note(store.name(), "f").unwrap();
    entry.begun(store.begin_upload("f").await.unwrap());
    drop(entry);
    for left in [1, 0, 0] {
        assert_eq!(count(folder.path()), 1);
        ledger.end_stale(&store).await;
        assert_eq!(stores.unfinished_uploads("here"), left);
    }
    assert_eq!(count(folder.path()), 0);
}

#[tokio::test]
async fn a_copy_in_parts_is_noted_until_it_is_complete_or_gone() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let stores = MemoryStores::new(clock.clone(), Tasks::new());
    let ledger = Arc::new(UploadLedger::open(folder.path(), clock.clone()).unwrap());
    let connect = |answers: bool| {
        let store = Hooked::new(stores.objects("here"), move |asked| {
            async move {
                if !answers && asked == Asked::CopyPart(3) {
                    std::future::pending::<()>().await;
                }
                Verdict::Done
            }
            .boxed()
        });
        let (options, ledger) = (ObjectOptions::default(), Some(Arc::clone(&ledger)));
        ObjectUfs::with_ledger(Box::new(store), options, Tasks::new(), ledger)
    };
    let content = bytes::Bytes::from(vec![7; 3 << 20]);
    let store = stores.objects("here");
    store.put("f", content.clone().into()).await.unwrap();
    let path = |name: &str| UfsPath::parse(&format!("memory://here/{name}")).unwrap();
    let (from, to) = (path("f"), path("g"));

    let ufs = connect(false);
    let mut renaming = Box::pin(ufs.rename_file(&from, &to));
    let begun = async {
        while stores.unfinished_uploads("here") == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        renamed = &mut renaming => panic!("too early: {renamed:?}"),
        () = begun => {}
    }
    assert!(count(folder.path()) >= 1);
    drop(renaming);
    while count(folder.path()) > 0 {
        clock.advance(NO_PART_FOR);
        ledger.end_stale(&store).await;
    }
    assert_eq!(stores.unfinished_uploads("here"), 0);

    let ufs = connect(true);
    ufs.rename_file(&from, &to).await.unwrap();
    assert_eq!(ufs.read_at(&to, 0, 4 << 20).await.unwrap(), content);
    assert_eq!(stores.unfinished_uploads("here"), 0);
    assert_eq!(count(folder.path()), 0);
}

#[tokio::test]
async fn what_another_process_uploads_to_the_same_key_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let stores = MemoryStores::new(clock.clone(), Tasks::new());
    let store = stores.objects("here");
    let begin = || async { store.begin_upload("f").await.unwrap() };
    let earlier = begin().await;
    clock.advance(Duration::from_mins(1));
    let ledger = Arc::new(UploadLedger::open(folder.path(), clock.clone()).unwrap());
    drop(ledger.note(store.name(), "f").unwrap());
    // The store has begun it, and nobody has heard of it.
    let lost = begin().await;
    clock.advance(Duration::from_mins(1));
    let other = begin().await;
    let left = || async {
        let mut left: Vec<String> = (store.uploads_of("f").await.unwrap().into_iter())
            .map(|upload| upload.id)
            .collect();
        left.sort();
        left
    };
    ledger.end_stale(&store).await;
    assert_eq!(left().await, [earlier.as_str(), &lost, &other]);
    let part = bytes::Bytes::from_static(b"part");
    store
        .upload_part("f", &other, 1, part.into())
        .await
        .unwrap();
    clock.advance(NO_PART_FOR);
    ledger.end_stale(&store).await;
    assert_eq!(left().await, [earlier, other]);
    assert_eq!(count(folder.path()), 0);
}

#[test]
fn two_processes_do_not_share_a_folder() {
    let clock = clock();
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("new");
    let first = Arc::new(UploadLedger::open(&folder, clock.clone()).unwrap());
    let late = Arc::new(UploadLedger::open(&folder, clock.clone()).unwrap());
    let _entry = first.note("store", "key").unwrap();
    let refused = late.note("store", "key").unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
    let refused = UploadLedger::open(&folder, clock.clone()).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
}
