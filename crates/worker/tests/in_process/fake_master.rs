//! A master that knows what a worker asks it, and remembers what it is told.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alluxio_common::{Describe, ErrorCode, Fact, SystemClock, Tasks};
use alluxio_proto::grpc::block::block_master_worker_service_server::{
    BlockMasterWorkerService, BlockMasterWorkerServiceServer,
};
use alluxio_proto::grpc::block::{
    BlockHeartbeatPRequest, BlockHeartbeatPResponse, CommitBlockPRequest, CommitBlockPResponse,
    GetRegisterLeasePRequest, GetRegisterLeasePResponse, GetWorkerIdPRequest, GetWorkerIdPResponse,
    RegisterWorkerPRequest, RegisterWorkerPResponse,
};
use alluxio_proto::grpc::file::file_system_master_worker_service_server::{
    FileSystemMasterWorkerService, FileSystemMasterWorkerServiceServer,
};
use alluxio_proto::grpc::file::{
    FileInfo, GetFileInfoPRequest, GetFileInfoPResponse, GetPinnedFileIdsPRequest,
    GetPinnedFileIdsPResponse, GetUfsInfoPRequest, GetUfsInfoPResponse, MountPOptions, UfsInfo,
};
use alluxio_proto::grpc::{Command, CommandType};
use alluxio_rpc::{DEFAULT_MAX_MESSAGE_BYTES, RpcServer, ServerConf, Serving, to_status};
use tokio::sync::watch;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use crate::fixture::{SOON, simple_authentication};

/// What the master has heard, and what it will say.
#[derive(Debug, Default, Clone)]
pub(crate) struct Heard {
    pub(crate) registrations: Vec<RegisterWorkerPRequest>,
    pub(crate) heartbeats: u64,
    pub(crate) committed: HashMap<i64, CommitBlockPRequest>,
    pub(crate) removed: HashSet<i64>,
    pub(crate) metrics: HashMap<String, f64>,
    /// How often each file was asked about.
    pub(crate) asked: HashMap<i64, u64>,
}

#[derive(Debug, Default)]
struct Says {
    commands: Vec<Command>,
    pinned: Vec<i64>,
    /// How each file is persisted, by id.
    files: BTreeMap<i64, &'static str>,
    /// Where the store has each file, by id.
    places: BTreeMap<i64, String>,
    mounts: BTreeMap<i64, String>,
    read_only: HashSet<i64>,
    refuses_commits: bool,
}

/// What survives the end of one server of this master.
#[derive(Debug, Clone)]
pub(crate) struct FakeMaster {
    heard: watch::Sender<Heard>,
    says: Arc<parking_lot::Mutex<Says>>,
    /// How many registrations count no more.
    forgotten: Arc<AtomicUsize>,
}

#[derive(Debug, thiserror::Error)]
#[error("worker 4711 is not registered")]
struct UnknownWorker;

impl Describe for UnknownWorker {
    fn code(&self) -> ErrorCode {
        ErrorCode::PathNotFound
    }

    fn facts(&self) -> Vec<Fact> {
        vec![("worker_id", "4711".to_owned())]
    }
}

/// One life of the master.
pub(crate) struct MasterServer {
    rpc: RpcServer,
    tasks: Tasks,
}

impl FakeMaster {
    pub(crate) fn new() -> Self {
        Self {
            heard: watch::Sender::new(Heard::default()),
            says: Arc::default(),
            forgotten: Arc::default(),
        }
    }

    pub(crate) fn serve(&self, address: SocketAddr) -> MasterServer {
        let serving = Serving::standby();
        serving.start();
        let conf = ServerConf {
            authentication: simple_authentication(),
            max_message_bytes: DEFAULT_MAX_MESSAGE_BYTES,
            serving,
        };
        let tasks = Tasks::new();
        let listener = TcpListener::bind(address).expect("the address is free");
        let rpc = RpcServer::builder(conf, SystemClock::shared())
            .service(BlockMasterWorkerServiceServer::new(self.clone()))
            .service(FileSystemMasterWorkerServiceServer::new(self.clone()))
            .serve(listener, &tasks)
            .expect("the listener is fine");
        MasterServer { rpc, tasks }
    }

    pub(crate) fn mount(&self, id: i64, uri: &str) {
        self.says.lock().mounts.insert(id, uri.to_owned());
    }

    /// To be said before the worker asks for the first time.
    pub(crate) fn make_read_only(&self, id: i64) {
        self.says.lock().read_only.insert(id);
    }

    pub(crate) fn command(&self, kind: CommandType, data: Vec<i64>) {
        self.says.lock().commands.push(Command {
            command_type: Some(kind.into()),
            data,
        });
    }

    pub(crate) fn pin(&self, files: &[i64]) {
        self.says.lock().pinned = files.to_vec();
    }

    /// The store has the file there, and nowhere else.
    pub(crate) fn place_file(&self, id: i64, ufs_path: &str) {
        self.says.lock().places.insert(id, ufs_path.to_owned());
    }

    pub(crate) fn persisted_file(&self, id: i64) {
        self.says.lock().files.insert(id, "PERSISTED");
    }

    pub(crate) fn unpersisted_file(&self, id: i64) {
        self.says.lock().files.insert(id, "NOT_PERSISTED");
    }

    pub(crate) fn file_being_persisted(&self, id: i64) {
        self.says.lock().files.insert(id, "TO_BE_PERSISTED");
    }

    /// Waits until a file was asked about so often.
    pub(crate) async fn until_asked(&self, id: i64, times: u64) {
        let asked = |heard: &Heard| heard.asked.get(&id).is_some_and(|count| *count >= times);
        self.until(asked).await;
    }

    /// Knows the worker no more, until it registers again.
    pub(crate) fn forget_worker(&self) {
        let registrations = self.heard.borrow().registrations.len();
        self.forgotten.store(registrations, Ordering::Release);
    }

    pub(crate) fn refuse_commits(&self) {
        self.says.lock().refuses_commits = true;
    }

    pub(crate) fn heard(&self) -> Heard {
        self.heard.borrow().clone()
    }

    /// Waits until the master has heard something.
    pub(crate) async fn until(&self, condition: impl Fn(&Heard) -> bool) -> Heard {
        let mut heard = self.heard.subscribe();
        let waiting = heard.wait_for(condition);
        let found = tokio::time::timeout(SOON, waiting).await;
        found
            .expect("the master hears of it soon")
            .expect("the sender is held here")
            .clone()
    }
}

impl MasterServer {
    pub(crate) fn address(&self) -> SocketAddr {
        self.rpc.address()
    }

    pub(crate) async fn stop(self) {
        self.rpc.shutdown(Duration::ZERO).await;
        self.tasks.shutdown().await;
    }
}

#[tonic::async_trait]
impl BlockMasterWorkerService for FakeMaster {
    async fn get_worker_id(
        &self,
        _request: Request<GetWorkerIdPRequest>,
    ) -> Result<Response<GetWorkerIdPResponse>, Status> {
        Ok(Response::new(GetWorkerIdPResponse {
            worker_id: Some(4711),
        }))
    }

    async fn request_register_lease(
        &self,
        _request: Request<GetRegisterLeasePRequest>,
    ) -> Result<Response<GetRegisterLeasePResponse>, Status> {
        Ok(Response::new(GetRegisterLeasePResponse {
            allowed: Some(true),
            ..GetRegisterLeasePResponse::default()
        }))
    }

    async fn register_worker_stream(
        &self,
        request: Request<Streaming<RegisterWorkerPRequest>>,
    ) -> Result<Response<BoxStream<RegisterWorkerPResponse>>, Status> {
        let mut messages = request.into_inner();
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let heard = self.heard.clone();
        Tasks::new().spawn("fake registration", async move {
            let mut whole: Option<RegisterWorkerPRequest> = None;
            while let Ok(Some(message)) = messages.message().await {
                match &mut whole {
                    Some(first) => first.current_blocks.extend(message.current_blocks),
                    None => whole = Some(message),
                }
                if sender.send(Ok(RegisterWorkerPResponse {})).await.is_err() {
                    return;
                }
            }
            heard.send_modify(|heard| heard.registrations.extend(whole));
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn block_heartbeat(
        &self,
        request: Request<BlockHeartbeatPRequest>,
    ) -> Result<Response<BlockHeartbeatPResponse>, Status> {
        let request = request.into_inner();
        self.heard.send_modify(|heard| {
            heard.heartbeats += 1;
            heard.removed.extend(request.removed_block_ids);
            for metric in request.options.unwrap_or_default().metrics {
                *heard.metrics.entry(metric.name().to_owned()).or_default() += metric.value();
            }
        });
        Ok(Response::new(BlockHeartbeatPResponse {
            command: self.says.lock().commands.pop(),
        }))
    }

    async fn commit_block(
        &self,
        request: Request<CommitBlockPRequest>,
    ) -> Result<Response<CommitBlockPResponse>, Status> {
        if self.says.lock().refuses_commits {
            return Err(Status::not_found("no such file"));
        }
        if self.heard.borrow().registrations.len() == self.forgotten.load(Ordering::Acquire) {
            return Err(to_status(&UnknownWorker));
        }
        let request = request.into_inner();
        self.heard.send_modify(|heard| {
            heard.committed.insert(request.block_id(), request);
        });
        Ok(Response::new(CommitBlockPResponse {}))
    }
}

#[tonic::async_trait]
impl FileSystemMasterWorkerService for FakeMaster {
    async fn get_file_info(
        &self,
        request: Request<GetFileInfoPRequest>,
    ) -> Result<Response<GetFileInfoPResponse>, Status> {
        let id = request.get_ref().file_id();
        self.heard
            .send_modify(|heard| *heard.asked.entry(id).or_default() += 1);
        let place = self.says.lock().places.get(&id).cloned();
        let state = self.says.lock().files.get(&id).copied();
        let state = state.or(place.as_ref().map(|_place| "PERSISTED"));
        let state = state.ok_or_else(|| Status::not_found("no such file"))?;
        Ok(Response::new(GetFileInfoPResponse {
            file_info: Some(FileInfo {
                file_id: Some(id),
                persisted: Some(state == "PERSISTED"),
                persistence_state: Some(state.to_owned()),
                ufs_path: place,
                ..FileInfo::default()
            }),
        }))
    }

    async fn get_pinned_file_ids(
        &self,
        _request: Request<GetPinnedFileIdsPRequest>,
    ) -> Result<Response<GetPinnedFileIdsPResponse>, Status> {
        Ok(Response::new(GetPinnedFileIdsPResponse {
            pinned_file_ids: self.says.lock().pinned.clone(),
        }))
    }

    async fn get_ufs_info(
        &self,
        request: Request<GetUfsInfoPRequest>,
    ) -> Result<Response<GetUfsInfoPResponse>, Status> {
        let id = request.get_ref().mount_id();
        let (uri, read_only) = {
            let says = self.says.lock();
            (says.mounts.get(&id).cloned(), says.read_only.contains(&id))
        };
        let uri = uri.ok_or_else(|| Status::not_found("no such mount"))?;
        Ok(Response::new(GetUfsInfoPResponse {
            ufs_info: Some(UfsInfo {
                uri: Some(uri),
                properties: Some(MountPOptions {
                    read_only: Some(read_only),
                    ..MountPOptions::default()
                }),
            }),
        }))
    }
}
