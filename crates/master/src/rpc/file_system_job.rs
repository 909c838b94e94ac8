//! `FileSystemMasterJobService`: what job workers ask of the namespace.

use std::sync::Arc;

use alluxio_common::{Clock, InodeId, MountId};
use alluxio_proto::grpc::file as pb;
use alluxio_proto::grpc::file::file_system_master_job_service_server::FileSystemMasterJobService;
use alluxio_rpc::Call;
use tonic::{Request, Response, Status};

use super::file_info::file_info;
use super::file_system_worker::ufs_info;
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
        let call = Call::start("GetFileInfo", &*self.clock);
        let id = InodeId::from_raw(request.get_ref().file_id());
        let info = self.master.visit_inode(id, file_info);
        call.answer(info.map(|info| pb::GetFileInfoPResponse {
            file_info: Some(info),
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
