use alluxio_client::{AccessTimes, ListStatusOptions, LoadMetadata};
use alluxio_common::{ReadType, WriteType};
use alluxio_testing::{ClusterOptions, content, eventually, read_file, write_file};

use crate::support::{cluster, path, start, write_as};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_loads_sees_only_what_the_master_knows() {
    let cluster = cluster().await;
    std::fs::write(cluster.root_store().join("unseen"), "there").unwrap();
    let never = cluster.client_with(|conf| conf.load_metadata = LoadMetadata::Never);
    let list = ListStatusOptions::default();
    let unseen = path("/unseen");
    assert!(!never.exists(&unseen).await.unwrap());
    assert!(never.find_status(&unseen).await.unwrap().is_none());
    let listed = never.list_status(&path("/"), list).await;
    assert!(listed.unwrap().is_empty());

    let once = cluster.client();
    assert!(once.exists(&unseen).await.unwrap());
    assert!(never.exists(&unseen).await.unwrap());
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_can_leave_access_times_alone() {
    let cluster = start(ClusterOptions {
        properties: vec![
            ("alluxio.master.file.access.time.update.precision", "0"),
            (
                "alluxio.master.file.access.time.journal.flush.interval",
                "20ms",
            ),
        ],
        ..ClusterOptions::default()
    })
    .await;
    let noting = cluster.client();
    let quiet = cluster.client_with(|conf| conf.access_times = AccessTimes::LeftAlone);
    let (left, noted) = (path("/left"), path("/noted"));
    for path in [&left, &noted] {
        write_file(
            &noting,
            path,
            &content(1, 100),
            write_as(WriteType::MustCache),
        )
        .await
        .unwrap();
    }
    let last_access = async |path| noting.get_status(path).await.unwrap().last_access_time;
    let (left_before, noted_before) = (last_access(&left).await, last_access(&noted).await);
    read_file(&quiet, &left, ReadType::Cache).await.unwrap();
    // Times are kept in the order of the reads: when the second moves, the first would have.
    read_file(&noting, &noted, ReadType::Cache).await.unwrap();
    eventually("the access is noted", async || {
        last_access(&noted).await > noted_before
    })
    .await;
    assert_eq!(last_access(&left).await, left_before);
    cluster.shutdown().await;
}
