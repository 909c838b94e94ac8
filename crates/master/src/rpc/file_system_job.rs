//! `FileSystemMasterJobService`: what job workers ask of the namespace.

use std::sync::Arc;

use alluxio_common::Clock;
use alluxio_proto::grpc::file as pb;
use alluxio_proto::grpc::file::file_system_master_job_service_server::FileSystemMasterJobService;
use tonic::{Request, Response, Status};

use super::file_system_info::{get_file_info, get_ufs_info};
use crate::file_system::FileSystemMaster;

/// Answers job workers from the namespace.
#[derive(Debug, Clone)]
pub struct FileSystemJobService {
    master: Arc<FileSystemMaster>,
    clock: Arc<dyn Clock>,
}

impl FileSystemJobService {
    /// Serves this namespace.
    pub fn new(master: Arc<FileSystemMaster>, clock: Arc<dyn Clock>) -> Self {
        Self { master, clock }
    }
}

#[tonic::async_trait]
impl FileSystemMasterJobService for FileSystemJobService {
    async fn get_file_info(
        &self,
        request: Request<pb::GetFileInfoPRequest>,
    ) -> Result<Response<pb::GetFileInfoPResponse>, Status> {
        get_file_info(&self.master, &*self.clock, request.get_ref()).await
    }

    async fn get_ufs_info(
        &self,
        request: Request<pb::GetUfsInfoPRequest>,
    ) -> Result<Response<pb::GetUfsInfoPResponse>, Status> {
        get_ufs_info(&self.master, &*self.clock, request.get_ref())
    }
}
