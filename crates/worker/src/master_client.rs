//! [`MasterClient`]: everything that a worker asks or tells the master.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use alluxio_common::{
    BlockId, Describe, ErrorCode, InodeId, MountId, UfsPath, WorkerAddress, WorkerId,
};
use alluxio_proto::grpc::block::block_master_worker_service_client::BlockMasterWorkerServiceClient;
use alluxio_proto::grpc::block::{
    BlockHeartbeatPRequest, CommitBlockInUfsPRequest, CommitBlockPRequest,
    GetRegisterLeasePRequest, GetWorkerIdPRequest, RegisterWorkerPRequest,
};
use alluxio_proto::grpc::file::file_system_master_client_service_client::FileSystemMasterClientServiceClient;
use alluxio_proto::grpc::file::file_system_master_worker_service_client::FileSystemMasterWorkerServiceClient;
use alluxio_proto::grpc::file::{
    FileInfo, GetFileInfoPRequest, GetMountTablePRequest, GetPinnedFileIdsPRequest,
    GetUfsInfoPRequest,
};
use alluxio_proto::grpc::{Command, CommandType};
use alluxio_rpc::convert::worker_address_to_proto;
use alluxio_rpc::{Channel, ClientError, Repeat, ServiceClient};
use alluxio_ufs::UfsProperties;
use tonic::{Response, Status};

use crate::block::BlockMeta;

/// How many registration messages may wait for the connection: the next one is made while one is
/// sent.
const REGISTRATIONS_IN_FLIGHT: usize = 1;

/// How often a block is offered to a master that does not know this worker.
const UNKNOWN_WORKER_TRIES: u32 = 25;

/// How long to wait in between: a part of the interval of heartbeats, which lead to a registration.
const UNKNOWN_WORKER_PAUSE: Duration = Duration::from_millis(200);

/// How long a look at a file waits for a master that does not answer.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// The id that stands for "the master has not given one yet".
const NO_WORKER_ID: i64 = -1;

/// The master, as a worker uses it. Calls are tried again as the two service clients are set up to.
pub struct MasterClient {
    /// For calls that a client of ours waits for.
    blocks: ServiceClient,
    /// For calls that come again anyway.
    beats: ServiceClient,
    files: ServiceClient,
    /// The service for clients.
    namespace: ServiceClient,
    worker_id: AtomicI64,
}

/// Where the files of a mount lie.
#[derive(Debug, Clone)]
pub struct UfsInfo {
    /// The root of the mount in the store.
    pub uri: UfsPath,
    /// The options of the mount, credentials included.
    pub properties: UfsProperties,
    /// Whether nobody may write there.
    pub read_only: bool,
}

/// How the master calls a file that somebody is writing to the store.
const TO_BE_PERSISTED: &str = "TO_BE_PERSISTED";

/// What the master knows about the file of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// The store has all of it: its blocks may be evicted.
    Persisted,
    /// The worker's blocks are the only copy, and somebody is writing it to the store.
    BeingPersisted,
    /// The worker's blocks are the only copy.
    OnlyHere,
    /// There is no such file any more: its blocks are garbage.
    Gone,
}

/// What the master wants done, as its answer to a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterCommand {
    /// Nothing.
    Nothing,
    /// It does not know this worker (any more): register again.
    Register,
    /// Remove these blocks.
    Remove(Vec<BlockId>),
}

/// An answer of the master that makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("the master answered {call} without {missing}")]
pub struct IncompleteAnswer {
    call: &'static str,
    missing: &'static str,
}

impl Describe for IncompleteAnswer {
    fn code(&self) -> ErrorCode {
        ErrorCode::Internal
    }
}

/// A call to the master that did not lead to an answer.
#[derive(Debug, thiserror::Error)]
pub enum MasterError {
    /// It was not reached, or refused.
    #[error(transparent)]
    Call(#[from] ClientError),
    /// It answered, but not the question.
    #[error(transparent)]
    Answer(#[from] IncompleteAnswer),
    /// The store's address in its answer cannot be read.
    #[error(transparent)]
    Uri(#[from] alluxio_common::InvalidUfsPath),
}

impl MasterError {
    /// Whether the master does not know this worker: it has started again, and the next heartbeat
    /// will make the worker register.
    fn is_about_unknown_worker(&self) -> bool {
        let Self::Call(error) = self else {
            return false;
        };
        error.code() == ErrorCode::PathNotFound
            && error.told().iter().any(|(name, _)| name == "worker_id")
    }
}

impl Describe for MasterError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Call(error) => error.code(),
            Self::Answer(error) => error.code(),
            Self::Uri(_) => ErrorCode::InvalidPath,
        }
    }
}

impl MasterClient {
    /// A client that is not connected yet. `blocks` and `beats` speak the same service, with more
    /// and with less patience; `files` the other one that the master has for workers, `namespace`
    /// the one that it has for clients.
    pub fn new(
        blocks: ServiceClient,
        beats: ServiceClient,
        files: ServiceClient,
        namespace: ServiceClient,
    ) -> Self {
        Self {
            blocks,
            beats,
            files,
            namespace,
            worker_id: AtomicI64::new(NO_WORKER_ID),
        }
    }

    /// The id of this worker, once the master has given one.
    pub fn worker_id(&self) -> Option<WorkerId> {
        let id = self.worker_id.load(Ordering::Acquire);
        (id != NO_WORKER_ID).then(|| WorkerId::from_raw(id))
    }

    /// Asks for the id that belongs to `address`, and remembers it.
    ///
    /// # Errors
    /// When the master is not reached or gives none.
    pub async fn fetch_worker_id(&self, address: &WorkerAddress) -> Result<WorkerId, MasterError> {
        let request = GetWorkerIdPRequest {
            worker_net_address: Some(worker_address_to_proto(address)),
            options: None,
        };
        let answer = self
            .beats
            .call(Repeat::Always, |channel| {
                let request = request.clone();
                async move { block_service(channel).get_worker_id(request).await }
            })
            .await?;
        let id = answer.worker_id.ok_or(IncompleteAnswer {
            call: "GetWorkerId",
            missing: "an id",
        })?;
        self.worker_id.store(id, Ordering::Release);
        Ok(WorkerId::from_raw(id))
    }

    /// Asks to be allowed to register `blocks` blocks. Masters without leases allow it always.
    ///
    /// # Errors
    /// When the master is not reached.
    pub async fn request_register_lease(&self, blocks: usize) -> Result<bool, MasterError> {
        let request = GetRegisterLeasePRequest {
            worker_id: Some(self.raw_id()),
            block_count: Some(i64::try_from(blocks).unwrap_or(i64::MAX)),
        };
        let answer = self
            .beats
            .call(Repeat::Always, |channel| async move {
                block_service(channel).request_register_lease(request).await
            })
            .await;
        match answer {
            Ok(lease) => Ok(lease.allowed.unwrap_or(true)),
            Err(error) if error.code() == ErrorCode::Unsupported => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells the master all that this worker has, in messages that the caller has cut to size. The
    /// first one carries everything but the rest of the blocks.
    ///
    /// # Errors
    /// When the master is not reached or refuses.
    pub async fn register(&self, messages: Vec<RegisterWorkerPRequest>) -> Result<(), MasterError> {
        let messages = Arc::new(messages);
        self.beats
            .call(Repeat::Always, |channel| {
                let messages = Arc::clone(&messages);
                async move { register_by_stream(channel, &messages).await }
            })
            .await?;
        Ok(())
    }

    /// Tells what has changed, and hears what to do.
    ///
    /// # Errors
    /// When the master is not reached; then it has not heard the changes.
    pub async fn heartbeat(
        &self,
        mut request: BlockHeartbeatPRequest,
    ) -> Result<MasterCommand, MasterError> {
        request.worker_id = Some(self.raw_id());
        let answer = self
            .beats
            .call(Repeat::IfUnchanged, |channel| {
                let request = request.clone();
                async move { block_service(channel).block_heartbeat(request).await }
            })
            .await?;
        Ok(MasterCommand::from_proto(answer.command))
    }

    /// Tells that a block is complete here, and waits until the master has taken note of it. A
    /// master that has just started is given the time to hear of this worker.
    ///
    /// # Errors
    /// When the master is not reached, or does not want the block.
    pub async fn commit_block(
        &self,
        block: &BlockMeta,
        used_on_tier: u64,
    ) -> Result<(), MasterError> {
        let mut tries = 0;
        loop {
            match self.commit_block_once(block, used_on_tier).await {
                Err(error) if error.is_about_unknown_worker() && tries < UNKNOWN_WORKER_TRIES => {
                    tries += 1;
                    tokio::time::sleep(UNKNOWN_WORKER_PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn commit_block_once(
        &self,
        block: &BlockMeta,
        used_on_tier: u64,
    ) -> Result<(), MasterError> {
        let request = CommitBlockPRequest {
            worker_id: Some(self.raw_id()),
            used_bytes_on_tier: Some(to_wire(used_on_tier)),
            tier_alias: Some(block.place.tier.to_string()),
            block_id: Some(block.block_id.raw()),
            length: Some(to_wire(block.length)),
            options: None,
            medium_type: Some(block.place.medium.to_string()),
        };
        self.blocks
            .call(Repeat::Always, |channel| {
                let request = request.clone();
                async move { block_service(channel).commit_block(request).await }
            })
            .await?;
        Ok(())
    }

    /// Tells that the store holds a block as a file of its own.
    ///
    /// # Errors
    /// When the master is not reached, or does not want the block.
    pub async fn commit_block_in_ufs(
        &self,
        block_id: BlockId,
        length: u64,
    ) -> Result<(), MasterError> {
        let request = CommitBlockInUfsPRequest {
            block_id: Some(block_id.raw()),
            length: Some(to_wire(length)),
            options: None,
        };
        self.blocks
            .call(Repeat::Always, |channel| async move {
                block_service(channel).commit_block_in_ufs(request).await
            })
            .await?;
        Ok(())
    }

    /// The files whose blocks must not be evicted.
    ///
    /// # Errors
    /// When the master is not reached.
    pub async fn fetch_pinned_files(&self) -> Result<HashSet<InodeId>, MasterError> {
        let answer = self
            .files
            .call(Repeat::Always, |channel| async move {
                let request = GetPinnedFileIdsPRequest { options: None };
                file_service(channel).get_pinned_file_ids(request).await
            })
            .await?;
        let ids = answer.pinned_file_ids.into_iter().map(InodeId::from_raw);
        Ok(ids.collect())
    }

    /// Whether the store has the bytes of a file.
    ///
    /// # Errors
    /// When the master is not reached.
    pub async fn fetch_file_state(&self, file: InodeId) -> Result<FileState, MasterError> {
        let answer = self
            .files
            .call(Repeat::Always, |channel| async move {
                let request = GetFileInfoPRequest {
                    file_id: Some(file.raw()),
                    options: None,
                };
                file_service(channel).get_file_info(request).await
            })
            .await;
        match answer {
            Ok(answer) => {
                let info = answer.file_info.unwrap_or_default();
                Ok(if info.persisted() {
                    FileState::Persisted
                } else if info.persistence_state() == TO_BE_PERSISTED {
                    FileState::BeingPersisted
                } else {
                    FileState::OnlyHere
                })
            }
            Err(error) if error.code() == ErrorCode::PathNotFound => Ok(FileState::Gone),
            Err(error) => Err(error.into()),
        }
    }

    /// Everything that the master knows of a file.
    ///
    /// # Errors
    /// When the master is not reached, or there is no such file.
    pub async fn fetch_file(&self, file: InodeId) -> Result<FileInfo, MasterError> {
        let answer = self
            .files
            .call(Repeat::Always, |channel| async move {
                let request = GetFileInfoPRequest {
                    file_id: Some(file.raw()),
                    options: None,
                };
                file_service(channel).get_file_info(request).await
            })
            .await?;
        let info = answer.file_info.ok_or(IncompleteAnswer {
            call: "GetFileInfo",
            missing: "the file",
        })?;
        Ok(info)
    }

    /// Whether a file still has this place in its store. While the master is silent nobody can move,
    /// replace or delete it: it has it then.
    pub async fn is_file_at(&self, file: InodeId, ufs_path: &UfsPath) -> bool {
        match tokio::time::timeout(LOOK_LIMIT, self.fetch_file(file)).await {
            Ok(Ok(file)) => UfsPath::parse(file.ufs_path()).is_ok_and(|now| now == *ufs_path),
            Ok(Err(error)) => error.code() != ErrorCode::PathNotFound,
            Err(_elapsed) => true,
        }
    }

    /// Where the files of a mount lie, and how to get at them.
    ///
    /// # Errors
    /// When the master is not reached, or does not know the mount.
    pub async fn fetch_ufs_info(&self, mount: MountId) -> Result<UfsInfo, MasterError> {
        let answer = self
            .files
            .call(Repeat::Always, |channel| async move {
                let request = GetUfsInfoPRequest {
                    mount_id: Some(mount.raw()),
                    options: None,
                };
                file_service(channel).get_ufs_info(request).await
            })
            .await?;
        let info = answer.ufs_info.filter(|info| info.uri.is_some());
        let info = info.ok_or(IncompleteAnswer {
            call: "GetUfsInfo",
            missing: "the address of the store",
        })?;
        let options = info.properties.unwrap_or_default();
        Ok(UfsInfo {
            uri: UfsPath::parse(info.uri.as_deref().unwrap_or_default())?,
            read_only: options.read_only(),
            properties: options.properties.into_iter().collect(),
        })
    }

    /// The mounts that there are.
    ///
    /// # Errors
    /// When the master is not reached.
    pub async fn fetch_mounts(&self) -> Result<Vec<MountId>, MasterError> {
        let answer = self
            .namespace
            .call(Repeat::Always, |channel| async move {
                let request = GetMountTablePRequest {
                    check_ufs: Some(false),
                };
                let mut service = FileSystemMasterClientServiceClient::new(channel)
                    .max_decoding_message_size(alluxio_rpc::DEFAULT_MAX_MESSAGE_BYTES);
                service.get_mount_table(request).await
            })
            .await?;
        let mounts = answer.mount_points.values();
        let ids = mounts.filter_map(|mount| mount.mount_id);
        Ok(ids.map(MountId::from_raw).collect())
    }

    fn raw_id(&self) -> i64 {
        self.worker_id.load(Ordering::Acquire)
    }
}

impl fmt::Debug for MasterClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterClient")
            .field("worker_id", &self.worker_id())
            .finish_non_exhaustive()
    }
}

impl MasterCommand {
    fn from_proto(command: Option<Command>) -> Self {
        let Some(command) = command else {
            return Self::Nothing;
        };
        let blocks = || command.data.iter().copied().map(BlockId::from_raw);
        match command.command_type() {
            CommandType::Register => Self::Register,
            CommandType::Free | CommandType::Delete => Self::Remove(blocks().collect()),
            CommandType::Unknown
            | CommandType::Nothing
            | CommandType::Persist
            | CommandType::Decommissioned
            | CommandType::Disabled => Self::Nothing,
        }
    }
}

/// One message after the other; the master answers each before the next is due.
async fn register_by_stream(
    channel: Channel,
    messages: &[RegisterWorkerPRequest],
) -> Result<Response<()>, Status> {
    let (sender, receiver) = tokio::sync::mpsc::channel(REGISTRATIONS_IN_FLIGHT);
    let requests = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let mut service = block_service(channel);
    let mut to_send = messages.iter();
    // The call only begins with the first message, so that one is queued before it.
    if let Some(first) = to_send.next() {
        sender
            .try_send(first.clone())
            .map_err(|_full| Status::internal("the queue of registrations is new"))?;
    }
    let mut answers = service.register_worker_stream(requests).await?.into_inner();
    while answers.message().await?.is_some() {
        let Some(next) = to_send.next() else {
            break;
        };
        if sender.send(next.clone()).await.is_err() {
            break;
        }
    }
    drop(sender);
    while answers.message().await?.is_some() {}
    Ok(Response::new(()))
}

fn block_service(channel: Channel) -> BlockMasterWorkerServiceClient<Channel> {
    BlockMasterWorkerServiceClient::new(channel)
}

fn file_service(channel: Channel) -> FileSystemMasterWorkerServiceClient<Channel> {
    // The list of pinned files may be long.
    FileSystemMasterWorkerServiceClient::new(channel)
        .max_decoding_message_size(alluxio_rpc::DEFAULT_MAX_MESSAGE_BYTES)
}

/// Amounts of bytes are signed on the wire.
pub(crate) fn to_wire(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
