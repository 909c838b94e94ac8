use alluxio_client::ShortCircuit;
use alluxio_common::{ReadType, WriteType};
use alluxio_testing::{ClusterOptions, MiniCluster, content, eventually, read_file, write_file};

use crate::support::{path, start, write_as};

/// A cluster whose worker has a second tier, in a folder that lives as long as the test.
async fn two_tiers(folder: &tempfile::TempDir) -> MiniCluster {
    // The properties of a cluster live as long as the program, and the path is short.
    let slow: &'static str = folder.path().display().to_string().leak();
    start(ClusterOptions {
        properties: vec![
            ("alluxio.worker.tieredstore.levels", "2"),
            ("alluxio.worker.tieredstore.level1.alias", "HDD"),
            ("alluxio.worker.tieredstore.level1.dirs.path", slow),
            ("alluxio.worker.tieredstore.level1.dirs.quota", "100MB"),
        ],
        ..ClusterOptions::default()
    })
    .await
}

fn used_on(cluster: &MiniCluster, level: usize) -> u64 {
    cluster.worker(0).worker().store.used_on_tier(level)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_writes_to_the_tier_or_medium_that_it_is_set_to() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = two_tiers(&folder).await;
    let bytes = content(1, 100_000);
    let lowest = cluster.client_with(|conf| conf.write_tier = -1);
    let by_medium = cluster.client_with(|conf| {
        conf.target_medium = "HDD".to_owned();
        conf.short_circuit = ShortCircuit::Disabled;
    });
    for (number, client) in [lowest, by_medium].iter().enumerate() {
        let path = path(&format!("/low/{number}"));
        let options = write_as(WriteType::MustCache);
        write_file(client, &path, &bytes, options).await.unwrap();
        let read = read_file(client, &path, ReadType::Cache).await.unwrap();
        assert!(read == bytes);
    }
    assert_eq!((used_on(&cluster, 0), used_on(&cluster, 1)), (0, 200_000));
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promoting_read_moves_a_block_to_the_fastest_tier() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = two_tiers(&folder).await;
    let bytes = content(1, 100_000);
    for short_circuit in [ShortCircuit::Enabled, ShortCircuit::Disabled] {
        let client = cluster.client_with(|conf| {
            conf.write_tier = 1;
            conf.short_circuit = short_circuit;
        });
        let path = path(&format!("/promoted/{short_circuit:?}"));
        let options = write_as(WriteType::MustCache);
        write_file(&client, &path, &bytes, options).await.unwrap();
        let fast = used_on(&cluster, 0);
        let read = read_file(&client, &path, ReadType::Cache).await.unwrap();
        assert!(read == bytes);
        assert_eq!(used_on(&cluster, 0), fast, "a plain read moves nothing");
        let promoting = read_file(&client, &path, ReadType::CachePromote).await;
        assert!(promoting.unwrap() == bytes);
        eventually("the block is on the fastest tier", async || {
            used_on(&cluster, 0) == fast + 100_000 && used_on(&cluster, 1) == 0
        })
        .await;
        let read = read_file(&client, &path, ReadType::Cache).await.unwrap();
        assert!(read == bytes);
    }
    cluster.shutdown().await;
}
