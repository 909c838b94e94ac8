//! `delete`: removes a file or a directory.

use alluxio_common::{AlluxioPath, InodeId};
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use super::options::{CommonOptions, Descend};
use crate::error::ClientError;

/// Whether the store's copy goes too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UfsDelete {
    /// It goes, after a check that the store holds nothing that the master does not know.
    Checked,
    /// It goes.
    Unchecked,
    /// It stays.
    Keep,
}

/// Whether mount points below may be unmounted on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountPoints {
    /// Their presence is an error.
    Refuse,
    /// They are unmounted; their stores keep everything.
    Unmount,
}

/// How to delete.
#[derive(Debug, Clone, Copy)]
pub struct DeleteOptions {
    /// Whether a directory goes with everything below it.
    pub descend: Descend,
    /// What happens in the store.
    pub ufs: UfsDelete,
    /// What happens to mount points below.
    pub mount_points: MountPoints,
}

impl FileSystem {
    /// Removes a file or a directory.
    ///
    /// # Errors
    /// `PathNotFound`, `DirectoryNotEmpty`, `PermissionDenied`, `MountReadOnly`.
    pub async fn delete(
        &self,
        path: &AlluxioPath,
        options: DeleteOptions,
    ) -> Result<(), ClientError> {
        let common = self.at(path).changing();
        self.delete_as(path, options, common, None).await
    }

    /// As [`FileSystem::delete`], with these common options. Another inode than this one is left
    /// alone; a master of 2.9 goes by the path all the same.
    pub(super) async fn delete_as(
        &self,
        path: &AlluxioPath,
        options: DeleteOptions,
        common: CommonOptions,
        inode: Option<InodeId>,
    ) -> Result<(), ClientError> {
        let request = pb::DeletePRequest {
            path: Some(path.to_string()),
            options: Some(pb::DeletePOptions {
                recursive: options.descend.to_proto(),
                alluxio_only: Some(options.ufs == UfsDelete::Keep),
                unchecked: Some(options.ufs == UfsDelete::Unchecked),
                common_options: common.to_proto(),
                delete_mount_point: Some(options.mount_points == MountPoints::Unmount),
                file_id: inode.map(InodeId::raw),
                ..Default::default()
            }),
        };
        self.call(request, |mut stub, request| async move {
            stub.remove(request).await
        })
        .await
        .map(drop)
    }
}
