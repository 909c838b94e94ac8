use std::time::Duration;

use alluxio_client::{FileSystem, FileWriter, Kind, ListStatusOptions, ShortCircuit};
use alluxio_common::{ByteSize, Describe, ReadType, WriteType};
use alluxio_testing::{ClusterOptions, content, eventually, read_all, read_file, write_file};
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};

use crate::support::{cluster, files_below, path, start, write_as};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_write_leaves_nothing() {
    let cluster = cluster().await;
    let files = cluster.client();
    for write_type in [
        WriteType::MustCache,
        WriteType::CacheThrough,
        WriteType::Through,
    ] {
        let path = path(&format!("/cancelled/{write_type}"));
        let mut options = write_as(write_type);
        options.block_size = Some(ByteSize::from_bytes(1 << 20));
        let mut writer = files.create_file(&path, options).await.unwrap();
        writer.write(content(1, 2_500_000)).await.unwrap();
        writer.cancel().await;
        assert!(files.find_status(&path).await.unwrap().is_none());
    }
    let store = cluster.root_store();
    eventually("the store holds nothing", async || {
        files_below(&store).is_empty()
    })
    .await;
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_the_store_refuses_fails_and_leaves_nothing() {
    let cluster = cluster().await;
    let files = cluster.client();
    let refused = Fault::Fail(UfsErrorKind::PermissionDenied);
    cluster
        .worker_faults()
        .add(FaultRule::on(UfsOperation::Close, refused).always());
    for write_type in [WriteType::CacheThrough, WriteType::Through] {
        let path = path(&format!("/refused/{write_type}"));
        let bytes = content(1, 100_000);
        let written = write_file(&files, &path, &bytes, write_as(write_type)).await;
        written.unwrap_err();
        read_file(&files, &path, ReadType::Cache).await.unwrap_err();
    }
    // Blocks that were committed before the store refused are gone too.
    let mut options = write_as(WriteType::CacheThrough);
    options.block_size = Some(ByteSize::from_bytes(1 << 20));
    let blocks = content(1, 2_500_000);
    let written = write_file(&files, &path("/refused/blocks"), &blocks, options).await;
    written.unwrap_err();
    cluster.no_blocks().await;
    let store = cluster.root_store();
    eventually("the store holds nothing", async || {
        files_below(&store).is_empty()
    })
    .await;
    cluster.shutdown().await;
}

/// Opens writers of both kinds that go to the store, and gives each some bytes.
async fn begin(files: &FileSystem, top: &str) -> Vec<FileWriter> {
    let mut writers = Vec::new();
    for write_type in [WriteType::CacheThrough, WriteType::Through] {
        let path = path(&format!("{top}/{write_type}"));
        let mut writer = files
            .create_file(&path, write_as(write_type))
            .await
            .unwrap();
        writer.write(content(1, 100_000)).await.unwrap();
        writers.push(writer);
    }
    writers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_given_up_goes_although_its_store_is_away() {
    let cluster = cluster().await;
    let files = cluster.client_with(|conf| conf.sync_interval_ms = 0);
    let writers = begin(&files, "/given-up").await;
    for operation in [UfsOperation::Status, UfsOperation::DeleteFile] {
        let away = Fault::Fail(UfsErrorKind::Unavailable);
        cluster
            .master_faults()
            .add(FaultRule::on(operation, away).always());
    }
    for writer in writers {
        writer.cancel().await;
    }
    cluster.master_faults().clear();
    let top = path("/given-up");
    let left = files.list_status(&top, ListStatusOptions::default());
    assert!(left.await.unwrap().is_empty());
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_end_is_not_known_is_whole_or_gone() {
    let cluster = cluster().await;
    let files = cluster.client();
    let lost = Fault::LoseAnswer(UfsErrorKind::Unavailable);
    cluster
        .worker_faults()
        .add(FaultRule::on(UfsOperation::Close, lost).always());
    for writer in begin(&files, "/deleted").await {
        writer.close().await.unwrap_err();
    }
    assert!(files_below(&cluster.root_store()).is_empty());

    // The store has them, and keeps them: so has the namespace, as soon as it looks.
    let writers = begin(&files, "/kept").await;
    let refused = Fault::Fail(UfsErrorKind::PermissionDenied);
    cluster
        .master_faults()
        .add(FaultRule::on(UfsOperation::DeleteFile, refused).always());
    for writer in writers {
        let kept = writer.status().path.clone();
        writer.close().await.unwrap_err();
        let status = files.get_fresh_status(&kept).await.unwrap();
        assert_eq!((status.kind, status.length_bytes()), (Kind::File, 100_000));
        let read = read_file(&files, &kept, ReadType::Cache).await.unwrap();
        assert!(read == content(1, 100_000));
    }
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_no_worker_can_write_to_the_store_is_not_there() {
    let mut cluster = cluster().await;
    let files = cluster.client_with(|conf| conf.worker_list_refresh = Duration::from_secs(60));
    let bytes = content(1, 1000);
    // The client knows the worker, and does not hear that it is gone.
    let first = path("/first");
    write_file(&files, &first, &bytes, write_as(WriteType::Through))
        .await
        .unwrap();
    cluster.stop_worker(0).await;
    for write_type in [WriteType::CacheThrough, WriteType::Through] {
        let path = path(&format!("/nobody/{write_type}"));
        let created = files.create_file(&path, write_as(write_type)).await;
        created.unwrap_err();
        assert!(files.find_status(&path).await.unwrap().is_none());
    }
    cluster.start_worker(0).await.unwrap();
    for write_type in [WriteType::CacheThrough, WriteType::Through] {
        let path = path(&format!("/nobody/{write_type}"));
        write_file(&files, &path, &bytes, write_as(write_type))
            .await
            .unwrap();
        let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
        assert!(read == bytes);
    }
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_goes_on_when_its_worker_dies() {
    let mut cluster = start(ClusterOptions {
        workers: 2,
        ..ClusterOptions::default()
    })
    .await;
    let files = cluster.client_with(|conf| conf.short_circuit = ShortCircuit::Disabled);
    let path = path("/long");
    let bytes = content(1, 48 << 20);
    let mut options = write_as(WriteType::CacheThrough);
    options.block_size = Some(ByteSize::from_bytes(64 << 20));
    write_file(&files, &path, &bytes, options).await.unwrap();
    let mut reader = files.open_file(&path, Some(ReadType::Cache)).await.unwrap();
    let first = reader.read(1 << 20).await.unwrap();
    let holder = (0..2)
        .find(|index| !cluster.block_files(*index).is_empty())
        .unwrap();
    cluster.stop_worker(holder).await;
    let rest = read_all(&mut reader).await.unwrap();
    assert!(first == bytes[..first.len()] && rest == bytes[first.len()..]);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_come_back_with_their_worker() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    let path = path("/only/here");
    let bytes = content(1, 3_000_000);
    write_file(&files, &path, &bytes, write_as(WriteType::MustCache))
        .await
        .unwrap();
    for moves in [false, true] {
        cluster.stop_worker(0).await;
        if moves {
            cluster.move_worker(0);
        }
        cluster.start_worker(0).await.unwrap();
        let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
        assert!(read == bytes);
    }
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_waits_for_the_only_worker_that_has_the_block() {
    let mut cluster = start(ClusterOptions {
        properties: vec![
            ("alluxio.master.worker.timeout", "300ms"),
            ("alluxio.master.lost.worker.detection.interval", "50ms"),
        ],
        ..ClusterOptions::default()
    })
    .await;
    for sync_interval_ms in [-1, 0] {
        let files = cluster.client_with(|conf| {
            conf.sync_interval_ms = sync_interval_ms;
            conf.block_read_retry.first_pause = Duration::from_millis(10);
            conf.block_read_retry.longest_pause = Duration::from_millis(10);
        });
        let path = path(&format!("/only/here/{sync_interval_ms}"));
        let bytes = content(1, 3_000_000);
        write_file(&files, &path, &bytes, write_as(WriteType::MustCache))
            .await
            .unwrap();
        let mut reader = files.open_file(&path, Some(ReadType::Cache)).await.unwrap();
        cluster.stop_worker(0).await;
        let reading = read_all(&mut reader);
        futures::pin_mut!(reading);
        // It goes on although the master gives the worker up meanwhile.
        let patience = tokio::time::timeout(Duration::from_millis(900), &mut reading);
        assert!(patience.await.is_err(), "the reader waits");
        let (read, started) = futures::join!(reading, cluster.start_worker(0));
        started.unwrap();
        assert!(read.unwrap() == bytes);
    }
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_does_not_wait_for_a_block_whose_file_is_gone() {
    for short_circuit in [ShortCircuit::Enabled, ShortCircuit::Disabled] {
        let cluster = cluster().await;
        let files = cluster.client_with(|conf| {
            conf.short_circuit = short_circuit;
            // Whoever waits for the worker to come back with the block waits for so long.
            conf.block_read_retry.total = Duration::from_secs(600);
        });
        let path = path("/gone");
        let bytes = content(1, 100_000);
        write_file(&files, &path, &bytes, write_as(WriteType::MustCache))
            .await
            .unwrap();
        for file in cluster.block_files(0) {
            std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
        }
        let read = read_file(&files, &path, ReadType::Cache);
        let read = tokio::time::timeout(Duration::from_secs(60), read).await;
        let error = read.expect("it does not wait").unwrap_err().to_string();
        assert!(
            error.ends_with("is unavailable in both Alluxio and UFS."),
            "{error}"
        );
        cluster.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_which_a_write_failed_cannot_be_completed() {
    let cluster = start(ClusterOptions {
        properties: vec![
            ("alluxio.worker.ramdisk.size", "1MB"),
            ("alluxio.worker.free.space.timeout", "100ms"),
        ],
        ..ClusterOptions::default()
    })
    .await;
    let files = cluster.client();
    let path = path("/truncated");
    let mut options = write_as(WriteType::MustCache);
    options.block_size = Some(ByteSize::from_bytes(1 << 20));
    let mut writer = files.create_file(&path, options).await.unwrap();
    writer.write(content(1, 1 << 20)).await.unwrap();
    let full = writer.write(content(2, 1 << 20)).await.unwrap_err();
    let again = writer.write(content(3, 10)).await.unwrap_err();
    assert_eq!(again.code(), full.code());
    let refused = writer.close().await.unwrap_err();
    let told = refused.to_string();
    assert!(told.starts_with("/truncated cannot be completed, because a write failed: "));
    read_file(&files, &path, ReadType::Cache).await.unwrap_err();
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_does_not_wait_for_a_silent_master_between_its_blocks() {
    let mut cluster = cluster().await;
    let files = cluster.client_with(|conf| {
        conf.short_circuit = ShortCircuit::Disabled;
        conf.worker_list_refresh = Duration::ZERO;
    });
    let path = path("/blocks");
    let mut options = write_as(WriteType::MustCache);
    options.block_size = Some(ByteSize::from_bytes(1 << 20));
    let bytes = content(1, 3 << 20);
    write_file(&files, &path, &bytes, options).await.unwrap();
    let mut reader = files.open_file(&path, None).await.unwrap();
    cluster.stop_master().await;
    let read = tokio::time::timeout(Duration::from_secs(20), read_all(&mut reader)).await;
    assert!(
        read.expect("much sooner than calls to the master are given up")
            .unwrap()
            == bytes
    );
    cluster.shutdown().await;
}
