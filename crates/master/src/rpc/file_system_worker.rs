//! `FileSystemMasterWorkerService`: what workers ask of the namespace.

use std::sync::Arc;

use alluxio_common::{Clock, InodeId};
use alluxio_proto::grpc;
use alluxio_proto::grpc::file as pb;
use alluxio_proto::grpc::file::file_system_master_worker_service_server::FileSystemMasterWorkerService;
use tonic::{Request, Response, Status};

use super::file_system_info::{get_file_info, get_ufs_info};
use crate::file_system::FileSystemMaster;

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
        get_file_info(&self.master, &*self.clock, request.get_ref()).await
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
        get_ufs_info(&self.master, &*self.clock, request.get_ref())
    }
}
