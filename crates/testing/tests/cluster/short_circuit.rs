use alluxio_client::ShortCircuit;
use alluxio_common::{ByteSize, ReadType, WriteType};
use alluxio_testing::{content, read_file, write_file};

use crate::support::{cluster, path, write_as};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_and_without_short_circuit_the_bytes_are_the_same() {
    let cluster = cluster().await;
    let direct = cluster.client();
    let remote = cluster.client_with(|conf| conf.short_circuit = ShortCircuit::Disabled);
    let bytes = content(1, 5_000_000);
    for (name, writer) in [("direct", &direct), ("remote", &remote)] {
        for write_type in [WriteType::MustCache, WriteType::CacheThrough] {
            let path = path(&format!("/{name}/{write_type}"));
            let mut options = write_as(write_type);
            options.block_size = Some(ByteSize::from_bytes(2 << 20));
            write_file(writer, &path, &bytes, options).await.unwrap();
            for reader in [&direct, &remote] {
                let read = read_file(reader, &path, ReadType::Cache).await.unwrap();
                assert!(read == bytes);
            }
        }
    }
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_another_host_reads_from_the_worker() {
    let cluster = cluster().await;
    let near = cluster.client();
    let far = cluster.client_with(|conf| conf.hostname = "elsewhere.example".to_owned());
    let bytes = content(1, 5_000_000);
    let path = path("/far");
    write_file(&near, &path, &bytes, write_as(WriteType::MustCache))
        .await
        .unwrap();
    let read = read_file(&far, &path, ReadType::Cache).await.unwrap();
    assert!(read == bytes);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reserves_nothing_ahead_asks_for_what_it_writes() {
    let cluster = cluster().await;
    let files = cluster.client_with(|conf| conf.reserved_bytes = ByteSize::default());
    let bytes = content(1, 3_000_000);
    let path = path("/unreserved");
    write_file(&files, &path, &bytes, write_as(WriteType::MustCache))
        .await
        .unwrap();
    let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
    assert!(read == bytes);
    cluster.shutdown().await;
}
