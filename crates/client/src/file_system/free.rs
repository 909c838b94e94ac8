//! `free`: drops cached copies.

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use super::options::Descend;
use crate::error::ClientError;

/// Whether pinned files are freed too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreePinned {
    /// They are unpinned and freed.
    Yes,
    /// Their presence is an error.
    No,
}

impl FileSystem {
    /// Drops the cached copies of a file, or of everything below a directory. The workers do it
    /// soon after the call returns.
    ///
    /// # Errors
    /// `PathNotFound`; `Refused` for what is not persisted, pinned, or a directory that is not empty
    /// when `descend` is `No`; `PermissionDenied`.
    pub async fn free(
        &self,
        path: &AlluxioPath,
        descend: Descend,
        pinned: FreePinned,
    ) -> Result<(), ClientError> {
        let here = self.at(path);
        let request = pb::FreePRequest {
            path: Some(path.to_string()),
            options: Some(pb::FreePOptions {
                recursive: descend.to_proto(),
                forced: Some(pinned == FreePinned::Yes),
                common_options: here.changing().to_proto(),
            }),
        };
        self.call(request, |mut stub, request| async move {
            stub.free(request).await
        })
        .await
        .map(drop)
    }
}
