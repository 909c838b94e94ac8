//! `rename`: moves a file or a directory inside one mount.

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

impl FileSystem {
    /// Moves `source` to `target`, which must not exist.
    ///
    /// # Errors
    /// `PathNotFound`, `AlreadyExists`, `InvalidPath` across mounts or into itself,
    /// `PermissionDenied`, `MountReadOnly`.
    pub async fn rename(
        &self,
        source: &AlluxioPath,
        target: &AlluxioPath,
    ) -> Result<(), ClientError> {
        let here = self.at(source);
        let request = pb::RenamePRequest {
            path: Some(source.to_string()),
            dst_path: Some(target.to_string()),
            options: Some(pb::RenamePOptions {
                common_options: here.changing().to_proto(),
                ..Default::default()
            }),
        };
        self.call(request, |mut stub, request| async move {
            stub.rename(request).await
        })
        .await
        .map(drop)
    }
}
