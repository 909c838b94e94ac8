//! What workers and job workers both ask of the namespace: a file, and how to reach a store.

use alluxio_common::{Clock, InodeId, MountId};
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::Call;
use tonic::{Response, Status};

use super::file_info::file_info;
use crate::file_system::{FileSystemMaster, UfsInfo};

/// The file with this id, as a server sees it. Workers drop the only copies of files that are gone
/// or in the store, so the answer waits until it cannot be taken back.
pub(super) async fn get_file_info(
    master: &FileSystemMaster,
    clock: &dyn Clock,
    request: &pb::GetFileInfoPRequest,
) -> Result<Response<pb::GetFileInfoPResponse>, Status> {
    let call = Call::start("GetFileInfo", clock);
    let id = InodeId::from_raw(request.file_id());
    let info = master.visit_inode(id, file_info);
    if let Err(error) = master.wait_shown_durable().await {
        return Err(call.fail(&error));
    }
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use alluxio_common::SystemClock;
    use futures::FutureExt;

    use super::*;
    use crate::file_system::testing::Fixture;

    #[tokio::test]
    async fn a_file_is_shown_to_servers_when_it_is_durable() {
        let fixture = Fixture::new().await;
        fixture.write_through("/f", b"content").await;
        let request = pb::GetFileInfoPRequest {
            file_id: Some(fixture.status("/f").await.unwrap().file_id.raw()),
            options: None,
        };
        let clock = SystemClock::shared();
        let ask = || get_file_info(&fixture.master, &*clock, &request);
        fixture.journal.stalls.store(true, Ordering::SeqCst);
        assert!(ask().now_or_never().is_none());
        fixture.journal.stalls.store(false, Ordering::SeqCst);
        let answer = ask().await.unwrap().into_inner();
        assert!(answer.file_info.unwrap().persisted());
    }
}
