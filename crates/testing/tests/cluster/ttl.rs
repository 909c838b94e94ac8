use alluxio_client::{Descend, SetAttributeOptions, Ttl};
use alluxio_common::{ReadType, TtlAction, WriteType};
use alluxio_testing::{content, eventually, read_file, write_file};

use crate::support::{cluster, files_below, path, write_as};

fn expires(action: TtlAction) -> SetAttributeOptions {
    SetAttributeOptions {
        ttl: Some(Ttl { millis: 1, action }),
        ..SetAttributeOptions::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_time_is_over_is_deleted_if_that_was_asked_for() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/short/lived");
    let bytes = content(1, 1000);
    write_file(&files, &path, &bytes, write_as(WriteType::CacheThrough))
        .await
        .unwrap();
    files
        .set_attribute(&path, Descend::No, expires(TtlAction::Delete))
        .await
        .unwrap();
    eventually("the file is gone", async || {
        !files.exists(&path).await.unwrap()
    })
    .await;
    assert!(files_below(&cluster.root_store()).is_empty());
    cluster.no_blocks().await;
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_time_is_over_is_freed_if_that_was_asked_for() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/cold");
    let bytes = content(1, 1000);
    write_file(&files, &path, &bytes, write_as(WriteType::CacheThrough))
        .await
        .unwrap();
    files
        .set_attribute(&path, Descend::No, expires(TtlAction::Free))
        .await
        .unwrap();
    cluster.no_blocks().await;
    let read = read_file(&files, &path, ReadType::NoCache).await.unwrap();
    assert!(read == bytes);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lifetime_survives_a_restart() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    let path = path("/lived");
    let bytes = content(1, 1000);
    write_file(&files, &path, &bytes, write_as(WriteType::MustCache))
        .await
        .unwrap();
    let ttl = Ttl {
        millis: 3_600_000,
        action: TtlAction::Delete,
    };
    let options = SetAttributeOptions {
        ttl: Some(ttl),
        ..SetAttributeOptions::default()
    };
    files
        .set_attribute(&path, Descend::No, options)
        .await
        .unwrap();
    cluster.restart_all().await.unwrap();
    assert_eq!(files.get_status(&path).await.unwrap().ttl, ttl);
    cluster.shutdown().await;
}
