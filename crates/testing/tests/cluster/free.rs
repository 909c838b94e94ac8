use alluxio_client::{Descend, FreePinned};
use alluxio_common::{ReadType, WriteType};
use alluxio_testing::{content, eventually, read_file, write_file};
use alluxio_ufs::UfsOperation;

use crate::support::{cluster, free, path, write_as};

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
