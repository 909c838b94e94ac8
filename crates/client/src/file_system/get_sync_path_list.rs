//! `get_sync_path_list`: the paths that follow their stores by themselves.

use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

impl FileSystem {
    /// The paths for which [`FileSystem::start_sync`] was called.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn sync_path_list(&self) -> Result<Vec<String>, ClientError> {
        let listed = self.call(
            pb::GetSyncPathListPRequest {},
            |mut stub, request| async move { stub.get_sync_path_list(request).await },
        );
        let paths = listed.await?.sync_paths.into_iter();
        Ok(paths.filter_map(|path| path.sync_point_uri).collect())
    }
}
