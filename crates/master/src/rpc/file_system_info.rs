//! What workers and job workers both ask of the namespace: a file, and how to reach a store.

use alluxio_common::{Clock, InodeId, MountId};
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::Call;
use tonic::{Response, Status};

use super::file_info::file_info;
use crate::file_system::{FileSystemMaster, UfsInfo};

/// The file with this id, as a server sees it.
pub(super) fn get_file_info(
    master: &FileSystemMaster,
    clock: &dyn Clock,
    request: &pb::GetFileInfoPRequest,
) -> Result<Response<pb::GetFileInfoPResponse>, Status> {
    let call = Call::start("GetFileInfo", clock);
    let id = InodeId::from_raw(request.file_id());
    let info = master.visit_inode(id, file_info);
    call.answer(info.map(|info| pb::GetFileInfoPResponse {
        file_info: Some(info),
    }))
}

/// How a server reaches the store of this mount.
pub(super) fn get_ufs_info(
    master: &FileSystemMaster,
    clock: &dyn Clock,
    request: &pb::GetUfsInfoPRequest,
) -> Result<Response<pb::GetUfsInfoPResponse>, Status> {
    let call = Call::start("GetUfsInfo", clock);
    let mount_id = MountId::from_raw(request.mount_id());
    call.answer(master.ufs_info(mount_id).map(ufs_info))
}

/// The connection to a store, with its secrets: for servers only.
fn ufs_info(info: UfsInfo) -> pb::GetUfsInfoPResponse {
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
