//! What goes wrong between us and the store: real traffic through a proxy that breaks it.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{SystemClock, UfsPath};

use super::proxy::{Fault, Loss, Proxy};
use super::{MinIo, connect, content, read, write};
use crate::{CreateOptions, Recursion, UfsErrorKind, UfsProperties, UnderFileSystem};

async fn broken(minio: &MinIo, delay: Duration) -> (Proxy, Arc<dyn UnderFileSystem>) {
    broken_with(minio, delay, "5min").await
}

async fn broken_with(
    minio: &MinIo,
    delay: Duration,
    timeout: &str,
) -> (Proxy, Arc<dyn UnderFileSystem>) {
    let proxy = Proxy::start(minio.port, delay).await;
    let endpoint = format!("http://127.0.0.1:{}", proxy.port);
    let through = [
        ("alluxio.underfs.s3.endpoint", endpoint.as_str()),
        ("alluxio.underfs.s3.request.timeout", timeout),
        // One request may meet all the faults of a test.
        ("alluxio.underfs.s3.max.error.retry", "10"),
    ];
    let properties = UfsProperties::from_iter(through).over(&minio.properties());
    (proxy, connect("s3://bucket/", &properties))
}

fn path(name: &str) -> UfsPath {
    UfsPath::parse(&format!("s3://bucket/{name}")).unwrap()
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_read_survives_connections_that_break() {
    let minio = MinIo::start();
    let data = content(20 << 20);
    write(minio.connect().as_ref(), &path("f"), data.clone()).await;
    let (proxy, ufs) = broken(&minio, Duration::ZERO).await;
    proxy.add([0, 100, 700_000, 3 << 20, 1, 2 << 20, 4_000_000, 65_536].map(Fault::CutAnswer));
    proxy.add([Fault::Answer(503), Fault::Answer(500)]);
    assert!(read(ufs.as_ref(), &path("f")).await.unwrap() == data);
    assert!(proxy.is_played());
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_write_survives_connections_that_break() {
    let minio = MinIo::start();
    let data = content(30 << 20);
    let (proxy, ufs) = broken(&minio, Duration::ZERO).await;
    proxy.add([
        Fault::CutAnswer(1),
        Fault::CutRequest(100),
        Fault::Answer(503),
    ]);
    let mut writer = ufs
        .create(&path("f"), CreateOptions::default())
        .await
        .unwrap();
    proxy.add([100, 5 << 20, 8 << 20].map(Fault::CutRequest));
    writer.write(data.clone()).await.unwrap();
    proxy.add([Fault::CutAnswer(1), Fault::Answer(500)]);
    let file = writer.close().await.unwrap();
    assert_eq!(file.length, data.len() as u64);
    assert!(read(minio.connect().as_ref(), &path("f")).await.unwrap() == data);
    assert_eq!(ufs.cleanup(&path("f"), Duration::ZERO).await.unwrap(), 0);
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn silence_is_waited_for_once_and_refusals_are_final() {
    let minio = MinIo::start();
    let (proxy, ufs) = broken_with(&minio, Duration::ZERO, "500ms").await;
    proxy.add([Fault::Silence]);
    let (clock, limit) = (SystemClock::shared(), Duration::from_secs(4));
    let since = clock.monotonic();
    let error = ufs.status(&path("f")).await.unwrap_err();
    assert_eq!(error.kind(), UfsErrorKind::TimedOut);
    assert!(clock.monotonic() - since < limit);

    for status in [400, 403, 409] {
        proxy.take_requests();
        proxy.add([Fault::Answer(status)]);
        ufs.read_at(&path("f"), 0, 1).await.unwrap_err();
        assert_eq!(proxy.take_requests(), 1, "{status}");
    }
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_rename_keeps_many_copies_under_way_and_asks_for_nothing_else() {
    const COUNT: usize = 600;
    let minio = MinIo::start();
    let straight = minio.connect();
    let names: Vec<String> = (0..COUNT)
        .map(|number| format!("{number:04} %+\u{e9}"))
        .collect();
    for name in &names {
        write(straight.as_ref(), &path("d").join(name), content(10)).await;
    }
    let (proxy, ufs) = broken(&minio, Duration::from_millis(20)).await;
    ufs.rename_directory(&path("d"), &path("e")).await.unwrap();
    // A copy of each, and a handful of listings, questions and deletions.
    let requests = proxy.take_requests();
    assert!((COUNT..COUNT + 20).contains(&requests), "{requests}");
    // Connections, of which a few more are opened than are used when the machine is busy.
    assert!((60..=100).contains(&proxy.peak()), "{}", proxy.peak());
    for name in &names {
        let found = read(straight.as_ref(), &path("e").join(name))
            .await
            .unwrap();
        assert_eq!(found, content(10));
    }
    assert!(
        straight
            .status(&path("d"))
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_rename_that_fails_half_way_loses_nothing_and_can_be_repeated() {
    let minio = MinIo::start();
    let straight = minio.connect();
    for number in 0..200 {
        let file = path(&format!("d/s/{number}"));
        write(straight.as_ref(), &file, content(number)).await;
    }
    let (proxy, ufs) = broken(&minio, Duration::ZERO).await;
    // The questions before pass, on connections that are there; some of the copies are refused.
    let paths = vec![path("d"); 8];
    let asked = paths.iter().map(|path| ufs.status(path));
    for answer in futures::future::join_all(asked).await {
        answer.unwrap();
    }
    proxy.add(std::iter::repeat_n(Fault::Answer(403), 20));
    let error = ufs
        .rename_directory(&path("d"), &path("e"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), UfsErrorKind::PermissionDenied);
    assert!(
        straight
            .status(&path("e"))
            .await
            .unwrap_err()
            .is_not_found()
    );
    straight
        .rename_directory(&path("d"), &path("e"))
        .await
        .unwrap();
    for number in 0..200 {
        let file = path(&format!("e/s/{number}"));
        assert_eq!(
            read(straight.as_ref(), &file).await.unwrap(),
            content(number)
        );
    }
    straight
        .delete_directory(&path("e"), Recursion::All)
        .await
        .unwrap();
}

const BUSY: &str = "<Error><Code>SlowDown</Code></Error>";

/// More often than anything is tried.
const ALWAYS: usize = 100;

const LATE_ERROR: &str = "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code></Error>";

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn an_error_in_the_body_of_a_success_is_an_error_and_is_tried_again() {
    let minio = MinIo::start();
    let (proxy, ufs) = broken(&minio, Duration::ZERO).await;
    proxy.lose("x-amz-copy-source", Loss::Becomes(LATE_ERROR), 3);
    write(ufs.as_ref(), &path("a"), content(1000)).await;
    ufs.rename_file(&path("a"), &path("b")).await.unwrap();
    assert_eq!(read(ufs.as_ref(), &path("b")).await.unwrap(), content(1000));

    // The store has completed it, and says nothing but that it does not know the upload any more.
    proxy.lose("<CompleteMultipartUpload>", Loss::Becomes(LATE_ERROR), 1);
    write(ufs.as_ref(), &path("c"), content(17 << 20)).await;
    assert!(read(ufs.as_ref(), &path("c")).await.unwrap() == content(17 << 20));
    assert!(!proxy.loses_more());

    let denied = "<Error><Code>AccessDenied</Code></Error>";
    proxy.lose("x-amz-copy-source", Loss::Becomes(denied), 1);
    let error = ufs.rename_file(&path("b"), &path("d")).await.unwrap_err();
    assert_eq!(error.kind(), UfsErrorKind::PermissionDenied);
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_bulk_deletion_that_names_other_keys_has_deleted_nothing_for_sure() {
    let minio = MinIo::start();
    let (proxy, ufs) = broken(&minio, Duration::ZERO).await;
    let files = ["a", "b"].map(path);
    for answer in [
        "<DeleteResult><Error><Code>AccessDenied</Code></Error></DeleteResult>",
        "<html>all is well</html>",
    ] {
        proxy.lose("delete=", Loss::Becomes(answer), 1);
        let answers = ufs.delete_files(&files).await;
        assert!(answers.iter().all(Result::is_err), "{answers:?}");
    }
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_body_that_stops_is_not_waited_for_for_ever() {
    let minio = MinIo::start();
    write(minio.connect().as_ref(), &path("f"), content(1 << 20)).await;
    let proxy = Proxy::start(minio.port, Duration::ZERO).await;
    let endpoint = format!("http://127.0.0.1:{}", proxy.port);
    let ufs = connect(
        "s3://bucket/",
        &minio.properties_with(&[
            ("alluxio.underfs.s3.endpoint", &endpoint),
            ("alluxio.underfs.s3.socket.timeout", "500ms"),
        ]),
    );
    proxy.add([Fault::StallAnswer(100_000)]);
    let error = ufs.read_at(&path("f"), 0, 1 << 20).await.unwrap_err();
    assert_eq!(error.kind(), UfsErrorKind::TimedOut);
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_refusal_after_an_answer_that_was_lost_is_not_taken_for_the_whole_truth() {
    let minio = MinIo::start();
    let proxy = Proxy::start(minio.port, Duration::ZERO).await;
    let endpoint = format!("http://127.0.0.1:{}", proxy.port);
    let values = [
        ("alluxio.underfs.s3.endpoint", endpoint.as_str()),
        ("alluxio.underfs.s3.max.error.retry", "2"),
    ];
    let ufs = connect("s3://bucket/", &minio.properties_with(&values));
    let denied = "<Error><Code>AccessDenied</Code></Error>";
    for (name, refusal) in [("a", BUSY), ("b", denied)] {
        let target = format!("{name}-moved");
        write(ufs.as_ref(), &path(name), content(1000)).await;
        proxy.lose("x-amz-copy-source", Loss::Answer, 1);
        proxy.lose("x-amz-copy-source", Loss::Becomes(refusal), ALWAYS);
        let moved = ufs.rename_file(&path(name), &path(&target)).await;
        let error = moved.unwrap_err();
        assert_eq!(error.kind(), UfsErrorKind::Unavailable, "{error}");
        assert!(!error.kind().is_without_effect());
        proxy.lose_nothing();
        let copied = read(ufs.as_ref(), &path(&target)).await;
        assert_eq!(copied.unwrap(), content(1000), "it was carried out");
    }
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_silent_store_takes_the_time_of_one_answer_of_whoever_looks_at_a_path() {
    const ONE: Duration = Duration::from_secs(2);
    let minio = MinIo::start();
    let proxy = Proxy::start(minio.port, Duration::ZERO).await;
    let endpoint = format!("http://127.0.0.1:{}", proxy.port);
    let values = [
        ("alluxio.underfs.s3.endpoint", endpoint.as_str()),
        ("alluxio.underfs.s3.request.timeout", "2s"),
        ("alluxio.underfs.s3.inherit.acl", "true"),
    ];
    let ufs = connect("s3://bucket/", &minio.properties_with(&values));
    proxy.add(std::iter::repeat_n(Fault::Silence, 4));
    let clock = SystemClock::shared();
    let since = clock.monotonic();
    let error = ufs.status(&path("f")).await.unwrap_err();
    assert_eq!(error.kind(), UfsErrorKind::TimedOut);
    assert!(clock.monotonic() - since < 2 * ONE);
}
