//! What object stores promise when requests fail, wait, or are not what they seem.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alluxio_common::{Mode, SystemClock, Tasks, UfsPath};
use bytes::Bytes;
use futures::FutureExt;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::hooked::{Asked, Hooked, Verdict};
use super::memory::{MemoryObjects, MemoryStores};
use super::{ObjectOptions, ObjectStore, ObjectUfs};
use crate::{
    CreateOptions, ListOptions, MkdirOptions, Recursion, RenameSide, UfsErrorKind, UfsOperation,
    UfsReader, UfsWriter, UnderFileSystem,
};

const PART: usize = 1 << 20;

/// A bucket, and what is known of it without the connector.
struct Bucket {
    stores: MemoryStores,
    objects: MemoryObjects,
}

impl Bucket {
    fn new() -> Self {
        let stores = MemoryStores::new(SystemClock::shared(), Tasks::new());
        let objects = stores.objects("b");
        Self { stores, objects }
    }

    /// A connector whose requests the hook decides on.
    fn hooked<F>(&self, hook: F) -> ObjectUfs
    where
        F: Fn(Asked) -> futures::future::BoxFuture<'static, Verdict> + Send + Sync + 'static,
    {
        let options = ObjectOptions {
            part_bytes: PART,
            ..ObjectOptions::default()
        };
        let store = Hooked::new(self.stores.objects("b"), hook);
        ObjectUfs::new(Box::new(store), options, Tasks::new())
    }

    async fn put(&self, keys: &[&str]) {
        for key in keys {
            let content = Bytes::copy_from_slice(key.as_bytes());
            self.objects.put(key, content.into()).await.unwrap();
        }
    }

    async fn keys(&self, prefix: &str) -> Vec<String> {
        let all = super::ObjectList {
            prefix: prefix.to_owned(),
            start_after: None,
            token: None,
            folded: false,
            limit: 1000,
        };
        let page = self.objects.list(all).await.unwrap();
        page.entries.into_iter().map(|object| object.key).collect()
    }
}

fn path(key: &str) -> UfsPath {
    UfsPath::parse(&format!("memory://b/{key}")).unwrap()
}

/// Keys that no path leads to, or that an object of the same name hides, among others.
const ODD: [&str; 5] = ["d//x", "d/a", "d/a/b", "d/a/c/", "d/z"];

fn odd_below(directory: &str) -> Vec<String> {
    let moved = ODD.map(|key| key.replacen("d/", &format!("{directory}/"), 1));
    moved.to_vec()
}

#[tokio::test]
async fn a_rename_that_fails_leaves_no_copy_that_arrives_late() {
    let bucket = Bucket::new();
    bucket.put(&["d/1", "d/2", "d/3", "d/4"]).await;
    let ufs = bucket.hooked(|asked| {
        async move {
            if asked == Asked::Copy("d/2".to_owned()) {
                return Verdict::Failed(UfsErrorKind::Unavailable);
            }
            if asked == Asked::Copy("d/3".to_owned()) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Verdict::Done
        }
        .boxed()
    });
    let renamed = ufs.rename_directory(&path("d"), &path("e")).await;
    assert_eq!(renamed.unwrap_err().kind(), UfsErrorKind::Unavailable);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(bucket.keys("e").await, Vec::<String>::new());
    assert_eq!(bucket.keys("d").await.len(), 4);
}

#[tokio::test]
async fn a_mkdir_that_is_not_told_what_is_there_has_only_asked() {
    let bucket = Bucket::new();
    let ufs = bucket.hooked(|asked| {
        let asks = matches!(asked, Asked::Head(_) | Asked::List(_));
        let verdict = if asks {
            Verdict::Failed(UfsErrorKind::TimedOut)
        } else {
            Verdict::Done
        };
        async move { verdict }.boxed()
    });
    let options = MkdirOptions::new(Mode::from_bits(0o755));
    let error = ufs.mkdir(&path("d"), options).await.unwrap_err();
    assert_eq!(error.operation(), UfsOperation::Status);
}

#[tokio::test]
async fn a_rename_that_cannot_be_undone_is_not_without_effect() {
    let bucket = Bucket::new();
    bucket.put(&["d/1", "d/2"]).await;
    let ufs = bucket.hooked(|asked| {
        let is_second = asked == Asked::Copy("d/2".to_owned());
        let refused = is_second || matches!(asked, Asked::Delete(_));
        let verdict = if refused {
            Verdict::Failed(UfsErrorKind::PermissionDenied)
        } else {
            Verdict::Done
        };
        async move { verdict }.boxed()
    });
    let error = ufs.rename_directory(&path("d"), &path("e")).await;
    assert!(!error.unwrap_err().kind().is_without_effect());
}

#[tokio::test]
async fn a_rename_that_is_gone_on_with_moves_what_listings_do_not_show() {
    let bucket = Bucket::new();
    bucket.put(&ODD).await;
    // The first copies were made before the process died.
    bucket.objects.copy("d/a", 3, "e/a").await.unwrap();
    let ufs = bucket.hooked(|_| async { Verdict::Done }.boxed());
    let resumed = ufs.resume_rename_directory(&path("d"), &path("e")).await;
    assert_eq!(resumed.unwrap(), RenameSide::Target);
    assert_eq!(bucket.keys("e").await, odd_below("e"));
    assert_eq!(bucket.keys("d").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_rename_that_is_gone_on_with_touches_nothing_where_something_else_stands() {
    let bucket = Bucket::new();
    bucket.put(&ODD).await;
    bucket.put(&["e/z of another"]).await;
    let longer = Bytes::from_static(b"of another");
    bucket.objects.put("e/z", longer.into()).await.unwrap();
    let ufs = bucket.hooked(|_| async { Verdict::Done }.boxed());
    let resumed = ufs.resume_rename_directory(&path("d"), &path("e")).await;
    assert_eq!(resumed.unwrap(), RenameSide::Source);
    assert_eq!(bucket.keys("d").await, odd_below("d"));
    assert_eq!(bucket.keys("e").await, ["e/z", "e/z of another"]);
}

#[tokio::test]
async fn a_deletion_ends_when_the_store_only_says_that_it_deletes() {
    let bucket = Bucket::new();
    bucket.put(&ODD).await;
    let ufs = bucket.hooked(|asked| {
        let verdict = if matches!(asked, Asked::Delete(_)) {
            Verdict::Ignored
        } else {
            Verdict::Done
        };
        async move { verdict }.boxed()
    });
    let deleted = ufs.delete_directory(&path("d"), Recursion::All).await;
    let error = deleted.unwrap_err();
    assert_eq!(error.reason(), "Still there after its deletion: d//x");
}

#[tokio::test]
async fn a_directory_that_fills_while_it_is_deleted_as_empty_keeps_what_has_come() {
    let bucket = Arc::new(Bucket::new());
    bucket.put(&["d/"]).await;
    let other = Arc::clone(&bucket);
    let ufs = bucket.hooked(move |asked| {
        let other = Arc::clone(&other);
        async move {
            if matches!(asked, Asked::Delete(_)) {
                other.put(&["d/new"]).await;
            }
            Verdict::Done
        }
        .boxed()
    });
    ufs.delete_directory(&path("d"), Recursion::None)
        .await
        .unwrap();
    assert_eq!(bucket.keys("d").await, ["d/new"]);
}

#[tokio::test]
async fn the_next_page_is_on_its_way_while_one_is_used() {
    let bucket = Bucket::new();
    let keys: Vec<String> = (0..25).map(|number| format!("d/{number:02}")).collect();
    bucket
        .put(&keys.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    let asked_for = Arc::new(Semaphore::new(0));
    let asked_of = Arc::clone(&asked_for);
    let ufs = bucket.hooked(move |asked| {
        if matches!(asked, Asked::List(_)) {
            asked_of.add_permits(1);
        }
        async { Verdict::Done }.boxed()
    });
    let options = ListOptions {
        page_size: 10,
        ..ListOptions::flat()
    };
    let mut listing = ufs.list(&path("d"), options).await.unwrap();
    assert_eq!(listing.next_page().await.unwrap().len(), 10);
    // The second page was asked for, though nobody wants it yet.
    asked_for.acquire_many(2).await.unwrap().forget();
    assert_eq!(listing.next_page().await.unwrap().len(), 10);
    assert_eq!(listing.next_page().await.unwrap().len(), 5);
    assert_eq!(listing.next_page().await.unwrap().len(), 0);
    // Nothing was asked for twice.
    asked_for.acquire().await.unwrap().forget();
    assert_eq!(asked_for.available_permits(), 0);
}

#[tokio::test]
async fn what_lies_behind_empty_pages_is_there() {
    let bucket = Bucket::new();
    bucket.put(&["d/1", "d/2"]).await;
    let store = Hooked::new(bucket.stores.objects("b"), |_| {
        async { Verdict::Done }.boxed()
    });
    let store = store.with_an_empty_first_page();
    let ufs = ObjectUfs::new(Box::new(store), ObjectOptions::default(), Tasks::new());
    assert!(ufs.status(&path("d")).await.unwrap().is_directory());
    let mut listing = ufs.list(&path("d"), ListOptions::flat()).await.unwrap();
    assert_eq!(listing.next_page().await.unwrap().len(), 2);
    let deleted = ufs.delete_directory(&path("d"), Recursion::None).await;
    assert_eq!(deleted.unwrap_err().kind(), UfsErrorKind::NotEmpty);
}

/// The ranges that were asked for, in order, once reading has come to its end.
async fn ranges_of(length: usize, read: impl AsyncFnOnce(&ObjectUfs)) -> Vec<(u64, u64)> {
    let bucket = Bucket::new();
    let content = Bytes::from(vec![7; length]);
    bucket.objects.put("f", content.into()).await.unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let ufs = bucket.hooked(move |asked| {
        if let Asked::Read(range) = asked {
            noted.lock().push((range.start, range.end));
        }
        async { Verdict::Done }.boxed()
    });
    read(&ufs).await;
    let mut ranges = asked.lock().clone();
    ranges.sort_unstable();
    ranges
}

async fn read_all(reader: &mut dyn UfsReader) -> usize {
    let mut total = 0;
    loop {
        let bytes = reader.read(1 << 20).await.unwrap();
        if bytes.is_empty() {
            return total;
        }
        total += bytes.len();
    }
}

#[tokio::test]
async fn who_says_how_much_he_wants_gets_no_more_and_each_byte_once() {
    const MIB: u64 = 1 << 20;
    let short = ranges_of(3 << 20, async |ufs| {
        let wanted = 5_000..5_000 + 4096;
        let mut reader = ufs.open_range(&path("f"), wanted).await.unwrap();
        assert_eq!(read_all(reader.as_mut()).await, 4096);
    });
    assert_eq!(short.await, [(5_000, 9_096)]);
    let long = ranges_of(40 << 20, async |ufs| {
        let wanted = 3 * MIB..27 * MIB;
        let mut reader = ufs.open_range(&path("f"), wanted).await.unwrap();
        assert_eq!(read_all(reader.as_mut()).await, 24 << 20);
    });
    let cuts = [(3, 8), (8, 16), (16, 24), (24, 27)];
    assert_eq!(
        long.await,
        cuts.map(|(start, end)| (start * MIB, end * MIB))
    );
    let beyond_the_end = ranges_of(10, async |ufs| {
        let mut reader = ufs.open_range(&path("f"), 4..u64::MAX).await.unwrap();
        assert_eq!(read_all(reader.as_mut()).await, 6);
    });
    assert_eq!(beyond_the_end.await, [(4, 8 * MIB)]);
}

#[tokio::test]
async fn who_does_not_say_it_gets_little_until_he_reads_on() {
    const MIB: u64 = 1 << 20;
    let begun = ranges_of(40 << 20, async |ufs| {
        let mut reader = ufs.open(&path("f"), 0).await.unwrap();
        reader.read(10).await.unwrap();
    });
    assert_eq!(begun.await, [(0, MIB)]);
    let all = ranges_of(10 << 20, async |ufs| {
        let mut reader = ufs.open(&path("f"), 0).await.unwrap();
        assert_eq!(read_all(reader.as_mut()).await, 10 << 20);
    });
    assert_eq!(all.await, [(0, MIB), (MIB, 8 * MIB), (8 * MIB, 10 * MIB)]);
}

async fn writer(ufs: &ObjectUfs, name: &str) -> Box<dyn UfsWriter> {
    let options = CreateOptions::default();
    ufs.create(&path(name), options).await.unwrap()
}

#[tokio::test]
async fn parts_go_on_while_their_writer_is_busy_elsewhere() {
    let bucket = Bucket::new();
    let sent = Arc::new(Semaphore::new(0));
    let seen = Arc::clone(&sent);
    let ufs = bucket.hooked(move |asked| {
        let seen = Arc::clone(&seen);
        async move {
            if matches!(asked, Asked::Part(_)) {
                // As a request that must connect first.
                tokio::task::yield_now().await;
                seen.add_permits(1);
            }
            Verdict::Done
        }
        .boxed()
    });
    let mut writer = writer(&ufs, "f").await;
    writer.write(Bytes::from(vec![7; 2 * PART])).await.unwrap();
    // The writer is not asked for anything.
    sent.acquire_many(2).await.unwrap().forget();
    writer.close().await.unwrap();
}

#[tokio::test]
async fn a_file_without_one_of_its_parts_is_not_completed() {
    let bucket = Bucket::new();
    let ufs = bucket.hooked(|asked| {
        let verdict = if asked == Asked::Part(2) {
            Verdict::Failed(UfsErrorKind::Unavailable)
        } else {
            Verdict::Done
        };
        std::future::ready(verdict).boxed()
    });
    let mut writer = writer(&ufs, "f").await;
    let mut refused = 0;
    for _ in 0..8 {
        let written = writer.write(Bytes::from(vec![7; PART])).await;
        refused += usize::from(written.is_err());
    }
    assert_eq!(refused, 1);
    let error = writer.close().await.unwrap_err();
    assert_eq!(error.reason(), "A part was not uploaded");
    assert!(ufs.find_status(&path("f")).await.unwrap().is_none());
}

#[tokio::test]
async fn an_abortion_waits_for_the_parts_that_are_under_way() {
    let bucket = Bucket::new();
    let (go_on, order) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (waiting, seen) = (Arc::clone(&go_on), Arc::clone(&order));
    let ufs = bucket.hooked(move |asked| {
        let (waiting, seen) = (Arc::clone(&waiting), Arc::clone(&seen));
        async move {
            if matches!(asked, Asked::Part(_)) {
                waiting.acquire().await.unwrap().forget();
                seen.fetch_add(1, Ordering::SeqCst);
            }
            if asked == Asked::Abort {
                assert_eq!(seen.load(Ordering::SeqCst), 2);
            }
            Verdict::Done
        }
        .boxed()
    });
    let mut writer = writer(&ufs, "f").await;
    writer.write(Bytes::from(vec![7; 2 * PART])).await.unwrap();
    go_on.add_permits(2);
    writer.abort().await.unwrap();
    assert_eq!(bucket.stores.unfinished_uploads("b"), 0);
}

#[tokio::test]
async fn all_writers_together_hold_a_bounded_number_of_parts() {
    const WRITERS: usize = 400;
    let bucket = Bucket::new();
    let (go_on, parts) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (waiting, seen) = (Arc::clone(&go_on), Arc::clone(&parts));
    let ufs = bucket.hooked(move |asked| {
        let (waiting, seen) = (Arc::clone(&waiting), Arc::clone(&seen));
        async move {
            if matches!(asked, Asked::Part(_)) {
                seen.fetch_add(1, Ordering::SeqCst);
                waiting.acquire().await.unwrap().forget();
            }
            Verdict::Done
        }
        .boxed()
    });
    let piece = Bytes::from(vec![7; PART]);
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        writers.push(writer(&ufs, &number.to_string()).await);
    }
    // Each writes until it has to wait for a store that does not answer.
    let mut waits = 0;
    for writer in &mut writers {
        for _ in 0..6 {
            match writer.write(piece.clone()).now_or_never() {
                Some(written) => written.unwrap(),
                None => {
                    waits += 1;
                    break;
                }
            }
        }
    }
    assert_eq!(waits, WRITERS);
    tokio::task::yield_now().await;
    let held = parts.load(Ordering::SeqCst);
    assert!(held <= super::create::PARTS_UNDER_WAY + WRITERS, "{held}");
    go_on.add_permits(Semaphore::MAX_PERMITS / 2);
}
