//! `check_access`: may the caller do this?

use alluxio_common::{Access, AlluxioPath};
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::convert;

use super::FileSystem;
use crate::error::ClientError;

impl FileSystem {
    /// Whether the caller may do this with the path.
    ///
    /// # Errors
    /// `PermissionDenied` when not; `PathNotFound`.
    pub async fn check_access(
        &self,
        path: &AlluxioPath,
        access: Access,
    ) -> Result<(), ClientError> {
        let here = self.at(path);
        let request = pb::CheckAccessPRequest {
            path: Some(path.to_string()),
            options: Some(pb::CheckAccessPOptions {
                bits: Some(convert::access_to_proto(access).into()),
                common_options: here.reading().to_proto(),
            }),
        };
        self.call(request, |mut stub, request| async move {
            stub.check_access(request).await
        })
        .await
        .map(drop)
    }
}
