//! `WriteBlock` and `CreateLocalBlock`: what a half-close, a reset and a flush mean.

use alluxio_proto::grpc::block::write_request::Value;
use alluxio_proto::grpc::block::{
    Chunk, CreateLocalBlockRequest, RequestType, WriteRequest, WriteRequestCommand, WriteResponse,
};
use alluxio_proto::proto::dataserver::CreateUfsFileOptions;
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{CancellationHandle, Code, Request, Status, Streaming};

use crate::fixture::{Cluster, MOUNT, Storage, eventually, pattern};
use crate::read::{read, request};

pub(crate) fn command(kind: RequestType, id: i64) -> WriteRequestCommand {
    WriteRequestCommand {
        r#type: Some(kind.into()),
        id: Some(id),
        tier: Some(0),
        space_to_reserve: Some(4),
        ..WriteRequestCommand::default()
    }
}

fn say(command: WriteRequestCommand) -> WriteRequest {
    WriteRequest {
        value: Some(Value::Command(command)),
    }
}

fn chunk(data: &[u8]) -> WriteRequest {
    WriteRequest {
        value: Some(Value::Chunk(Chunk {
            data: Some(data.to_vec().into()),
        })),
    }
}

fn flush(kind: RequestType, id: i64, offset: i64) -> WriteRequest {
    say(WriteRequestCommand {
        offset: Some(offset),
        flush: Some(true),
        ..command(kind, id)
    })
}

/// An open stream of writing.
struct Writer {
    reset: CancellationHandle,
    sender: mpsc::Sender<WriteRequest>,
    answers: Streaming<WriteResponse>,
}

impl Writer {
    async fn open(cluster: &Cluster, command: WriteRequestCommand) -> Self {
        let (sender, receiver) = mpsc::channel(4);
        sender.send(say(command)).await.unwrap();
        let mut request = Request::new(ReceiverStream::new(receiver));
        let reset = request.cancellation_handle();
        let answers = cluster.client().write_block(request).await;
        Self {
            reset,
            sender,
            answers: answers.unwrap().into_inner(),
        }
    }

    /// Sends; when the other side has ended the stream already, that is what the answers tell.
    async fn send(&self, request: WriteRequest) {
        self.sender.send(request).await.ok();
    }

    async fn answer(&mut self) -> Result<Option<WriteResponse>, Status> {
        self.answers.message().await
    }

    /// Closes our half, and waits for the end.
    async fn commit(self) -> Result<Vec<WriteResponse>, Status> {
        let Self {
            sender,
            mut answers,
            reset: _reset,
        } = self;
        drop(sender);
        let mut all = Vec::new();
        while let Some(answer) = answers.message().await? {
            all.push(answer);
        }
        Ok(all)
    }
}

pub(crate) async fn write_block(cluster: &Cluster, id: i64, data: &[u8]) -> Result<(), Status> {
    let writer = Writer::open(cluster, command(RequestType::AlluxioBlock, id)).await;
    for part in data.chunks(1 << 20) {
        writer.send(chunk(part)).await;
    }
    writer.commit().await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_close_commits_and_the_master_knows_before_the_client_does() {
    for storage in [Storage::Memory, Storage::Disk] {
        let cluster = Cluster::start(storage, 64 << 20).await;
        let data = pattern((2 << 20) + 9);
        write_block(&cluster, 77, &data).await.unwrap();
        let committed = cluster.master.heard().committed[&77].clone();
        assert_eq!(committed.length(), i64::try_from(data.len()).unwrap());
        assert_eq!(
            (committed.tier_alias(), committed.medium_type()),
            ("MEM", "MEM")
        );
        assert_eq!(committed.used_bytes_on_tier(), committed.length());
        assert_eq!(cluster.used(), data.len() as u64);
        assert!(read(&cluster, request(77, 0, 1 << 30)).await.unwrap() == data);
        cluster.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_leaves_nothing_behind() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let mut writer = Writer::open(&cluster, command(RequestType::AlluxioBlock, 5)).await;
    writer.send(chunk(&[1; 1000])).await;
    writer.send(flush(RequestType::AlluxioBlock, 5, 1000)).await;
    assert_eq!(writer.answer().await.unwrap().unwrap().offset(), 1000);
    assert_eq!(cluster.temporary_files(), 1);
    writer.reset.cancel();
    eventually("the block is given up", || cluster.used() == 0).await;
    assert_eq!(cluster.temporary_files(), 0);
    assert!(!cluster.contains(5));
    write_block(&cluster, 5, b"again").await.unwrap();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_is_answered_once_with_its_position() {
    let cluster = Cluster::start(Storage::Memory, 64 << 20).await;
    let mut writer = Writer::open(&cluster, command(RequestType::AlluxioBlock, 5)).await;
    for end in [10, 20] {
        writer.send(chunk(&[1; 10])).await;
        writer.send(flush(RequestType::AlluxioBlock, 5, end)).await;
        assert_eq!(writer.answer().await.unwrap().unwrap().offset(), end);
    }
    assert!(writer.commit().await.unwrap().is_empty());
    let mut lost = Writer::open(&cluster, command(RequestType::AlluxioBlock, 6)).await;
    lost.send(chunk(&[1; 10])).await;
    lost.send(flush(RequestType::AlluxioBlock, 6, 11)).await;
    assert_eq!(
        lost.answer().await.unwrap_err().code(),
        Code::InvalidArgument
    );
    assert!(!cluster.contains(6));
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_cannot_be_are_refused_with_the_code_that_clients_expect() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    cluster.master.unpersisted_file(0xFF_FFFF);
    write_block(&cluster, 5, b"here").await.unwrap();
    let twice = write_block(&cluster, 5, b"here").await.unwrap_err();
    assert_eq!(twice.code(), Code::AlreadyExists);
    let full = write_block(&cluster, 6, &[0; 2000]).await.unwrap_err();
    assert_eq!(full.code(), Code::ResourceExhausted);
    assert!(
        full.message().starts_with(
            "Not enough space left on worker localhost/<unresolved>:29999 to store blockId 6."
        ),
        "{full}"
    );
    eventually("the failed block is gone", || cluster.used() == 4).await;
    let empty = write_block(&cluster, 7, b"").await;
    assert!(empty.is_ok() && cluster.contains(7));
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_the_master_does_not_want_is_not_kept() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    cluster.master.refuse_commits();
    let refused = write_block(&cluster, 5, b"data").await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(!cluster.contains(5));
    assert_eq!(cluster.used(), 0);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_of_persisted_files_make_room_and_only_copies_do_not() {
    let cluster = Cluster::start(Storage::Memory, 30).await;
    let file_of = |block: i64| block | 0xFF_FFFF;
    cluster.master.persisted_file(file_of(1 << 24));
    cluster.master.unpersisted_file(file_of(2 << 24));
    cluster.master.unpersisted_file(file_of(4 << 24));
    for id in [1, 2, 3] {
        write_block(&cluster, id << 24, &[0; 10]).await.unwrap();
    }
    // File 1 is persisted, 2 is not, and 3 is no file any more.
    write_block(&cluster, 4 << 24, &[0; 20]).await.unwrap();
    assert!(!cluster.contains(1 << 24) && !cluster.contains(3 << 24));
    assert!(cluster.contains(2 << 24));
    assert!(write_block(&cluster, 5 << 24, &[0; 20]).await.is_err());
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_at_a_full_worker_both_find_room() {
    let cluster = Cluster::start(Storage::Memory, 40).await;
    for id in 1..=4_i64 {
        cluster.master.persisted_file((id << 24) | 0xFF_FFFF);
        write_block(&cluster, id << 24, &[0; 10]).await.unwrap();
    }
    let writes = (5..=8_i64).map(|id| {
        let cluster = &cluster;
        async move { write_block(cluster, id << 24, &[0; 10]).await }
    });
    for written in futures::future::join_all(writes).await {
        written.unwrap();
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_waits_for_a_file_that_is_being_persisted() {
    let cluster = Cluster::start(Storage::Memory, 10).await;
    let file = (1 << 24) | 0xFF_FFFF;
    cluster.master.file_being_persisted(file);
    write_block(&cluster, 1 << 24, &[0; 10]).await.unwrap();
    let waiting = write_block(&cluster, 2 << 24, &[0; 10]);
    let persisting = async {
        cluster.master.until_asked(file, 2).await;
        cluster.master.persisted_file(file);
    };
    let (written, ()) = tokio::join!(waiting, persisting);
    written.unwrap();
    assert!(!cluster.contains(1 << 24));
    cluster.stop().await;
}

fn ufs_command(cluster: &Cluster, name: &str) -> WriteRequestCommand {
    WriteRequestCommand {
        create_ufs_file_options: Some(CreateUfsFileOptions {
            ufs_path: Some(cluster.store.path().join(name).display().to_string()),
            mode: Some(0o640),
            mount_id: Some(MOUNT),
            ..CreateUfsFileOptions::default()
        }),
        ..command(RequestType::UfsFile, -1)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_streams_through_to_the_store_and_appears_whole() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    let data = pattern((3 << 20) + 1);
    let path = cluster.store.path().join("new/folder/f");
    let mut writer = Writer::open(&cluster, ufs_command(&cluster, "new/folder/f")).await;
    for part in data.chunks(1 << 20) {
        writer.send(chunk(part)).await;
    }
    let length = i64::try_from(data.len()).unwrap();
    writer.send(flush(RequestType::UfsFile, -1, length)).await;
    assert_eq!(writer.answer().await.unwrap().unwrap().offset(), length);
    assert!(
        !path.try_exists().unwrap(),
        "nothing is visible before the end"
    );
    let answers = writer.commit().await.unwrap();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].offset(), length);
    assert!(!answers[0].content_hash().is_empty());
    assert!(std::fs::read(&path).unwrap() == data);
    let empty = Writer::open(&cluster, ufs_command(&cluster, "empty")).await;
    empty.commit().await.unwrap();
    assert_eq!(
        std::fs::read(cluster.store.path().join("empty")).unwrap(),
        b""
    );
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_given_up_or_fails_leaves_nothing_in_the_store() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    let entries = || std::fs::read_dir(cluster.store.path()).unwrap().count();
    let mut writer = Writer::open(&cluster, ufs_command(&cluster, "f")).await;
    writer.send(chunk(&[1; 100])).await;
    writer.send(flush(RequestType::UfsFile, -1, 100)).await;
    writer.answer().await.unwrap().unwrap();
    writer.reset.cancel();
    eventually("the file is given up", || entries() == 0).await;

    let fault = Fault::Fail(UfsErrorKind::NoSpace);
    cluster
        .faults
        .add(FaultRule::on(UfsOperation::Close, fault));
    let writer = Writer::open(&cluster, ufs_command(&cluster, "f")).await;
    writer.send(chunk(&[1; 100])).await;
    let error = writer.commit().await.unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    assert!(error.message().contains("/f"), "{error}");
    eventually("nothing is left", || entries() == 0).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_or_elsewhere_by_its_end_does_not_get_into_the_store() {
    const FILE: i64 = (7 << 24) | 0xFF_FFFF;
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    let mut command = ufs_command(&cluster, "f");
    let options = command.create_ufs_file_options.as_mut().unwrap();
    options.file_id = Some(FILE);
    let here = options.ufs_path().to_owned();
    let entries = || std::fs::read_dir(cluster.store.path()).unwrap().count();
    for place in [None, Some(format!("{here}-moved"))] {
        if let Some(place) = &place {
            cluster.master.place_file(FILE, place);
        }
        let writer = Writer::open(&cluster, command.clone()).await;
        writer.send(chunk(&[1; 100])).await;
        let error = writer.commit().await.unwrap_err();
        assert_eq!(error.code(), Code::NotFound, "{place:?}: {error}");
        eventually("the file is given up", || entries() == 0).await;
    }
    cluster.master.place_file(FILE, &here);
    let writer = Writer::open(&cluster, command).await;
    writer.send(chunk(&[1; 100])).await;
    writer.commit().await.unwrap();
    assert_eq!(std::fs::read(&here).unwrap(), [1; 100]);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_while_a_file_is_finished_is_no_success() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    cluster
        .faults
        .add(FaultRule::on(UfsOperation::Close, Fault::Panic));
    let writer = Writer::open(&cluster, ufs_command(&cluster, "f")).await;
    writer.send(chunk(&[1; 100])).await;
    let error = writer.commit().await.unwrap_err();
    assert_eq!(error.code(), Code::Internal, "{error}");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_the_store_cannot_have_is_answered_as_not_found() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    let name = "n".repeat(300);
    let writer = Writer::open(&cluster, ufs_command(&cluster, &name)).await;
    writer.send(chunk(&[1; 100])).await;
    let error = writer.commit().await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound, "{error}");
    let path = cluster.store.path().join(&name);
    let sentence = format!("{} (File name too long)", path.display());
    assert!(error.message().starts_with(&sentence), "{error}");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_write_outside_the_mount_it_names() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    let elsewhere = tempfile::tempdir().unwrap();
    // A name that only begins like the mount's is elsewhere too.
    let beside = format!("{}-beside/f", cluster.store.path().display());
    let climbing = format!("{}/../f", cluster.store.path().display());
    let outside = elsewhere.path().join("f").display().to_string();
    for path in [&outside, &beside, &climbing] {
        let mut command = ufs_command(&cluster, "f");
        let options = command.create_ufs_file_options.as_mut().unwrap();
        options.ufs_path = Some(path.clone());
        let writer = Writer::open(&cluster, command).await;
        let error = writer.commit().await.unwrap_err();
        assert_eq!(error.code(), Code::PermissionDenied, "{path}: {error}");
        assert!(!std::path::Path::new(path).try_exists().unwrap());
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_mount_is_not_written() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    cluster.master.make_read_only(MOUNT);
    let writer = Writer::open(&cluster, ufs_command(&cluster, "f")).await;
    let error = writer.commit().await.unwrap_err();
    assert!(error.message().contains("read-only"), "{error}");
    assert!(!cluster.store.path().join("f").try_exists().unwrap());
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_client_writes_the_file_itself() {
    let cluster = Cluster::start(Storage::Memory, 1000).await;
    cluster.master.unpersisted_file(0xFF_FFFF);
    let (sender, receiver) = mpsc::channel(4);
    let create = CreateLocalBlockRequest {
        block_id: Some(5),
        tier: Some(0),
        space_to_reserve: Some(10),
        ..CreateLocalBlockRequest::default()
    };
    sender.send(create.clone()).await.unwrap();
    let mut client = cluster.client();
    let mut answers = client
        .create_local_block(ReceiverStream::new(receiver))
        .await
        .unwrap()
        .into_inner();
    let path = answers.message().await.unwrap().unwrap().path().to_owned();
    let more = CreateLocalBlockRequest {
        only_reserve_space: Some(true),
        space_to_reserve: Some(500),
        ..create
    };
    sender.send(more.clone()).await.unwrap();
    assert!(answers.message().await.unwrap().unwrap().path.is_none());
    assert_eq!(cluster.used(), 510);
    std::fs::write(&path, [7; 400]).unwrap();
    drop(sender);
    assert!(answers.message().await.unwrap().is_none());
    assert_eq!(cluster.used(), 400);
    assert_eq!(cluster.master.heard().committed[&5].length(), 400);
    assert_eq!(read(&cluster, request(5, 0, 1000)).await.unwrap(), [7; 400]);

    let (sender, receiver) = mpsc::channel(4);
    sender
        .send(CreateLocalBlockRequest {
            block_id: Some(6),
            ..more.clone()
        })
        .await
        .unwrap();
    let mut answers = client
        .create_local_block(ReceiverStream::new(receiver))
        .await
        .unwrap()
        .into_inner();
    answers.message().await.unwrap().unwrap();
    sender.send(more).await.unwrap();
    let full = answers.message().await.unwrap_err();
    assert_eq!(full.code(), Code::ResourceExhausted);
    eventually("the reservation is given back", || cluster.used() == 400).await;
    cluster.stop().await;
}
