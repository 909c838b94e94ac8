//! `status`: the object of the key, else a directory if the marker or any key below is there.

use alluxio_common::UfsPath;
use futures::future;

use super::connector::{Objects, directory_key, file_key};
use super::pages::{SHORT_PAGES, endless};
use super::{ListedObject, ObjectError, ObjectList, ObjectStatus};
use crate::{UfsError, UfsErrorKind, UfsOperation, UfsStatus};

/// What a path is in a bucket.
enum Found {
    File(ObjectStatus),
    Directory,
    Nothing,
}

impl Objects {
    /// See [`crate::UnderFileSystem::status`].
    pub(super) async fn status(
        &self,
        path: &UfsPath,
        operation: UfsOperation,
    ) -> Result<UfsStatus, UfsError> {
        let failed = |error: ObjectError| error.on(operation, path);
        let name = path.name().to_owned();
        // At once: a store that is silent takes the time of one answer, not of one after the other.
        let ((), found) = future::join(self.load_permissions(), self.find(path)).await;
        match found.map_err(failed)? {
            Found::File(object) => Ok(UfsStatus::File(self.file(name, object))),
            Found::Directory => Ok(UfsStatus::Directory(self.directory(name))),
            Found::Nothing => Err(UfsError::new(UfsErrorKind::NotFound, operation, path)),
        }
    }

    async fn find(&self, path: &UfsPath) -> Result<Found, ObjectError> {
        if let Some(object) = self.find_file(path).await? {
            return Ok(Found::File(object));
        }
        Ok(match self.is_directory(path).await? {
            true => Found::Directory,
            false => Found::Nothing,
        })
    }

    /// The object of the key.
    pub(super) async fn find_file(
        &self,
        path: &UfsPath,
    ) -> Result<Option<ObjectStatus>, ObjectError> {
        if path.is_root() {
            return Ok(None);
        }
        self.store.head(file_key(path)).await
    }

    /// Whether the marker or any key below is there. The root is a directory, even of an empty
    /// bucket; one that is missing or closed is an error.
    pub(super) async fn is_directory(&self, path: &UfsPath) -> Result<bool, ObjectError> {
        let found = self.first_below(path, 1).await?;
        Ok(!found.is_empty() || path.is_root())
    }

    /// The first objects of a directory, its marker included: `count` of them, or all that there are.
    pub(super) async fn first_below(
        &self,
        path: &UfsPath,
        count: usize,
    ) -> Result<Vec<ListedObject>, ObjectError> {
        let mut request = ObjectList {
            prefix: directory_key(path),
            start_after: None,
            token: None,
            folded: false,
            limit: count,
        };
        let mut found = Vec::new();
        // A page may be short, even empty, before the end.
        for _ in 0..SHORT_PAGES {
            let page = self.store.list(request.clone()).await?;
            found.extend(page.entries);
            if found.len() >= count || page.next.is_none() {
                return Ok(found);
            }
            request.token = page.next;
        }
        Err(endless())
    }

    /// Refuses with `AlreadyExists` when anything is at `path`.
    pub(super) async fn check_absent(
        &self,
        path: &UfsPath,
        operation: UfsOperation,
    ) -> Result<(), UfsError> {
        // Whatever this is asked for, a question without an answer has changed nothing.
        let failed = |error: ObjectError| error.on(UfsOperation::Status, path);
        // Mostly nothing is there, so that both questions have to be asked.
        let (file, directory) = future::join(self.find_file(path), self.is_directory(path)).await;
        if file.map_err(failed)?.is_some() || directory.map_err(failed)? {
            return Err(UfsError::new(UfsErrorKind::AlreadyExists, operation, path));
        }
        Ok(())
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
