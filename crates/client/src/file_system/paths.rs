//! `file_path`, `reverse_resolve`, `needs_sync`: small questions about paths.

use alluxio_common::{AlluxioPath, InodeId};
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

impl FileSystem {
    /// Where the inode with this id is.
    ///
    /// # Errors
    /// `PathNotFound` when there is none.
    pub async fn file_path(&self, id: InodeId) -> Result<AlluxioPath, ClientError> {
        let request = pb::GetFilePathPRequest {
            file_id: Some(id.raw()),
        };
        let response = self
            .call(request, |mut stub, request| async move {
                stub.get_file_path(request).await
            })
            .await?;
        AlluxioPath::parse(response.path()).map_err(ClientError::from)
    }

    /// Where in the namespace a path of a store is.
    ///
    /// # Errors
    /// `InvalidArgument` when no mount holds it.
    pub async fn reverse_resolve(&self, ufs_uri: &str) -> Result<AlluxioPath, ClientError> {
        let request = pb::ReverseResolvePRequest {
            ufs_uri: Some(ufs_uri.to_owned()),
        };
        let response = self
            .call(request, |mut stub, request| async move {
                stub.reverse_resolve(request).await
            })
            .await?;
        AlluxioPath::parse(response.alluxio_path()).map_err(ClientError::from)
    }

    /// Makes the master look into the store when the path is next looked at.
    ///
    /// # Errors
    /// `InvalidPath`.
    pub async fn needs_sync(&self, path: &AlluxioPath) -> Result<(), ClientError> {
        let request = pb::NeedsSyncRequest {
            path: path.to_string(),
        };
        self.call(request, |mut stub, request| async move {
            stub.needs_sync(request).await
        })
        .await
        .map(drop)
    }
}
