//! `list_status`: what a directory holds.

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::file as pb;
use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::FileSystem;
use super::options::{Descend, LoadMetadata, SyncInterval};
use crate::error::ClientError;
use crate::status::FileStatus;

/// How to list.
#[derive(Debug, Clone, Copy)]
pub struct ListStatusOptions {
    /// Direct children, or everything below, parents before their children.
    pub descend: Descend,
    /// Whether the store is asked for what is not known; the client's default when `None`.
    pub load: Option<LoadMetadata>,
    /// How old the master's knowledge may be; the client's default when `None`.
    pub sync: Option<SyncInterval>,
}

impl Default for ListStatusOptions {
    /// The direct children; the store is asked as the client is set up.
    fn default() -> Self {
        Self {
            descend: Descend::No,
            load: None,
            sync: None,
        }
    }
}

impl FileSystem {
    /// What a directory holds, in the order of the names; a file lists itself.
    ///
    /// The stream is read from the master as it is consumed; an error in the middle ends it.
    ///
    /// # Errors
    /// `PathNotFound`, `InvalidPath`, `PermissionDenied`.
    pub async fn iterate_status(
        &self,
        path: &AlluxioPath,
        options: ListStatusOptions,
    ) -> Result<
        impl Stream<Item = Result<FileStatus, ClientError>> + Send + Unpin + use<>,
        ClientError,
    > {
        let responses = self.list_request(path, options, OnlyLoad::No).await?;
        let entries = responses
            .map_err(ClientError::from_status)
            .map_ok(|response| {
                stream::iter(
                    response
                        .file_infos
                        .into_iter()
                        .map(|info| Ok(FileStatus::from_proto(info))),
                )
            })
            .try_flatten();
        Ok(entries.boxed())
    }

    /// As [`FileSystem::iterate_status`], collected.
    ///
    /// # Errors
    /// As [`FileSystem::iterate_status`].
    pub async fn list_status(
        &self,
        path: &AlluxioPath,
        options: ListStatusOptions,
    ) -> Result<Vec<FileStatus>, ClientError> {
        self.iterate_status(path, options)
            .await?
            .try_collect()
            .await
    }

    /// Makes the master look into the store below this path; lists nothing.
    ///
    /// # Errors
    /// As [`FileSystem::iterate_status`].
    pub async fn load_metadata(
        &self,
        path: &AlluxioPath,
        options: ListStatusOptions,
    ) -> Result<(), ClientError> {
        let mut responses = self.list_request(path, options, OnlyLoad::Yes).await?;
        while let Some(response) = responses.next().await {
            response.map_err(ClientError::from_status)?;
        }
        Ok(())
    }

    async fn list_request(
        &self,
        path: &AlluxioPath,
        options: ListStatusOptions,
        only_load: OnlyLoad,
    ) -> Result<tonic::Streaming<pb::ListStatusPResponse>, ClientError> {
        let here = self.at(path);
        let mut common = here.reading();
        common.sync = options.sync.unwrap_or(here.sync());
        let load = options.load.unwrap_or(here.conf().load_metadata);
        let request = pb::ListStatusPRequest {
            path: Some(path.to_string()),
            options: Some(pb::ListStatusPOptions {
                load_metadata_type: Some(load.to_proto()),
                common_options: common.to_proto(),
                recursive: options.descend.to_proto(),
                load_metadata_only: Some(only_load == OnlyLoad::Yes),
                ..Default::default()
            }),
        };
        self.call(request, |mut stub, request| async move {
            stub.list_status(request).await
        })
        .await
    }
}

/// Whether the listing itself is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnlyLoad {
    Yes,
    No,
}
