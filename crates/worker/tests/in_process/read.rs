//! `ReadBlock` and what leads to it: hits, read-through, caching on request.

use std::sync::atomic::Ordering;

use alluxio_common::{BlockId, MountId, UfsPath};
use alluxio_proto::grpc::block::{
    Block, CacheRequest, LoadRequest, OpenLocalBlockRequest, ReadRequest, TaskStatus,
    UfsReadOptions,
};
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};
use alluxio_worker::ufs_read::UfsBlock;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use crate::fixture::{Cluster, FILE, MOUNT, Storage, eventually, pattern};
use crate::write::write_block;

const MIB: usize = 1 << 20;

pub(crate) fn request(id: i64, offset: i64, length: i64) -> ReadRequest {
    ReadRequest {
        block_id: Some(id),
        offset: Some(offset),
        length: Some(length),
        chunk_size: Some(64 << 10),
        open_ufs_block_options: Some(OpenUfsBlockOptions::default()),
        ..ReadRequest::default()
    }
}

fn from_store(id: i64, offset: i64, length: i64, options: &OpenUfsBlockOptions) -> ReadRequest {
    ReadRequest {
        open_ufs_block_options: Some(options.clone()),
        ..request(id, offset, length)
    }
}

/// Reads as clients do: acknowledges each chunk, and closes its half when it has enough.
pub(crate) async fn read(cluster: &Cluster, request: ReadRequest) -> Result<Vec<u8>, Status> {
    let (sender, receiver) = mpsc::channel(4);
    sender.send(request.clone()).await.unwrap();
    let mut client = cluster.client();
    let mut answers = client
        .read_block(ReceiverStream::new(receiver))
        .await?
        .into_inner();
    let mut data = Vec::new();
    while let Some(answer) = answers.message().await? {
        let chunk = answer.chunk.unwrap().data.unwrap();
        assert!(!chunk.is_empty(), "a chunk without data breaks clients");
        data.extend_from_slice(&chunk);
        let received = request.offset() + i64::try_from(data.len()).unwrap();
        let acknowledgement = ReadRequest {
            offset_received: Some(received),
            ..request.clone()
        };
        // The stream may have ended on the other side; acknowledgements are best effort.
        sender.send(acknowledgement).await.ok();
    }
    Ok(data)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_a_block_comes_back_byte_for_byte_from_memory_and_from_disk() {
    for storage in [Storage::Memory, Storage::Disk] {
        let cluster = Cluster::start(storage, 64 << 20).await;
        let data = pattern(3 * MIB + 17);
        write_block(&cluster, 1, &data).await.unwrap();
        for (offset, length) in [
            (0, data.len()),
            (1, 1),
            (MIB - 3, MIB),
            (data.len() - 5, 900),
        ] {
            let end = data.len().min(offset + length);
            let (from, wanted) = (
                i64::try_from(offset).unwrap(),
                i64::try_from(length).unwrap(),
            );
            let found = read(&cluster, request(1, from, wanted)).await.unwrap();
            assert!(found == data[offset..end], "{storage:?} {offset} {length}");
        }
        cluster.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_closes_its_half_gets_a_good_end_and_no_more_data() {
    for storage in [Storage::Memory, Storage::Disk] {
        let cluster = Cluster::start(storage, 256 << 20).await;
        let data = pattern(64 * MIB);
        write_block(&cluster, 1, &data).await.unwrap();
        let (sender, receiver) = mpsc::channel(1);
        sender.send(request(1, 0, 64 << 20)).await.unwrap();
        let mut client = cluster.client();
        let mut answers = client
            .read_block(ReceiverStream::new(receiver))
            .await
            .unwrap()
            .into_inner();
        let first = answers.message().await.unwrap().unwrap();
        assert!(first.chunk.is_some());
        drop(sender);
        let mut rest = 0;
        while let Some(answer) = answers.message().await.unwrap() {
            rest += answer.chunk.unwrap().data.unwrap().len();
        }
        assert!(rest < data.len() / 2, "{rest} bytes came after the close");
        cluster.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_with_the_code_that_clients_expect() {
    let cluster = Cluster::start(Storage::Memory, 1 << 20).await;
    let missing = read(&cluster, request(5, 0, 10)).await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
    for bad in [request(-1, 0, 1), request(5, -1, 1), request(5, 0, 0)] {
        let error = read(&cluster, bad).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_block_is_read_to_its_end_by_who_has_begun() {
    let cluster = Cluster::start(Storage::Memory, 256 << 20).await;
    let data = pattern(32 * MIB);
    write_block(&cluster, 1, &data).await.unwrap();
    let (sender, receiver) = mpsc::channel(1);
    sender.send(request(1, 0, 32 << 20)).await.unwrap();
    let mut client = cluster.client();
    let mut answers = client
        .read_block(ReceiverStream::new(receiver))
        .await
        .unwrap()
        .into_inner();
    let mut found = answers
        .message()
        .await
        .unwrap()
        .unwrap()
        .chunk
        .unwrap()
        .data
        .unwrap()
        .to_vec();
    let store = &cluster.process.worker().store;
    store.remove(BlockId::from_raw(1)).unwrap();
    while let Some(answer) = answers.message().await.unwrap() {
        found.extend_from_slice(&answer.chunk.unwrap().data.unwrap());
    }
    assert!(found == data);
    drop(sender);
    eventually("the space is free", || cluster.used() == 0).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_readers_of_a_missing_block_share_one_read_of_the_store() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(9 * MIB + 1);
    let options = cluster.ufs_file("f", &data);
    let length = i64::try_from(data.len()).unwrap();
    let readers = (0..12).map(|_| read(&cluster, from_store(16, 0, length, &options)));
    for found in futures::future::join_all(readers).await {
        assert!(found.unwrap() == data);
    }
    assert_eq!(cluster.faults.calls(UfsOperation::Open), 1);
    let heard = cluster
        .master
        .until(|heard| heard.committed.contains_key(&16))
        .await;
    assert_eq!(heard.committed[&16].length(), length);
    assert!(read(&cluster, request(16, 5, 10)).await.unwrap() == data[5..15]);
    assert_eq!(cluster.faults.calls(UfsOperation::Open), 1);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mount_that_many_use_at_once_for_the_first_time_is_connected_once() {
    let cluster = Cluster::start(Storage::Memory, 1 << 20).await;
    let mounts = &cluster.process.worker().mounts;
    let uses = (0..16).map(|_| mounts.resolve(MountId::from_raw(MOUNT)));
    for used in futures::future::join_all(uses).await {
        used.unwrap();
    }
    assert_eq!(cluster.connectors.load(Ordering::Relaxed), 1);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_wants_nothing_cached_leaves_nothing() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(MIB);
    let mut options = cluster.ufs_file("f", &data);
    options.no_cache = Some(true);
    let found = read(&cluster, from_store(16, 0, 1 << 20, &options))
        .await
        .unwrap();
    assert!(found == data);
    assert!(!cluster.contains(16));
    assert_eq!(cluster.used(), 0);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_larger_than_the_worker_is_read_without_being_kept() {
    let cluster = Cluster::start(Storage::Memory, MIB as u64).await;
    let data = pattern(2 * MIB);
    let options = cluster.ufs_file("f", &data);
    let found = read(&cluster, from_store(16, 0, 2 << 20, &options))
        .await
        .unwrap();
    assert!(found == data);
    assert!(!cluster.contains(16));
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_read_has_the_whole_block_cached_behind_it() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(8 * MIB);
    let options = cluster.ufs_file("f", &data);
    let from = 7 << 20;
    let found = read(&cluster, from_store(16, from, 4096, &options))
        .await
        .unwrap();
    assert!(found == data[7 * MIB..7 * MIB + 4096]);
    cluster
        .master
        .until(|heard| heard.committed.contains_key(&16))
        .await;
    assert!(read(&cluster, request(16, 0, 8 << 20)).await.unwrap() == data);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_does_not_wait_for_room_to_cache_what_it_reads() {
    let cluster = Cluster::start(Storage::Memory, 10).await;
    let file = (1 << 24) | 0xFF_FFFF;
    cluster.master.file_being_persisted(file);
    write_block(&cluster, 1 << 24, &[0; 10]).await.unwrap();
    let options = cluster.ufs_file("f", b"from store");
    // A block of another file.
    let place = options.ufs_path();
    cluster.master.place_file((2 << 24) | 0xFF_FFFF, place);
    let request = from_store(2 << 24, 0, 10, &options);
    assert_eq!(read(&cluster, request).await.unwrap(), b"from store");
    // A request that waits asks about the file again.
    assert_eq!(cluster.master.heard().asked[&file], 1);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_store_reaches_every_reader_as_a_sentence() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let options = cluster.ufs_file("f", &pattern(MIB));
    let path = options.ufs_path().to_owned();
    let fault = Fault::Fail(UfsErrorKind::Unavailable);
    cluster
        .faults
        .add(FaultRule::on(UfsOperation::Read, fault).always());
    let readers = (0..4).map(|_| read(&cluster, from_store(16, 0, 1 << 20, &options)));
    for outcome in futures::future::join_all(readers).await {
        let error = outcome.unwrap_err();
        // UNAVAILABLE would be repeated by clients for minutes.
        assert_eq!(error.code(), Code::Unknown);
        assert!(
            error.message().starts_with("Failed to read from UFS, "),
            "{error}"
        );
        assert!(error.message().contains(&path), "{error}");
    }
    assert_eq!(cluster.used(), 0);

    cluster.faults.clear();
    std::fs::remove_file(&path).unwrap();
    let gone = read(&cluster, from_store(16, 0, 1 << 20, &options))
        .await
        .unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    assert!(gone.message().contains(&path), "{gone}");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_read_outside_the_mount_it_names() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(elsewhere.path(), pattern(MIB)).unwrap();
    let mut options = cluster.ufs_file("f", &pattern(MIB));
    options.ufs_path = Some(elsewhere.path().display().to_string());
    for no_cache in [false, true] {
        options.no_cache = Some(no_cache);
        let outcome = read(&cluster, from_store(16, 0, 1 << 20, &options)).await;
        assert_eq!(outcome.unwrap_err().code(), Code::PermissionDenied);
    }
    assert_eq!(cluster.used(), 0);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_moved_or_removed_is_not_read_from_what_has_its_name_now() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(MIB);
    let length = i64::try_from(MIB).unwrap();
    let options = cluster.ufs_file("f", &data);
    let found = read(&cluster, from_store(16, 0, length, &options)).await;
    assert!(found.unwrap() == data);

    cluster.master.place_file(FILE, "/elsewhere/f");
    for (block, length) in [(17, length), (18, 10)] {
        let refused = read(&cluster, from_store(block, 0, length, &options)).await;
        let refused = refused.unwrap_err();
        assert!(
            refused.message().contains("is not its file any more"),
            "{refused}"
        );
    }
    eventually("nothing is kept", || !cluster.contains(17)).await;
    let found = read(&cluster, from_store(16, 0, length, &options)).await;
    assert!(found.unwrap() == data, "what is cached is the old file's");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_became_shorter_in_the_store_ends_early_and_is_not_kept() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(MIB);
    let mut options = cluster.ufs_file("f", &data);
    options.block_size = Some(2 << 20);
    let found = read(&cluster, from_store(16, 0, 2 << 20, &options))
        .await
        .unwrap();
    assert!(found == data);
    eventually("the fetch ends", || cluster.used() == 0).await;
    assert!(!cluster.contains(16));
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_whose_file_is_gone_is_read_from_the_store_again() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(MIB);
    let options = cluster.ufs_file("f", &data);
    let whole = from_store(16, 0, 1 << 20, &options);
    read(&cluster, whole.clone()).await.unwrap();
    cluster
        .master
        .until(|heard| heard.committed.contains_key(&16))
        .await;
    std::fs::remove_file(cluster.blocks.path().join("alluxioworker/16")).unwrap();
    assert!(read(&cluster, whole.clone()).await.unwrap() == data);
    assert!(read(&cluster, whole).await.unwrap() == data);
    assert_eq!(cluster.faults.calls(UfsOperation::Open), 2);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_who_asks_for_an_only_copy_that_is_lost_hears_that_it_is_not_here() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    for id in [1, 2] {
        write_block(&cluster, id, &pattern(MIB)).await.unwrap();
    }
    // As a person does who cleans up.
    std::fs::remove_dir_all(cluster.blocks.path().join("alluxioworker")).unwrap();
    let (requests, receiver) = mpsc::channel(1);
    let open = OpenLocalBlockRequest {
        block_id: Some(1),
        ..OpenLocalBlockRequest::default()
    };
    requests.send(open).await.unwrap();
    let mut client = cluster.client();
    let opened = client.open_local_block(ReceiverStream::new(receiver)).await;
    let opened = match opened {
        Ok(answers) => answers.into_inner().message().await.map(drop),
        Err(status) => Err(status),
    };
    assert_eq!(opened.unwrap_err().code(), Code::NotFound);
    let streamed = read(&cluster, request(2, 0, 10)).await.unwrap_err();
    assert_eq!(streamed.code(), Code::NotFound);
    cluster
        .master
        .until(|heard| heard.removed.contains(&1) && heard.removed.contains(&2))
        .await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_cached_on_request_before_the_answer_or_after_it() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(MIB);
    let options = cluster.ufs_file("f", &data);
    let cache = |id: i64, later: bool| CacheRequest {
        block_id: Some(id),
        source_host: Some("127.0.0.1".into()),
        source_port: Some(cluster.process.rpc_address().port().into()),
        open_ufs_block_options: Some(options.clone()),
        length: Some(1 << 20),
        r#async: Some(later),
    };
    cluster.client().cache(cache(16, false)).await.unwrap();
    assert!(cluster.contains(16));
    cluster.client().cache(cache(32, true)).await.unwrap();
    cluster
        .master
        .until(|heard| heard.committed.contains_key(&32))
        .await;

    let load = |id, path: &str| Block {
        block_id: id,
        length: 1 << 20,
        ufs_path: Some(path.to_owned()),
        offset_in_file: Some(0),
        mount_id: Some(MOUNT),
    };
    let message = LoadRequest {
        blocks: vec![load(48, options.ufs_path()), load(64, "/no/such/file")],
        options: UfsReadOptions {
            tag: "1".into(),
            position_short: false,
            bandwidth: None,
            user: None,
        },
    };
    let answer = cluster.client().load(message).await.unwrap().into_inner();
    assert_eq!(answer.status(), TaskStatus::PartialFailure);
    assert_eq!(answer.block_status.len(), 1);
    assert_eq!(answer.block_status[0].block.block_id, 64);
    assert!(cluster.contains(48));
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_hangs_keeps_no_block_of_another_mount_from_being_cached() {
    const OTHER: i64 = 2;
    const BLOCK_OF_OTHER: i64 = 5 << 24;
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let hanging = cluster.ufs_file("f", &pattern(MIB));
    let healthy = tempfile::tempdir().unwrap();
    let file = healthy.path().join("g");
    std::fs::write(&file, pattern(MIB)).unwrap();
    let file = file.display().to_string();
    let id = BlockId::from_raw(BLOCK_OF_OTHER).file_id().raw();
    cluster
        .master
        .mount(OTHER, &healthy.path().display().to_string());
    cluster.master.place_file(id, &file);
    let below = UfsPath::parse(&cluster.store.path().display().to_string()).unwrap();
    let hangs = FaultRule::on(UfsOperation::Open, Fault::Hang);
    cluster.faults.add(hangs.below(&below).always());

    let cache = async |block_id: i64, options: OpenUfsBlockOptions| {
        let request = CacheRequest {
            block_id: Some(block_id),
            source_host: Some("127.0.0.1".into()),
            source_port: Some(cluster.process.rpc_address().port().into()),
            open_ufs_block_options: Some(options),
            length: Some(1 << 20),
            r#async: Some(true),
        };
        cluster.client().cache(request).await.unwrap();
    };
    // More than may wait.
    for block_id in 0..1_000 {
        cache(block_id, hanging.clone()).await;
    }
    let options = OpenUfsBlockOptions {
        ufs_path: Some(file),
        mount_id: Some(OTHER),
        ..hanging
    };
    cache(BLOCK_OF_OTHER, options).await;
    cluster
        .master
        .until(|heard| heard.committed.contains_key(&BLOCK_OF_OTHER))
        .await;
    cluster.faults.clear();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_that_hang_leave_fetches_to_those_that_answer() {
    const BLOCK_OF_HEALTHY: i64 = 5 << 24;
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let stores: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let below = |store: &tempfile::TempDir| UfsPath::parse(&store.path().display().to_string());
    for (mount, store) in (2..).zip(&stores) {
        let uri = below(store).unwrap();
        cluster.master.mount(mount, &uri.to_string());
        if mount < 4 {
            let hangs = FaultRule::on(UfsOperation::Open, Fault::Hang);
            cluster.faults.add(hangs.below(&uri).always());
        }
    }
    let reads = &cluster.process.worker().ufs_reads;
    for (mount, store) in (2..4).zip(&stores) {
        let begun = (0_i64..).map_while(|number| {
            reads.start(&UfsBlock {
                block_id: BlockId::from_raw((mount << 32) + number),
                mount: MountId::from_raw(mount),
                path: Some(below(store).unwrap().join("f")),
                offset_in_file: 0,
                length: 1,
            })
        });
        assert!(begun.count() > 10, "it hangs with all that it may have");
    }
    let data = pattern(MIB);
    let file = stores[2].path().join("g");
    std::fs::write(&file, &data).unwrap();
    let file = file.display().to_string();
    let id = BlockId::from_raw(BLOCK_OF_HEALTHY).file_id().raw();
    cluster.master.place_file(id, &file);
    let options = OpenUfsBlockOptions {
        ufs_path: Some(file),
        mount_id: Some(4),
        offset_in_file: Some(0),
        block_size: Some(1 << 20),
        no_cache: Some(false),
        ..OpenUfsBlockOptions::default()
    };
    let whole = from_store(BLOCK_OF_HEALTHY, 0, 1 << 20, &options);
    assert!(read(&cluster, whole).await.unwrap() == data);
    cluster
        .master
        .until(|heard| heard.committed.contains_key(&BLOCK_OF_HEALTHY))
        .await;
    cluster.faults.clear();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_cached_from_another_worker() {
    let (source, target) = tokio::join!(
        Cluster::start(Storage::Memory, 64 << 20),
        Cluster::start(Storage::Disk, 64 << 20)
    );
    let data = pattern(3 * MIB + 5);
    write_block(&source, 16, &data).await.unwrap();
    let request = CacheRequest {
        block_id: Some(16),
        source_host: Some("127.0.0.1".into()),
        source_port: Some(source.process.rpc_address().port().into()),
        open_ufs_block_options: None,
        length: Some(i64::try_from(data.len()).unwrap()),
        r#async: Some(false),
    };
    target.client().cache(request).await.unwrap();
    assert!(target.master.heard().committed.contains_key(&16));
    assert!(read(&target, self::request(16, 0, 4 << 20)).await.unwrap() == data);
    source.stop().await;
    target.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_client_is_told_the_file_and_keeps_it_until_it_closes() {
    let cluster = Cluster::start(Storage::Memory, 20).await;
    cluster.master.persisted_file((16 | 0xFF_FFFF) as i64);
    write_block(&cluster, 16, b"0123456789").await.unwrap();
    let (sender, receiver) = mpsc::channel(1);
    let open = OpenLocalBlockRequest {
        block_id: Some(16),
        promote: Some(false),
        open_ufs_block_options: None,
    };
    sender.send(open).await.unwrap();
    let mut client = cluster.client();
    let mut answers = client
        .open_local_block(ReceiverStream::new(receiver))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    assert_eq!(std::fs::read(answer.path()).unwrap(), b"0123456789");
    // There is room for one such block beside it, and not for two.
    let full = write_block(&cluster, 1 << 24, &[7; 11]).await.unwrap_err();
    assert_eq!(full.code(), Code::ResourceExhausted);
    drop(sender);
    assert!(answers.message().await.unwrap().is_none());
    eventually("the block may go", || {
        std::sync::Arc::strong_count(
            &cluster
                .process
                .worker()
                .store
                .find(BlockId::from_raw(16))
                .unwrap(),
        ) == 2
    })
    .await;
    cluster
        .process
        .worker()
        .store
        .mark_in_store([BlockId::from_raw(16)]);
    write_block(&cluster, 1 << 24, &[7; 11]).await.unwrap();
    assert!(!cluster.contains(16));
    cluster.stop().await;
}
