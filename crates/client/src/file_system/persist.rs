//! `persist`: asks for a file to be written to its store.

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

impl FileSystem {
    /// Asks the master to have the file written to its store, after `wait_ms` milliseconds. It
    /// returns at once; the status shows when it is done.
    ///
    /// # Errors
    /// `PathNotFound`, also for a directory; `InvalidPath` for an incomplete file.
    pub async fn schedule_persist(
        &self,
        path: &AlluxioPath,
        wait_ms: i64,
    ) -> Result<(), ClientError> {
        let here = self.at(path);
        let request = pb::ScheduleAsyncPersistencePRequest {
            path: Some(path.to_string()),
            options: Some(pb::ScheduleAsyncPersistencePOptions {
                common_options: here.reading().to_proto(),
                persistence_wait_time: Some(wait_ms),
            }),
        };
        self.call(request, |mut stub, request| async move {
            stub.schedule_async_persistence(request).await
        })
        .await
        .map(drop)
    }
}
