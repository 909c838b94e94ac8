//! `OpenLocalBlock` for a block that is not here: a client of this machine follows its file.

use std::fs::File;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::time::Duration;

use alluxio_common::BlockId;
use alluxio_proto::grpc::block::{OpenLocalBlockRequest, OpenLocalBlockResponse};
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use crate::fixture::{Cluster, FILE, Storage, eventually, pattern};
use crate::write::write_block;

const MIB: usize = 1 << 20;

const BLOCK: i64 = 16;

/// How long the store waits before it gives the first bytes.
const TO_OPEN: Duration = Duration::from_millis(300);

/// A client that reads the file of a block.
struct Follower {
    requests: mpsc::Sender<OpenLocalBlockRequest>,
    answers: Streaming<OpenLocalBlockResponse>,
    file: Option<File>,
    available: usize,
}

impl Follower {
    async fn start(cluster: &Cluster, options: Option<&OpenUfsBlockOptions>) -> Self {
        // So that the file is opened before it gets another name.
        let later = FaultRule::on(UfsOperation::Read, Fault::Delay(TO_OPEN));
        cluster.faults.add(later);
        let (requests, receiver) = mpsc::channel(1);
        let request = OpenLocalBlockRequest {
            block_id: Some(BLOCK),
            promote: Some(false),
            open_ufs_block_options: options.cloned(),
        };
        requests.send(request).await.unwrap();
        let mut client = cluster.client();
        let opened = client.open_local_block(ReceiverStream::new(receiver));
        Self {
            requests,
            answers: opened.await.unwrap().into_inner(),
            file: None,
            available: 0,
        }
    }

    /// The next answer; opens the file as soon as it is named.
    async fn next(&mut self) -> Result<OpenLocalBlockResponse, Status> {
        let answer = self.answers.message().await?.expect("more is to come");
        if let Some(path) = &answer.path {
            assert!(self.file.is_none(), "one file is enough");
            // A block that is given up may be gone by now.
            let file = File::open(path).map_err(|gone| Status::not_found(gone.to_string()))?;
            self.file = Some(file);
        }
        if let Some(available) = answer.available {
            let available = usize::try_from(available).unwrap();
            assert!(available >= self.available, "it only grows");
            self.available = available;
        }
        Ok(answer)
    }

    /// What can be read by now.
    fn read(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.available];
        let file = self.file.as_ref().expect("the file was named");
        file.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    }

    /// Follows to the end; whatever can be read is right.
    async fn follow(&mut self, data: &[u8]) -> Result<(), Status> {
        while self.available < data.len() {
            self.next().await?;
            assert!(self.read() == data[..self.available]);
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_this_machine_read_a_block_from_its_file_while_it_is_fetched() {
    for storage in [Storage::Memory, Storage::Disk] {
        let cluster = Cluster::start(storage, 10 << 20).await;
        cluster.master.persisted_file(FILE);
        let data = pattern(9 * MIB + 1);
        let options = cluster.ufs_file("f", &data);
        let mut one = Follower::start(&cluster, Some(&options)).await;
        let mut other = Follower::start(&cluster, Some(&options)).await;
        let (first, second) = tokio::join!(one.follow(&data), other.follow(&data));
        first.unwrap();
        second.unwrap();
        assert_eq!(cluster.faults.calls(UfsOperation::Open), 1);
        eventually("the block is here", || cluster.contains(BLOCK)).await;
        let metrics = &cluster.process.worker().metrics;
        assert_eq!(metrics.bytes_read_remote.value(), 0);
        assert_eq!(metrics.blocks_read_local.value(), 2);

        // As long as one of them has it, it is not evicted; removed it stays readable.
        drop(other);
        let full = write_block(&cluster, 1 << 24, &data[..2 * MIB]).await;
        assert_eq!(full.unwrap_err().code(), Code::ResourceExhausted);
        let store = &cluster.process.worker().store;
        store.remove(BlockId::from_raw(BLOCK)).unwrap();
        assert!(one.read() == data);
        drop(one.requests);
        // That the block is complete is told once more, unless that is how its end was told.
        while let Some(answer) = one.answers.message().await.unwrap() {
            assert_eq!(answer.available, Some(data.len().try_into().unwrap()));
        }
        eventually("the space is free", || cluster.used() == 0).await;
        cluster.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_grows_can_be_read_and_not_changed_by_every_user() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let options = cluster.ufs_file("f", &pattern(8 * MIB));
    let hangs = FaultRule::on(UfsOperation::Read, Fault::Hang);
    cluster.faults.add(hangs.skipping(2).always());
    let mut follower = Follower::start(&cluster, Some(&options)).await;
    let named = follower.next().await.unwrap();
    let mode = std::fs::metadata(named.path())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o444);
    let folder = std::path::Path::new(named.path()).parent().unwrap();
    let mode = std::fs::metadata(folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o777);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_here_is_named_at_once_and_whole() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(3 * MIB);
    let options = cluster.ufs_file("f", &data);
    write_block(&cluster, BLOCK, &data).await.unwrap();
    let mut follower = Follower::start(&cluster, Some(&options)).await;
    let answer = follower.next().await.unwrap();
    assert_eq!((answer.available, answer.in_memory), (None, Some(true)));
    follower.available = data.len();
    assert!(follower.read() == data);
    assert_eq!(cluster.faults.calls(UfsOperation::Open), 0);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_say_where_the_store_has_a_block_is_refused_as_before() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(3 * MIB);
    let mut not_kept = cluster.ufs_file("f", &data);
    not_kept.no_cache = Some(true);
    let nowhere = OpenUfsBlockOptions::default();
    for options in [None, Some(&not_kept), Some(&nowhere)] {
        let mut follower = Follower::start(&cluster, options).await;
        let refused = follower.next().await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
    assert_eq!(cluster.faults.calls(UfsOperation::Open), 0);
    // And a block that is here is answered with its path alone.
    write_block(&cluster, BLOCK, &data).await.unwrap();
    let mut reader = Follower::start(&cluster, None).await;
    let answer = reader.next().await.unwrap();
    let as_before = OpenLocalBlockResponse {
        path: answer.path.clone(),
        ..OpenLocalBlockResponse::default()
    };
    assert_eq!(answer, as_before);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_cannot_be_kept_or_has_become_shorter_is_left_to_streams() {
    let cluster = Cluster::start(Storage::Memory, 4 << 20).await;
    let mut options = cluster.ufs_file("f", &pattern(8 * MIB));
    let mut follower = Follower::start(&cluster, Some(&options)).await;
    assert_eq!(follower.next().await.unwrap_err().code(), Code::NotFound);

    let data = pattern(2 * MIB);
    options = cluster.ufs_file("f", &data);
    options.block_size = Some(3 << 20);
    let mut follower = Follower::start(&cluster, Some(&options)).await;
    let refused = follower.follow(&pattern(3 * MIB)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(follower.file.is_none() || follower.read() == data[..follower.available]);
    eventually("nothing is kept", || cluster.used() == 0).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_store_in_the_middle_reaches_the_followers_as_it_reaches_readers() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(8 * MIB);
    let options = cluster.ufs_file("f", &data);
    let fault = Fault::Fail(UfsErrorKind::Unavailable);
    let rule = FaultRule::on(UfsOperation::Read, fault);
    let mut follower = Follower::start(&cluster, Some(&options)).await;
    cluster.faults.add(rule.skipping(3).always());
    let failed = follower.follow(&data).await.unwrap_err();
    assert_eq!(failed.code(), Code::Unknown);
    assert!(failed.message().starts_with("Failed to read from UFS, "));
    assert!(follower.read() == data[..follower.available]);

    // Whoever begins it again gets a file of its own.
    cluster.faults.clear();
    let mut next = Follower::start(&cluster, Some(&options)).await;
    next.follow(&data).await.unwrap();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_goes_on_without_the_client_that_began_it() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let options = cluster.ufs_file("f", &pattern(8 * MIB));
    let mut follower = Follower::start(&cluster, Some(&options)).await;
    follower.next().await.unwrap();
    drop(follower);
    eventually("the block is here", || cluster.contains(BLOCK)).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_and_a_follower_of_one_block_get_the_same_bytes() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let data = pattern(9 * MIB + 1);
    let options = cluster.ufs_file("f", &data);
    let mut follower = Follower::start(&cluster, Some(&options)).await;
    let mut request = crate::read::request(BLOCK, 0, data.len().try_into().unwrap());
    request.open_ufs_block_options = Some(options);
    let (followed, read) =
        tokio::join!(follower.follow(&data), crate::read::read(&cluster, request));
    followed.unwrap();
    assert!(read.unwrap() == data);
    assert_eq!(cluster.faults.calls(UfsOperation::Open), 1);
    cluster.stop().await;
}
