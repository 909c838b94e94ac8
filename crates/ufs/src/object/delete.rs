//! `delete_file`, `delete_files` and `delete_directory`, in batches.

use alluxio_common::UfsPath;

use super::connector::{Objects, directory_key, file_key};
use super::{ObjectError, ObjectList};
use crate::{Recursion, UfsError, UfsErrorKind, UfsOperation};

impl Objects {
    /// See [`crate::UnderFileSystem::delete_file`].
    pub(super) async fn delete_file(&self, path: &UfsPath) -> Result<(), UfsError> {
        let operation = UfsOperation::DeleteFile;
        self.check_file(path, operation).await?;
        self.delete_keys(&[file_key(path).to_owned()], operation, path)
            .await
    }

    /// See [`crate::UnderFileSystem::delete_files`]. What is not there counts as deleted.
    pub(super) async fn delete_files(&self, paths: &[UfsPath]) -> Vec<Result<(), UfsError>> {
        let mut answers = Vec::with_capacity(paths.len());
        for batch in paths.chunks(self.store.batch_limit().max(1)) {
            let keys: Vec<String> = batch.iter().map(|path| file_key(path).to_owned()).collect();
            let deleted = self.store.delete(&keys).await;
            for (path, answer) in batch.iter().zip(deleted) {
                let failed = |error: ObjectError| error.on(UfsOperation::DeleteFile, path);
                answers.push(answer.map_err(failed));
            }
        }
        answers
    }

    /// See [`crate::UnderFileSystem::delete_directory`].
    pub(super) async fn delete_directory(
        &self,
        path: &UfsPath,
        recursion: Recursion,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::DeleteDirectory;
        self.check_directory(path, operation).await?;
        if recursion == Recursion::None {
            self.check_empty(path, operation).await?;
        }
        loop {
            // Always from the front: what was listed before is gone.
            let keys = self.keys_below(path, None, operation).await?;
            if keys.is_empty() {
                return Ok(());
            }
            self.delete_keys(&keys, operation, path).await?;
        }
    }

    async fn check_empty(&self, path: &UfsPath, operation: UfsOperation) -> Result<(), UfsError> {
        let marker = directory_key(path);
        let keys = self.keys_below(path, None, operation).await?;
        if keys.iter().any(|key| *key != marker) {
            return Err(UfsError::new(UfsErrorKind::NotEmpty, operation, path));
        }
        Ok(())
    }

    /// A page of the keys of a directory, its marker included.
    pub(super) async fn keys_below(
        &self,
        path: &UfsPath,
        start_after: Option<String>,
        operation: UfsOperation,
    ) -> Result<Vec<String>, UfsError> {
        let request = ObjectList {
            prefix: directory_key(path),
            start_after,
            token: None,
            folded: false,
            limit: self.store.batch_limit(),
        };
        let failed = |error: ObjectError| error.on(operation, path);
        let page = self.store.list(request).await.map_err(failed)?;
        Ok(page.entries.into_iter().map(|entry| entry.key).collect())
    }

    /// Deletes one batch; the first failure is the answer for all.
    pub(super) async fn delete_keys(
        &self,
        keys: &[String],
        operation: UfsOperation,
        path: &UfsPath,
    ) -> Result<(), UfsError> {
        for answer in self.store.delete(keys).await {
            answer.map_err(|error| error.on(operation, path))?;
        }
        Ok(())
    }
}
