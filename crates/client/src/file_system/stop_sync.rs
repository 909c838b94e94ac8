//! `stop_sync`: a path no longer follows its store by itself.

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

impl FileSystem {
    /// Ends what [`FileSystem::start_sync`] began.
    ///
    /// # Errors
    /// `InvalidPath` when the path does not follow its store.
    pub async fn stop_sync(&self, path: &AlluxioPath) -> Result<(), ClientError> {
        let request = pb::StopSyncPRequest {
            path: Some(path.to_string()),
            options: None,
        };
        let stopped = self.call(request, |mut stub, request| async move {
            stub.stop_sync(request).await
        });
        stopped.await.map(drop)
    }
}
