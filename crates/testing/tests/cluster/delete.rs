use alluxio_client::{DeleteOptions, Descend, MountPoints, UfsDelete};
use alluxio_common::{ReadType, WriteType};
use alluxio_testing::{content, read_file, write_file};

use crate::support::{RECURSIVELY, cluster, files_below, path, write_as};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_goes_from_the_store_and_from_the_workers() {
    let cluster = cluster().await;
    let files = cluster.client();
    let bytes = content(1, 10_000);
    for (index, write_type) in [
        WriteType::MustCache,
        WriteType::CacheThrough,
        WriteType::Through,
    ]
    .into_iter()
    .enumerate()
    {
        let path = path(&format!("/tree/{index}/file"));
        write_file(&files, &path, &bytes, write_as(write_type))
            .await
            .unwrap();
    }
    assert_eq!(files_below(&cluster.root_store()).len(), 2);
    files.delete(&path("/tree"), RECURSIVELY).await.unwrap();
    assert!(!files.exists(&path("/tree")).await.unwrap());
    assert!(files_below(&cluster.root_store()).is_empty());
    assert!(!cluster.root_store().join("tree").is_dir());
    cluster.no_blocks().await;
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_from_the_namespace_alone_stays_in_the_store() {
    let cluster = cluster().await;
    let files = cluster.client();
    let bytes = content(1, 10_000);
    let path = path("/kept");
    write_file(&files, &path, &bytes, write_as(WriteType::CacheThrough))
        .await
        .unwrap();
    let only_here = DeleteOptions {
        descend: Descend::No,
        ufs: UfsDelete::Keep,
        mount_points: MountPoints::Refuse,
    };
    files.delete(&path, only_here).await.unwrap();
    cluster.no_blocks().await;
    assert_eq!(files_below(&cluster.root_store()), ["kept"]);
    let read = read_file(&files, &path, ReadType::Cache).await;
    // It may be found again, because the store has it; it is never found wrong.
    assert!(read.map_or(true, |read| read == bytes));
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_can_be_used_again_with_other_content() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/again");
    for round in 0..5 {
        let bytes = content(round, 20_000);
        write_file(&files, &path, &bytes, write_as(WriteType::CacheThrough))
            .await
            .unwrap();
        let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
        assert!(read == bytes);
        files.delete(&path, RECURSIVELY).await.unwrap();
    }
    cluster.no_blocks().await;
    cluster.shutdown().await;
}
