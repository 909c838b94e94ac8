use std::time::Duration;

use alluxio_client::{Descend, FreePinned};
use alluxio_common::{ByteSize, ReadType, WriteType};
use alluxio_testing::{content, eventually, read_all, read_file, write_file};
use alluxio_ufs::UfsOperation;

use crate::support::{cluster, free, path, persisted, write_as};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_freed_file_is_read_again_through_the_store_and_cached() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/freed");
    let bytes = content(1, 3_000_000);
    write_file(&files, &path, &bytes, write_as(WriteType::CacheThrough))
        .await
        .unwrap();
    free(&cluster, &files, &path).await;
    assert_eq!(
        files.get_status(&path).await.unwrap().in_alluxio_percentage,
        0
    );

    let read = read_file(&files, &path, ReadType::NoCache).await.unwrap();
    assert!(read == bytes);
    let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
    assert!(read == bytes);
    eventually("the file is cached", async || {
        files.get_status(&path).await.unwrap().in_alluxio_percentage == 100
    })
    .await;
    let reads = |cluster: &alluxio_testing::MiniCluster| {
        let faults = cluster.worker_faults();
        faults.calls(UfsOperation::Read) + faults.calls(UfsOperation::ReadAt)
    };
    let before = reads(&cluster);
    let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
    assert!(read == bytes);
    assert_eq!(reads(&cluster), before, "a cached file asks no store");
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_finds_in_the_store_what_got_there_after_it_was_opened() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    let path = path("/late");
    let bytes = content(1, 3_000_000);
    let mut options = write_as(WriteType::AsyncThrough);
    options.block_size = Some(ByteSize::from_bytes(1 << 20));
    cluster.stop_job_worker(0).await;
    write_file(&files, &path, &bytes, options).await.unwrap();
    let mut scan = files.open_file(&path, None).await.unwrap();
    let mut positioned = files.open_file(&path, None).await.unwrap();
    assert!(!scan.status().persisted);
    let first = scan.read(1000).await.unwrap();
    assert!(first == bytes[..1000]);

    cluster.start_job_worker(0).await.unwrap();
    persisted(&files, &path).await;
    free(&cluster, &files, &path).await;
    let rest = read_all(&mut scan).await.unwrap();
    assert!(rest == bytes[1000..]);
    let part = positioned.read_at(1_500_000, 1_000_000).await.unwrap();
    assert!(part == bytes[1_500_000..2_500_000]);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_store_no_longer_has_is_not_asked_for_again_and_again() {
    let cluster = cluster().await;
    let files = cluster.client_with(|conf| {
        // A read that would be repeated does not end within the test.
        conf.block_read_retry.total = Duration::from_secs(3600);
        conf.block_read_retry.first_pause = Duration::from_secs(3600);
    });
    let bytes = content(1, 3_000_000);
    for (name, left) in [("/gone", None), ("/cut", Some(1_000_000))] {
        let path = path(name);
        let options = write_as(WriteType::CacheThrough);
        write_file(&files, &path, &bytes, options).await.unwrap();
        free(&cluster, &files, &path).await;
        let stored = cluster.root_store().join(&name[1..]);
        match left {
            None => std::fs::remove_file(stored).unwrap(),
            Some(length) => {
                let file = std::fs::File::options().write(true).open(stored);
                file.unwrap().set_len(length).unwrap();
            }
        }
        read_file(&files, &path, ReadType::NoCache)
            .await
            .unwrap_err();
    }
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_workers_hold_cannot_be_freed() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/precious");
    let bytes = content(1, 1000);
    write_file(&files, &path, &bytes, write_as(WriteType::MustCache))
        .await
        .unwrap();
    files
        .free(&path, Descend::All, FreePinned::Yes)
        .await
        .unwrap_err();
    let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
    assert!(read == bytes);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_readers_of_a_missing_block_share_one_read_of_the_store() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/shared");
    let bytes = content(1, 8 << 20);
    write_file(&files, &path, &bytes, write_as(WriteType::Through))
        .await
        .unwrap();
    let readers = (0..16).map(|_| read_file(&files, &path, ReadType::Cache));
    for read in futures::future::join_all(readers).await {
        assert!(read.unwrap() == bytes);
    }
    let faults = cluster.worker_faults();
    assert_eq!(faults.calls(UfsOperation::Open), 1);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_appears_in_the_store_is_found_when_it_is_looked_for() {
    let cluster = cluster().await;
    let files = cluster.client();
    let bytes = content(4, 200_000);
    let folder = cluster.root_store().join("from/outside");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("file"), &bytes).unwrap();
    let read = read_file(&files, &path("/from/outside/file"), ReadType::Cache)
        .await
        .unwrap();
    assert!(read == bytes);
    cluster.shutdown().await;
}
