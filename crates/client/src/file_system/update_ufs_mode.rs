//! `update_ufs_mode`: maintenance of a store.

use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

/// What may be done with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UfsMode {
    /// Nothing.
    NoAccess,
    /// Reading.
    ReadOnly,
    /// Everything.
    ReadWrite,
}

impl FileSystem {
    /// Sets what may be done with a store, which is named by its scheme and authority.
    ///
    /// # Errors
    /// `InvalidPath` when the URI holds more than that, or nothing of the store is mounted;
    /// `PermissionDenied`.
    pub async fn update_ufs_mode(&self, store: &str, mode: UfsMode) -> Result<(), ClientError> {
        let mode = match mode {
            UfsMode::NoAccess => pb::UfsPMode::NoAccess,
            UfsMode::ReadOnly => pb::UfsPMode::ReadOnly,
            UfsMode::ReadWrite => pb::UfsPMode::ReadWrite,
        };
        let request = pb::UpdateUfsModePRequest {
            ufs_path: Some(store.to_owned()),
            options: Some(pb::UpdateUfsModePOptions {
                ufs_mode: Some(mode.into()),
            }),
        };
        let updated = self.call(request, |mut stub, request| async move {
            stub.update_ufs_mode(request).await
        });
        updated.await.map(drop)
    }
}
