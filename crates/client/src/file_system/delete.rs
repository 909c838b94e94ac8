//! `delete`: removes a file or a directory.

use alluxio_common::AlluxioPath;
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

impl DeleteOptions {
    pub(super) fn to_proto(self, common: CommonOptions) -> pb::DeletePOptions {
        pb::DeletePOptions {
            recursive: self.descend.to_proto(),
            alluxio_only: Some(self.ufs == UfsDelete::Keep),
            unchecked: Some(self.ufs == UfsDelete::Unchecked),
            common_options: common.to_proto(),
            delete_mount_point: Some(self.mount_points == MountPoints::Unmount),
            ..Default::default()
        }
    }
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
        let options = options.to_proto(self.at(path).changing());
        self.delete_as(path, options).await
    }

    /// As [`FileSystem::delete`]; and when the directory above is next listed, the store is asked what
    /// it holds.
    ///
    /// # Errors
    /// As [`FileSystem::delete`].
    pub async fn delete_and_look_again(
        &self,
        path: &AlluxioPath,
        options: DeleteOptions,
    ) -> Result<(), ClientError> {
        let mut options = options.to_proto(self.at(path).changing());
        options.sync_parent_next_time = Some(true);
        self.delete_as(path, options).await
    }

    pub(super) async fn delete_as(
        &self,
        path: &AlluxioPath,
        options: pb::DeletePOptions,
    ) -> Result<(), ClientError> {
        let request = pb::DeletePRequest {
            path: Some(path.to_string()),
            options: Some(options),
        };
        self.call(request, |mut stub, request| async move {
            stub.remove(request).await
        })
        .await
        .map(drop)
    }
}
