//! `FileSystemMasterWorkerService`: what workers ask of the namespace.

use std::sync::Arc;

use alluxio_common::{Clock, InodeId, MountId};
use alluxio_proto::grpc;
use alluxio_proto::grpc::file as pb;
use alluxio_proto::grpc::file::file_system_master_worker_service_server::FileSystemMasterWorkerService;
use alluxio_rpc::Call;
use tonic::{Request, Response, Status};

use super::file_info::file_info;
use crate::file_system::{FileSystemMaster, UfsInfo};

/// Answers workers from the namespace.
#[derive(Debug, Clone)]
pub struct FileSystemWorkerService {
    master: Arc<FileSystemMaster>,
    clock: Arc<dyn Clock>,
}

impl FileSystemWorkerService {
    /// Serves this namespace.
    pub fn new(master: Arc<FileSystemMaster>, clock: Arc<dyn Clock>) -> Self {
        Self { master, clock }
    }
}

/// The connection to a store, with its secrets: for servers only.
pub(super) fn ufs_info(info: UfsInfo) -> pb::GetUfsInfoPResponse {
    pb::GetUfsInfoPResponse {
        ufs_info: Some(pb::UfsInfo {
            uri: Some(info.uri),
            properties: Some(pb::MountPOptions {
                read_only: Some(info.options.read_only),
                properties: info.options.properties,
                shared: Some(info.options.shared),
                ..pb::MountPOptions::default()
            }),
        }),
    }
}

#[tonic::async_trait]
impl FileSystemMasterWorkerService for FileSystemWorkerService {
    async fn file_system_heartbeat(
        &self,
        _request: Request<pb::FileSystemHeartbeatPRequest>,
    ) -> Result<Response<pb::FileSystemHeartbeatPResponse>, Status> {
        // Persisting is the job service's work, so there is never anything for a worker to do.
        let command = pb::FileSystemCommand {
            command_type: Some(grpc::CommandType::Persist as i32),
            command_options: Some(pb::FileSystemCommandOptions {
                persist_options: Some(pb::PersistCommandOptions::default()),
            }),
        };
        Ok(Response::new(pb::FileSystemHeartbeatPResponse {
            command: Some(command),
        }))
    }

    async fn get_file_info(
        &self,
        request: Request<pb::GetFileInfoPRequest>,
    ) -> Result<Response<pb::GetFileInfoPResponse>, Status> {
        let call = Call::start("GetFileInfo", &*self.clock);
        let id = InodeId::from_raw(request.get_ref().file_id());
        let info = self.master.visit_inode(id, file_info);
        call.answer(info.map(|info| pb::GetFileInfoPResponse {
            file_info: Some(info),
        }))
    }

    async fn get_pinned_file_ids(
        &self,
        _request: Request<pb::GetPinnedFileIdsPRequest>,
    ) -> Result<Response<pb::GetPinnedFileIdsPResponse>, Status> {
        let ids = self.master.pinned_file_ids();
        Ok(Response::new(pb::GetPinnedFileIdsPResponse {
            pinned_file_ids: ids.into_iter().map(InodeId::raw).collect(),
        }))
    }

    async fn get_ufs_info(
        &self,
        request: Request<pb::GetUfsInfoPRequest>,
    ) -> Result<Response<pb::GetUfsInfoPResponse>, Status> {
        let call = Call::start("GetUfsInfo", &*self.clock);
        let mount_id = MountId::from_raw(request.get_ref().mount_id());
        call.answer(self.master.ufs_info(mount_id).map(ufs_info))
    }
}
