use alluxio_client::{CreateFileOptions, ListStatusOptions, Overwrite};
use alluxio_common::{ByteSize, PersistenceState, ReadType, WriteType};
use alluxio_testing::{content, eventually, read_all, read_file, write_file};
use bytes::BytesMut;

use crate::support::{RECURSIVELY, cluster, files_below, path, persisted, write_as};

const WRITE_TYPES: [WriteType; 5] = [
    WriteType::MustCache,
    WriteType::TryCache,
    WriteType::CacheThrough,
    WriteType::Through,
    WriteType::AsyncThrough,
];
const READ_TYPES: [ReadType; 3] = [ReadType::NoCache, ReadType::Cache, ReadType::CachePromote];

/// Two whole blocks and a bit.
const LENGTH: usize = 2_500_000;
const BLOCK: ByteSize = ByteSize::from_bytes(1 << 20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_type_is_read_byte_for_byte_by_every_read_type() {
    let cluster = cluster().await;
    let files = cluster.client();
    for (write_index, write_type) in WRITE_TYPES.into_iter().enumerate() {
        for (read_index, read_type) in READ_TYPES.into_iter().enumerate() {
            let path = path(&format!("/matrix/{write_type}_{read_index}"));
            let bytes = content((write_index * 10 + read_index) as u64, LENGTH);
            let mut options = write_as(write_type);
            options.block_size = Some(BLOCK);
            write_file(&files, &path, &bytes, options).await.unwrap();
            for _again in 0..2 {
                let read = read_file(&files, &path, read_type).await.unwrap();
                assert!(read == bytes, "{write_type} then {read_type}");
            }
            let status = files.get_status(&path).await.unwrap();
            assert_eq!(status.length, i64::try_from(LENGTH).unwrap());
            assert_eq!(status.block_ids.len(), 3);
        }
    }
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_type_decides_what_the_store_holds_when_the_writer_is_closed() {
    let cluster = cluster().await;
    let files = cluster.client();
    let bytes = content(7, 100_000);
    for write_type in WRITE_TYPES {
        let path = path(&format!("/{write_type}"));
        write_file(&files, &path, &bytes, write_as(write_type))
            .await
            .unwrap();
        let in_store = std::fs::read(cluster.root_store().join(write_type.to_string()));
        let status = files.get_status(&path).await.unwrap();
        match write_type {
            WriteType::CacheThrough | WriteType::Through => {
                assert!(in_store.unwrap() == bytes, "{write_type}");
                assert_eq!(status.persistence, PersistenceState::Persisted);
            }
            WriteType::MustCache | WriteType::TryCache | WriteType::None => {
                in_store.unwrap_err();
                assert_eq!(status.persistence, PersistenceState::NotPersisted);
            }
            WriteType::AsyncThrough => {
                persisted(&files, &path).await;
            }
        }
        let cached = if write_type == WriteType::Through {
            0
        } else {
            100
        };
        assert_eq!(status.in_alluxio_percentage, cached, "{write_type}");
    }
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_file_is_a_file() {
    let cluster = cluster().await;
    let files = cluster.client();
    for write_type in WRITE_TYPES {
        let path = path(&format!("/empty/{write_type}"));
        let nothing = content(0, 0);
        write_file(&files, &path, &nothing, write_as(write_type))
            .await
            .unwrap();
        let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
        assert!(read.is_empty());
        if write_type == WriteType::AsyncThrough {
            persisted(&files, &path).await;
        }
    }
    let in_store = files_below(&cluster.root_store().join("empty"));
    assert_eq!(in_store, ["ASYNC_THROUGH", "CACHE_THROUGH", "THROUGH"]);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_range_can_be_read_in_any_order() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/ranges");
    let bytes = content(3, LENGTH);
    let mut options = write_as(WriteType::CacheThrough);
    options.block_size = Some(BLOCK);
    write_file(&files, &path, &bytes, options).await.unwrap();
    let mut reader = files.open_file(&path, Some(ReadType::Cache)).await.unwrap();
    let block = 1 << 20;
    for (start, length) in [
        (LENGTH - 10, 10),
        (0, 1),
        (block - 5, 10),
        (block, block),
        (5, LENGTH - 5),
        (LENGTH - 3, 100),
    ] {
        let read = reader.read_at(start as u64, length).await.unwrap();
        let end = LENGTH.min(start + length);
        assert!(read == bytes[start..end], "{start}+{length}");
    }
    reader.seek(block as u64 + 1).unwrap();
    let read = reader.read(4).await.unwrap();
    assert!(!read.is_empty() && read == bytes[block + 1..block + 1 + read.len()]);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_written_through_is_not_in_the_way_of_the_next_try() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    let (path, bytes) = (path("/later"), content(3, 100_000));
    cluster.stop_worker(0).await;
    for write_type in [WriteType::Through, WriteType::CacheThrough] {
        let created = files.create_file(&path, write_as(write_type)).await;
        created.map(drop).expect_err("nobody takes the bytes");
        assert_eq!(files.find_status(&path).await.unwrap(), None);
    }
    cluster.start_worker(0).await.unwrap();
    write_file(&files, &path, &bytes, write_as(WriteType::Through))
        .await
        .unwrap();
    let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
    assert!(read == bytes);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_asks_for_the_next_block_before_it_comes_there_and_for_no_other() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/scanned");
    let bytes = content(3, 3 * usize::try_from(BLOCK.bytes()).unwrap());
    let mut options = write_as(WriteType::Through);
    options.block_size = Some(BLOCK);
    write_file(&files, &path, &bytes, options).await.unwrap();

    let mut reader = files.open_file(&path, Some(ReadType::Cache)).await.unwrap();
    let mut read = BytesMut::new();
    while reader.position() < BLOCK.bytes() / 2 {
        let left = BLOCK.bytes() - 1 - reader.position();
        let piece = reader.read(usize::try_from(left).unwrap()).await.unwrap();
        read.extend_from_slice(&piece);
    }
    eventually("the second block is here", async || {
        let status = files.get_status(&path).await.unwrap();
        assert!(status.blocks[2].info.locations.is_empty());
        !status.blocks[1].info.locations.is_empty()
    })
    .await;
    read.extend_from_slice(&read_all(&mut reader).await.unwrap());
    assert!(read == bytes);
}

/// As two tasks that overwrite one file, of which the first should have ended long ago.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_has_the_bytes_of_one_of_two_writers_that_overwrite_it() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/shared");
    let (zombie, heir) = (content(1, LENGTH), content(2, LENGTH));
    for write_type in [
        WriteType::MustCache,
        WriteType::AsyncThrough,
        WriteType::CacheThrough,
    ] {
        let options = CreateFileOptions {
            block_size: Some(BLOCK),
            overwrite: Overwrite::Yes,
            ..write_as(write_type)
        };
        for begun in [1, LENGTH / 2, LENGTH] {
            let mut first = files.create_file(&path, options.clone()).await.unwrap();
            let (head, tail) = zombie.split_at(begun);
            first.write(head.to_vec().into()).await.unwrap();
            let mut second = files.create_file(&path, options.clone()).await.unwrap();
            let late = async {
                first.write(tail.to_vec().into()).await?;
                first.close().await
            };
            late.await.unwrap_err();
            second.write(heir.clone()).await.unwrap();
            second.close().await.unwrap();
            let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
            assert!(
                read == heir,
                "{write_type}, {begun} bytes before the other came"
            );
        }
    }
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_deleted_or_replaced_while_it_is_written_leaves_nothing_in_the_store() {
    let cluster = cluster().await;
    let files = cluster.client();
    let (path, in_store) = (path("/late"), cluster.root_store().join("late"));
    let (zombie, heir) = (content(1, LENGTH), content(2, LENGTH));
    for write_type in [WriteType::CacheThrough, WriteType::Through] {
        let options = CreateFileOptions {
            overwrite: Overwrite::Yes,
            ..write_as(write_type)
        };
        let mut first = files.create_file(&path, options.clone()).await.unwrap();
        first.write(zombie.clone()).await.unwrap();
        files.delete(&path, RECURSIVELY).await.unwrap();
        first.close().await.unwrap_err();
        assert!(!in_store.try_exists().unwrap(), "{write_type}");

        let mut first = files.create_file(&path, options.clone()).await.unwrap();
        first.write(zombie.clone()).await.unwrap();
        write_file(&files, &path, &heir, options).await.unwrap();
        first.close().await.unwrap_err();
        assert!(std::fs::read(&in_store).unwrap() == heir, "{write_type}");
        let read = read_file(&files, &path, ReadType::NoCache).await.unwrap();
        assert!(read == heir, "{write_type}");
        files.delete(&path, RECURSIVELY).await.unwrap();
    }
    cluster.shutdown().await;
}

#[tokio::test]
async fn a_file_whose_directory_is_moved_while_it_is_written_is_taken_back_where_it_is() {
    let cluster = cluster().await;
    let files = cluster.client();
    let (from, to) = (path("/from"), path("/to"));
    for write_type in [WriteType::CacheThrough, WriteType::Through] {
        let options = write_as(write_type);
        let mut writer = files.create_file(&path("/from/f"), options).await.unwrap();
        writer.write(content(1, LENGTH)).await.unwrap();
        files.rename(&from, &to).await.unwrap();
        writer.close().await.unwrap_err();
        let left = files.list_status(&to, ListStatusOptions::default()).await;
        assert!(left.unwrap().is_empty(), "{write_type}");
        assert!(!cluster.root_store().join("from/f").try_exists().unwrap());
        files.delete(&to, RECURSIVELY).await.unwrap();
    }
    cluster.shutdown().await;
}
