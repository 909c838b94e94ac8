//! The layers around a store in memory, with time that is not waited for.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{SystemClock, Tasks, UfsPath};
use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::object::memory::MemoryStores;
use crate::{
    CreateOptions, ListOptions, UfsError, UfsErrorKind, UfsOperation, UfsStatus, UnderFileSystem,
};

const CONTENT: &[u8] = b"0123456789";

fn path(name: &str) -> UfsPath {
    UfsPath::parse("memory://bucket").unwrap().join(name)
}

async fn write(ufs: &dyn UnderFileSystem, name: &str) -> Result<(), UfsError> {
    let mut writer = ufs.create(&path(name), CreateOptions::default()).await?;
    writer.write(Bytes::from_static(CONTENT)).await?;
    writer.close().await.map(|_| ())
}

/// A store with one file, whose calls fail as the plan says.
async fn faulty() -> (Arc<dyn UnderFileSystem>, Arc<FaultPlan>) {
    let stores = MemoryStores::new(SystemClock::shared(), Tasks::new());
    let plan = FaultPlan::new();
    let layer = FaultLayer::new(Arc::clone(&plan));
    let ufs = Arc::new(Layered::new(layer, stores.connect("bucket")));
    write(ufs.as_ref(), "file").await.unwrap();
    (ufs, plan)
}

fn retrying(ufs: Arc<dyn UnderFileSystem>) -> Arc<dyn UnderFileSystem> {
    let random = Box::new(StdRng::seed_from_u64(7));
    let layer = RetryLayer::new(RetryPolicy::default(), SystemClock::shared(), random);
    Arc::new(Layered::new(layer, ufs))
}

const UNAVAILABLE: Fault = Fault::Fail(UfsErrorKind::Unavailable);

#[tokio::test(start_paused = true)]
async fn a_call_is_made_again_until_it_succeeds() {
    let (ufs, plan) = faulty().await;
    plan.add(FaultRule::on(UfsOperation::ReadAt, UNAVAILABLE).times(3));
    let read = retrying(ufs).read_at(&path("file"), 2, 3).await;
    assert_eq!(read.unwrap(), "234");
    assert_eq!(plan.calls(UfsOperation::ReadAt), 4);
}

#[tokio::test(start_paused = true)]
async fn retries_end() {
    let (ufs, plan) = faulty().await;
    plan.add(FaultRule::on(UfsOperation::ReadAt, UNAVAILABLE).always());
    let error = retrying(ufs).read_at(&path("file"), 0, 1).await;
    assert_eq!(error.unwrap_err().kind(), UfsErrorKind::Unavailable);
    let attempts = u64::from(RetryPolicy::default().attempts);
    assert_eq!(plan.calls(UfsOperation::ReadAt), attempts);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_happened_is_not_repeated() {
    let (ufs, plan) = faulty().await;
    let lost = Fault::LoseAnswer(UfsErrorKind::TimedOut);
    plan.add(FaultRule::on(UfsOperation::RenameFile, lost));
    let limited = Fault::Fail(UfsErrorKind::RateLimited { after: None });
    plan.add(FaultRule::on(UfsOperation::DeleteFile, limited));
    let ufs = retrying(ufs);
    let renamed = ufs.rename_file(&path("file"), &path("moved")).await;
    assert_eq!(renamed.unwrap_err().kind(), UfsErrorKind::TimedOut);
    assert_eq!(plan.calls(UfsOperation::RenameFile), 1);
    ufs.delete_file(&path("moved")).await.unwrap();
    assert_eq!(plan.calls(UfsOperation::DeleteFile), 2);
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_as_long_as_the_store_asks() {
    let (ufs, plan) = faulty().await;
    let after = Some(Duration::from_secs(9));
    let limited = Fault::Fail(UfsErrorKind::RateLimited { after });
    plan.add(FaultRule::on(UfsOperation::Status, limited));
    let begin = tokio::time::Instant::now();
    retrying(ufs).status(&path("file")).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(9));
}

#[tokio::test(start_paused = true)]
async fn a_reader_goes_on_where_it_stood_if_the_file_is_the_same() {
    let (ufs, plan) = faulty().await;
    let ufs = retrying(ufs);
    let mut reader = ufs.open(&path("file"), 1).await.unwrap();
    assert_eq!(reader.read(3).await.unwrap(), "123");
    plan.add(FaultRule::on(UfsOperation::Read, UNAVAILABLE));
    assert_eq!(reader.read(3).await.unwrap(), "456");
    write(ufs.as_ref(), "file").await.unwrap();
    plan.add(FaultRule::on(UfsOperation::Read, UNAVAILABLE));
    let changed = reader.read(3).await.unwrap_err();
    assert_eq!(changed.kind(), UfsErrorKind::ChangedMeanwhile);
}

#[tokio::test(start_paused = true)]
async fn a_listing_goes_on_behind_its_last_entry() {
    let (ufs, plan) = faulty().await;
    for name in ["a", "b", "c"] {
        write(ufs.as_ref(), name).await.unwrap();
    }
    // The first call begins the listing; the third is its second page.
    plan.add(FaultRule::on(UfsOperation::List, UNAVAILABLE).skipping(2));
    let options = ListOptions {
        page_size: 2,
        ..ListOptions::flat()
    };
    let root = path("");
    let mut listing = retrying(ufs).list(&root, options).await.unwrap();
    let mut names = Vec::new();
    loop {
        let page = listing.next_page().await.unwrap();
        if page.is_empty() {
            break;
        }
        names.extend(page.iter().map(UfsStatus::list_key));
    }
    assert_eq!(names, ["a", "b", "c", "file"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_times_out() {
    let (ufs, plan) = faulty().await;
    plan.add(FaultRule::on(UfsOperation::Status, Fault::Hang));
    plan.add(FaultRule::on(UfsOperation::Read, Fault::Hang));
    let ufs = Layered::new(TimeoutLayer::new(Timeouts::default()), ufs);
    let status = ufs.status(&path("file")).await.unwrap_err();
    assert_eq!(status.kind(), UfsErrorKind::TimedOut);
    assert_eq!(status.reason(), "No answer to status within 60s");
    let mut reader = ufs.open(&path("file"), 0).await.unwrap();
    let read = reader.read(1).await.unwrap_err();
    assert_eq!(read.kind(), UfsErrorKind::TimedOut);
}

#[tokio::test]
async fn metrics_count_calls_errors_and_bytes_both_ways() {
    let (ufs, plan) = faulty().await;
    plan.add(FaultRule::on(UfsOperation::Status, UNAVAILABLE));
    let counters = Arc::new(UfsCounters::default());
    let metrics = Arc::clone(&counters) as Arc<dyn UfsMetrics>;
    let ufs = Layered::new(MetricsLayer::new(metrics, SystemClock::shared()), ufs);
    write(&ufs, "other").await.unwrap();
    let mut reader = ufs.open(&path("other"), 4).await.unwrap();
    reader.read(100).await.unwrap();
    ufs.status(&path("other")).await.unwrap_err();
    assert_eq!(counters.of(UfsOperation::Write).bytes, 10);
    assert_eq!(counters.of(UfsOperation::Read).bytes, 6);
    let status = counters.of(UfsOperation::Status);
    assert_eq!((status.calls, status.errors), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_run_at_once_than_allowed() {
    let (ufs, plan) = faulty().await;
    plan.add(FaultRule::on(UfsOperation::Status, Fault::Delay(Duration::from_secs(1))).always());
    let limits = Limits {
        concurrent_calls: 2,
        calls_per_second: None,
    };
    let ufs = Layered::new(LimitLayer::new(limits, SystemClock::shared()), ufs);
    let begin = tokio::time::Instant::now();
    let file = path("file");
    let calls = (0..6).map(|_| ufs.status(&file));
    for answer in futures::future::join_all(calls).await {
        answer.unwrap();
    }
    assert_eq!(begin.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn calls_begin_at_the_pace_that_is_allowed() {
    let (ufs, _plan) = faulty().await;
    let limits = Limits {
        concurrent_calls: 100,
        calls_per_second: Some(10),
    };
    let ufs = Layered::new(LimitLayer::new(limits, SystemClock::shared()), ufs);
    let begin = tokio::time::Instant::now();
    let file = path("file");
    let calls = (0..31).map(|_| ufs.status(&file));
    for answer in futures::future::join_all(calls).await {
        answer.unwrap();
    }
    let elapsed = begin.elapsed();
    assert!(elapsed >= Duration::from_millis(2900), "{elapsed:?}");
}

#[tokio::test]
async fn short_writes_and_truncated_reads_show_as_such() {
    let (ufs, plan) = faulty().await;
    plan.add(FaultRule::on(UfsOperation::Write, Fault::ShortWrite(4)));
    let options = CreateOptions::default();
    let mut writer = ufs.create(&path("short"), options).await.unwrap();
    let written = writer.write(Bytes::from_static(CONTENT)).await;
    assert_eq!(written.unwrap_err().kind(), UfsErrorKind::Unavailable);
    assert_eq!(writer.close().await.unwrap().length, 4);

    plan.add(FaultRule::on(UfsOperation::Read, Fault::TruncateRead(3)));
    let mut reader = ufs.open(&path("file"), 0).await.unwrap();
    assert_eq!(reader.read(100).await.unwrap(), "012");
    assert_eq!(reader.read(100).await.unwrap(), "");

    plan.add(FaultRule::on(UfsOperation::ReadAt, Fault::TruncateRead(3)).below(&path("file")));
    assert_eq!(ufs.read_at(&path("file"), 5, 5).await.unwrap(), "567");
}

#[tokio::test(start_paused = true)]
async fn the_standard_layers_ride_out_a_store_that_fails_now_and_then() {
    let (ufs, plan) = faulty().await;
    for operation in [
        UfsOperation::Status,
        UfsOperation::Create,
        UfsOperation::Open,
        UfsOperation::Read,
    ] {
        plan.add(FaultRule::on(operation, UNAVAILABLE));
        plan.add(FaultRule::on(operation, Fault::Hang));
    }
    let counters = Arc::new(UfsCounters::default());
    let layers = StandardLayers {
        retry: RetryPolicy {
            total: Duration::from_secs(600),
            ..RetryPolicy::default()
        },
        timeouts: Timeouts::default(),
        limits: Limits::default(),
        metrics: Arc::clone(&counters) as Arc<dyn UfsMetrics>,
        clock: SystemClock::shared(),
    };
    let ufs = standard(ufs, layers, Box::new(StdRng::seed_from_u64(1)));
    write(ufs.as_ref(), "new").await.unwrap();
    ufs.status(&path("new")).await.unwrap();
    let mut reader = ufs.open(&path("new"), 0).await.unwrap();
    assert_eq!(reader.read(100).await.unwrap(), CONTENT);
    let create = counters.of(UfsOperation::Create);
    assert_eq!((create.calls, create.errors), (1, 0));
}
