//! `exists`: whether something is at a path.

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

impl FileSystem {
    /// Whether something is at this path, in the namespace or in the store.
    ///
    /// # Errors
    /// `PermissionDenied`, or when the master cannot be reached.
    pub async fn exists(&self, path: &AlluxioPath) -> Result<bool, ClientError> {
        let here = self.at(path);
        let request = pb::ExistsPRequest {
            path: Some(path.to_string()),
            options: Some(pb::ExistsPOptions {
                load_metadata_type: Some(here.conf().load_metadata.to_proto()),
                common_options: here.reading().to_proto(),
            }),
        };
        let response = self
            .call(request, |mut stub, request| async move {
                stub.exists(request).await
            })
            .await?;
        Ok(response.exists())
    }
}
