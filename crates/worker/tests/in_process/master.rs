//! The conversation with the master: registration, heartbeats, commands, and being without one.

use std::pin::pin;
use std::time::Duration;

use alluxio_common::{BlockId, SessionId};
use alluxio_proto::grpc::CommandType;
use alluxio_proto::grpc::block::{
    ClearMetricsRequest, FreeWorkerRequest, MoveBlockRequest, RemoveBlockRequest,
};
use alluxio_worker::block::{CreateBlock, Origin, Target};

use crate::fixture::{Cluster, FIRST_BOOT, SECOND_BOOT, Storage, eventually};
use crate::read::{read, request};
use crate::write::write_block;

fn registered_blocks(registration: &alluxio_proto::grpc::block::RegisterWorkerPRequest) -> usize {
    let lists = registration.current_blocks.iter();
    lists
        .map(|list| list.value.as_ref().unwrap().block_id.len())
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_names_the_tiers_and_all_blocks_in_parts() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    for id in 1..=5 {
        write_block(&cluster, id, b"0123456789").await.unwrap();
    }
    let first = cluster.master.heard().registrations[0].clone();
    assert_eq!(first.storage_tiers, ["MEM"]);
    assert_eq!(first.total_bytes_on_tiers["MEM"], 1000);
    assert_eq!(registered_blocks(&first), 0);

    cluster.master.command(CommandType::Register, Vec::new());
    let heard = cluster
        .master
        .until(|heard| heard.registrations.len() == 2)
        .await;
    // Two blocks per message: the parts arrive as one registration.
    assert_eq!(registered_blocks(&heard.registrations[1]), 5);
    assert_eq!(heard.registrations[1].used_bytes_on_tiers["MEM"], 50);
    assert_eq!(heard.registrations[1].worker_id(), 4711);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_tell_what_is_gone_and_how_much_was_read() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    write_block(&cluster, 1, b"0123456789").await.unwrap();
    read(&cluster, request(1, 0, 10)).await.unwrap();
    cluster
        .process
        .worker()
        .store
        .remove(BlockId::from_raw(1))
        .unwrap();
    let heard = cluster
        .master
        .until(|heard| heard.removed.contains(&1) && heard.metrics.contains_key("BytesReadRemote"));
    let metrics = heard.await.metrics;
    assert_eq!(metrics["BytesReadRemote"], 10.0);
    assert_eq!(metrics["BytesWrittenRemote"], 10.0);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_has_blocks_removed() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    write_block(&cluster, 1, b"a").await.unwrap();
    write_block(&cluster, 2, b"b").await.unwrap();
    cluster.master.command(CommandType::Free, vec![1, 99]);
    cluster
        .master
        .until(|heard| heard.removed.contains(&1))
        .await;
    assert!(!cluster.contains(1) && cluster.contains(2));
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_of_pinned_files_stay() {
    let cluster = Cluster::start(Storage::Memory, 20).await;
    let file = (1_i64 << 24) | 0xFF_FFFF;
    cluster.master.pin(&[file]);
    write_block(&cluster, 1 << 24, &[0; 20]).await.unwrap();
    cluster
        .process
        .worker()
        .store
        .mark_in_store([BlockId::from_raw(1 << 24)]);
    // Two heartbeats from now the list has been fetched after it was set.
    let now = cluster.master.heard().heartbeats;
    cluster
        .master
        .until(|heard| heard.heartbeats > now + 2)
        .await;
    assert!(write_block(&cluster, 2 << 24, &[0; 20]).await.is_err());
    cluster.master.pin(&[]);
    let now = cluster.master.heard().heartbeats;
    cluster
        .master
        .until(|heard| heard.heartbeats > now + 2)
        .await;
    write_block(&cluster, 2 << 24, &[0; 20]).await.unwrap();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_master_blocks_are_read_on_and_a_new_one_is_told_everything() {
    let mut cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let options = cluster.ufs_file("f", b"from the store");
    write_block(&cluster, 1, b"cached").await.unwrap();
    let through = alluxio_proto::grpc::block::ReadRequest {
        open_ufs_block_options: Some(options.clone()),
        ..request(16, 0, 14)
    };
    read(&cluster, through.clone()).await.unwrap();

    let server = cluster.server.take().unwrap();
    let address = server.address();
    server.stop().await;
    assert_eq!(read(&cluster, request(1, 0, 10)).await.unwrap(), b"cached");
    cluster
        .process
        .worker()
        .store
        .remove(BlockId::from_raw(16))
        .unwrap();
    // The mount is known from before.
    assert_eq!(read(&cluster, through).await.unwrap(), b"from the store");

    cluster.master.command(CommandType::Register, Vec::new());
    cluster.server = Some(cluster.master.serve(address));
    let heard = cluster
        .master
        .until(|heard| heard.registrations.len() == 2)
        .await;
    assert!(registered_blocks(&heard.registrations[1]) >= 1);
    write_block(&cluster, 2, b"written").await.unwrap();
    assert!(cluster.master.heard().committed.contains_key(&2));
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_write_ends_with_the_worker_and_leaves_nothing() {
    let cluster = Cluster::start(Storage::Disk, 1 << 20).await;
    let request = CreateBlock {
        block_id: BlockId::from_raw(1),
        session_id: SessionId::from_raw(1),
        target: Target::AnyTier,
        reserve: 10,
        origin: Origin::Client,
    };
    let temp = cluster
        .process
        .worker()
        .space
        .create(request)
        .await
        .unwrap();
    assert_eq!(cluster.temporary_files(), 1);
    drop(temp);
    eventually("the file is gone", || cluster.temporary_files() == 0).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_survive_a_restart_and_the_master_hears_of_them_again() {
    let cluster = Cluster::start(Storage::Disk, 1000).await;
    write_block(&cluster, 1, b"0123456789").await.unwrap();
    let cluster = cluster.restart(1000, FIRST_BOOT).await;
    let heard = cluster
        .master
        .until(|heard| heard.registrations.len() == 2)
        .await;
    assert_eq!(registered_blocks(&heard.registrations[1]), 1);
    assert_eq!(
        read(&cluster, request(1, 0, 10)).await.unwrap(),
        b"0123456789"
    );
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_were_lost_with_the_machine_are_never_served() {
    let cluster = Cluster::start(Storage::Disk, 1000).await;
    let options = cluster.ufs_file("f", b"persisted");
    write_block(&cluster, 1, b"good").await.unwrap();
    write_block(&cluster, 2, b"lost").await.unwrap();
    write_block(&cluster, 3, b"persisted").await.unwrap();
    for id in ["2", "3"] {
        let path = cluster.blocks.path().join("alluxioworker").join(id);
        let length = std::fs::metadata(&path).unwrap().len();
        // What a disk shows when a page never reached it.
        let zeros = vec![0; usize::try_from(length).unwrap()];
        std::fs::write(&path, zeros).unwrap();
    }
    let cluster = cluster.restart(1000, SECOND_BOOT).await;
    assert_eq!(read(&cluster, request(1, 0, 10)).await.unwrap(), b"good");
    let lost = read(&cluster, request(2, 0, 10)).await.unwrap_err();
    assert_eq!(lost.code(), tonic::Code::DataLoss);
    let gone = read(&cluster, request(2, 0, 10)).await.unwrap_err();
    assert_eq!(gone.code(), tonic::Code::NotFound);
    let through = alluxio_proto::grpc::block::ReadRequest {
        open_ufs_block_options: Some(options),
        ..request(3, 0, 9)
    };
    assert_eq!(read(&cluster, through).await.unwrap(), b"persisted");
    let gone = |heard: &crate::fake_master::Heard| heard.removed.contains(&2);
    cluster.master.until(gone).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_removed_one_by_one_or_all_at_once() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    for id in 1..=3 {
        write_block(&cluster, id, b"data").await.unwrap();
    }
    let mut client = cluster.client();
    let remove = RemoveBlockRequest { block_id: Some(1) };
    client.remove_block(remove).await.unwrap();
    client.remove_block(remove).await.unwrap();
    assert!(!cluster.contains(1) && cluster.contains(2));
    client.free_worker(FreeWorkerRequest {}).await.unwrap();
    assert_eq!(cluster.used(), 0);
    cluster
        .master
        .until(|heard| [1, 2, 3].iter().all(|id| heard.removed.contains(id)))
        .await;
    let nowhere = MoveBlockRequest {
        block_id: Some(1),
        medium_type: Some("MEM".into()),
    };
    let missing = client.move_block(nowhere).await.unwrap_err();
    assert_eq!(missing.code(), tonic::Code::NotFound);
    client.clear_metrics(ClearMetricsRequest {}).await.unwrap();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_outlives_a_master_that_has_forgotten_the_worker() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    cluster.master.forget_worker();
    cluster.master.command(CommandType::Register, Vec::new());
    write_block(&cluster, 1, b"data").await.unwrap();
    assert_eq!(cluster.master.heard().registrations.len(), 2);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_waits_for_whoever_works_on_the_block() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    let store = &cluster.process.worker().store;
    let block_id = BlockId::from_raw(16);
    let mut temp = store
        .create(&CreateBlock {
            block_id,
            session_id: SessionId::from_raw(1),
            target: Target::AnyTier,
            reserve: 0,
            origin: Origin::UnderStore,
        })
        .unwrap();
    let mut client = cluster.client();
    let request = MoveBlockRequest {
        block_id: Some(block_id.raw()),
        medium_type: Some("MEM".into()),
    };
    let mut moving = pin!(client.move_block(request));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut moving).await;
    assert!(early.is_err(), "it is not refused");
    temp.append(b"data").unwrap();
    store.commit(temp).unwrap();
    moving.await.unwrap();
    cluster.stop().await;
}
