//! `start_sync`: a path follows its store by itself.

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

impl FileSystem {
    /// Has the master follow what changes in the store below a path.
    ///
    /// # Errors
    /// When the store does not tell of its changes; `PermissionDenied`.
    pub async fn start_sync(&self, path: &AlluxioPath) -> Result<(), ClientError> {
        let request = pb::StartSyncPRequest {
            path: Some(path.to_string()),
            options: None,
        };
        let started = self.call(request, |mut stub, request| async move {
            stub.start_sync(request).await
        });
        started.await.map(drop)
    }
}
