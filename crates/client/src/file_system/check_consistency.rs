//! `check_consistency`: what is not in its store as the namespace says.

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

impl FileSystem {
    /// Everything at and below a path that differs from its store, in the order of the paths.
    ///
    /// # Errors
    /// `PathNotFound`, `PermissionDenied`; what a store says that does not answer.
    pub async fn check_consistency(
        &self,
        path: &AlluxioPath,
    ) -> Result<Vec<AlluxioPath>, ClientError> {
        let request = pb::CheckConsistencyPRequest {
            path: Some(path.to_string()),
            options: Some(pb::CheckConsistencyPOptions {
                common_options: self.at(path).reading().to_proto(),
            }),
        };
        let response = self
            .call(request, |mut stub, request| async move {
                stub.check_consistency(request).await
            })
            .await?;
        let paths = response.inconsistent_paths.iter();
        Ok(paths
            .filter_map(|path| AlluxioPath::parse(path).ok())
            .collect())
    }
}
