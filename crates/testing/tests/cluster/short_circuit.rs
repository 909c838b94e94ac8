use alluxio_client::{FileSystem, ShortCircuit};
use alluxio_common::{AlluxioPath, ByteSize, ReadType, WriteType};
use alluxio_testing::{ClusterOptions, MiniCluster, content, read_file, write_file};
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};
use bytes::Bytes;

use crate::support::{cluster, path, start, write_as};

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

/// A file in the store alone, in blocks of 2 MiB.
async fn cold_file(files: &FileSystem, bytes: &Bytes) -> AlluxioPath {
    let path = path("/cold");
    let mut options = write_as(WriteType::Through);
    options.block_size = Some(ByteSize::from_bytes(2 << 20));
    write_file(files, &path, bytes, options).await.unwrap();
    path
}

fn sent_by_worker(cluster: &MiniCluster) -> i64 {
    cluster.worker(0).worker().metrics.bytes_read_remote.value()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cold_file_is_read_on_the_host_of_its_worker_without_a_stream() {
    let cluster = cluster().await;
    let files = cluster.client();
    let bytes = content(1, 7 << 20);
    let path = cold_file(&files, &bytes).await;
    let (one, other) = tokio::join!(
        read_file(&files, &path, ReadType::Cache),
        read_file(&files, &path, ReadType::CachePromote)
    );
    assert!(one.unwrap() == bytes && other.unwrap() == bytes);
    assert_eq!(sent_by_worker(&cluster), 0);
    assert_eq!(cluster.worker_faults().calls(UfsOperation::Open), 4);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_whose_fetch_breaks_off_in_the_middle_gets_the_right_bytes_all_the_same() {
    let cluster = cluster().await;
    let files = cluster.client();
    let bytes = content(1, 7 << 20);
    let path = cold_file(&files, &bytes).await;
    // What was fetched is not kept then.
    let breaks = FaultRule::on(UfsOperation::Read, Fault::TruncateRead(1000));
    cluster.worker_faults().add(breaks.skipping(1));
    let mut reader = files.open_file(&path, Some(ReadType::Cache)).await.unwrap();
    let mut read = Vec::new();
    let mut buffer = vec![0; 300_000];
    loop {
        let count = reader.read_into(&mut buffer).await.unwrap();
        if count == 0 {
            break;
        }
        read.extend_from_slice(&buffer[..count]);
    }
    assert!(read == bytes);
    assert!(sent_by_worker(&cluster) > 0);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_the_store_is_the_same_to_a_reader_with_and_without_a_stream() {
    let cluster = cluster().await;
    let direct = cluster.client();
    let bytes = content(1, 7 << 20);
    let path = cold_file(&direct, &bytes).await;
    let remote = cluster.client_with(|conf| conf.short_circuit = ShortCircuit::Disabled);
    let fault = Fault::Fail(UfsErrorKind::Unavailable);
    let mut errors = Vec::new();
    for files in [&direct, &remote] {
        let refuses = FaultRule::on(UfsOperation::Read, fault).skipping(1);
        cluster.worker_faults().add(refuses.always());
        let error = read_file(files, &path, ReadType::Cache).await.unwrap_err();
        errors.push(error.to_string());
        cluster.worker_faults().clear();
    }
    assert_eq!(errors[0], errors[1]);
    let read = read_file(&direct, &path, ReadType::Cache).await.unwrap();
    assert!(read == bytes);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_worker_cannot_or_must_not_keep_comes_as_a_stream() {
    let properties = vec![("alluxio.worker.ramdisk.size", "1MB")];
    let small = start(ClusterOptions {
        properties,
        ..ClusterOptions::default()
    });
    let large = cluster().await;
    for (cluster, read_type) in [(small.await, ReadType::Cache), (large, ReadType::NoCache)] {
        let files = cluster.client();
        let bytes = content(1, 6 << 20);
        let path = cold_file(&files, &bytes).await;
        let read = read_file(&files, &path, read_type).await.unwrap();
        assert!(read == bytes);
        assert_eq!(sent_by_worker(&cluster), 6 << 20);
        assert!(cluster.block_files(0).is_empty());
        cluster.shutdown().await;
    }
}
