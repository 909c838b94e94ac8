//! `get_status`: what the master says of one path.

use alluxio_common::{AlluxioPath, Describe, ErrorCode};
use alluxio_proto::grpc;
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use super::options::SyncInterval;
use crate::conf::AccessTimes;
use crate::error::ClientError;
use crate::status::FileStatus;

/// What the caller wants the status for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusPurpose {
    /// To look at it.
    Look,
    /// To read the file: the master checks the access, and notes it unless the client is told not to.
    Read,
}

impl FileSystem {
    /// What the master says of this path.
    ///
    /// # Errors
    /// `PathNotFound`, `InvalidPath`, `PermissionDenied`.
    pub async fn get_status(&self, path: &AlluxioPath) -> Result<FileStatus, ClientError> {
        self.status_for(path, StatusPurpose::Look, self.at(path).sync())
            .await
    }

    /// As [`FileSystem::get_status`], but the master looks into the store first.
    ///
    /// # Errors
    /// As [`FileSystem::get_status`].
    pub async fn get_fresh_status(&self, path: &AlluxioPath) -> Result<FileStatus, ClientError> {
        self.status_for(path, StatusPurpose::Look, SyncInterval::Always)
            .await
    }

    pub(crate) async fn status_for(
        &self,
        path: &AlluxioPath,
        purpose: StatusPurpose,
        sync: SyncInterval,
    ) -> Result<FileStatus, ClientError> {
        let here = self.at(path);
        let mut common = here.reading();
        common.sync = sync;
        let is_read = purpose == StatusPurpose::Read;
        let moves_time = is_read && here.conf().access_times == AccessTimes::Noted;
        let request = pb::GetStatusPRequest {
            path: Some(path.to_string()),
            options: Some(pb::GetStatusPOptions {
                load_metadata_type: Some(here.conf().load_metadata.to_proto()),
                common_options: common.to_proto(),
                access_mode: is_read.then(|| grpc::Bits::Read.into()),
                update_timestamps: Some(moves_time),
                ..Default::default()
            }),
        };
        let response = self
            .call(request, |mut stub, request| async move {
                stub.get_status(request).await
            })
            .await?;
        Ok(FileStatus::from_proto(
            response.file_info.unwrap_or_default(),
        ))
    }

    /// The status, or `None` when nothing is there.
    ///
    /// # Errors
    /// As [`FileSystem::get_status`], but for a missing path.
    pub async fn find_status(&self, path: &AlluxioPath) -> Result<Option<FileStatus>, ClientError> {
        match self.get_status(path).await {
            Ok(status) => Ok(Some(status)),
            Err(error)
                if matches!(
                    error.code(),
                    ErrorCode::PathNotFound | ErrorCode::InvalidPath
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// As [`FileSystem::find_status`], for a path at which something is about to be made. Where that
    /// does not get into the store, one that does not answer is in nobody's way: nothing is there then
    /// but what the namespace has.
    ///
    /// # Errors
    /// As [`FileSystem::find_status`].
    pub async fn find_target(&self, path: &AlluxioPath) -> Result<Option<FileStatus>, ClientError> {
        let reaches_store = self.at(path).conf().write_type.reaches_store();
        match self.find_status(path).await {
            Err(error) if !reaches_store && error.code() == ErrorCode::UfsUnavailable => Ok(None),
            found => found,
        }
    }
}
