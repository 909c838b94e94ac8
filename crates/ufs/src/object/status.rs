//! `status`: the object of the key, else a directory if the marker or any key below is there.

use alluxio_common::UfsPath;

use super::connector::{Objects, directory_key, file_key};
use super::{ObjectError, ObjectList};
use crate::{UfsError, UfsErrorKind, UfsOperation, UfsStatus};

impl Objects {
    /// See [`crate::UnderFileSystem::status`].
    pub(super) async fn status(
        &self,
        path: &UfsPath,
        operation: UfsOperation,
    ) -> Result<UfsStatus, UfsError> {
        let failed = |error: ObjectError| error.on(operation, path);
        let name = path.name().to_owned();
        self.load_permissions().await;
        if !path.is_root()
            && let Some(object) = self.store.head(file_key(path)).await.map_err(failed)?
        {
            return Ok(UfsStatus::File(self.file(name, object)));
        }
        let any_below = ObjectList {
            prefix: directory_key(path),
            start_after: None,
            token: None,
            folded: false,
            limit: 1,
        };
        let page = self.store.list(any_below).await.map_err(failed)?;
        // An empty bucket is a directory; one that is missing or closed has just been an error.
        if page.entries.is_empty() && !path.is_root() {
            return Err(UfsError::new(UfsErrorKind::NotFound, operation, path));
        }
        Ok(UfsStatus::Directory(self.directory(name)))
    }

    /// Refuses with `AlreadyExists` when anything is at `path`.
    pub(super) async fn check_absent(
        &self,
        path: &UfsPath,
        operation: UfsOperation,
    ) -> Result<(), UfsError> {
        match self.status(path, operation).await {
            Ok(_something) => Err(UfsError::new(UfsErrorKind::AlreadyExists, operation, path)),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Refuses with `NotADirectory` or `NotFound` when there is no directory at `path`.
    pub(super) async fn check_directory(
        &self,
        path: &UfsPath,
        operation: UfsOperation,
    ) -> Result<(), UfsError> {
        match self.status(path, operation).await? {
            UfsStatus::Directory(_) => Ok(()),
            UfsStatus::File(_) => Err(UfsError::new(UfsErrorKind::NotADirectory, operation, path)),
        }
    }

    /// Refuses with `IsADirectory` or `NotFound` when there is no file at `path`.
    pub(super) async fn check_file(
        &self,
        path: &UfsPath,
        operation: UfsOperation,
    ) -> Result<(), UfsError> {
        match self.status(path, operation).await? {
            UfsStatus::File(_) => Ok(()),
            UfsStatus::Directory(_) => {
                Err(UfsError::new(UfsErrorKind::IsADirectory, operation, path))
            }
        }
    }
}
