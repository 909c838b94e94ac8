//! `delete_file`, `delete_files` and `delete_directory`, in batches.

use alluxio_common::UfsPath;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use super::ObjectError;
use super::connector::{Objects, directory_key, file_key};
use super::keys::Keys;
use crate::{Recursion, UfsError, UfsErrorKind, UfsOperation};

/// Batches of deletions that are under way at once.
const BATCHES_AT_ONCE: usize = 4;

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
        self.delete_all(path, operation).await
    }

    /// Deletes whatever is in a directory, from the front until nothing is left.
    pub(super) async fn delete_all(
        &self,
        directory: &UfsPath,
        operation: UfsOperation,
    ) -> Result<(), UfsError> {
        loop {
            let mut keys = Keys::of(self, directory, operation);
            let mut under_way = FuturesUnordered::new();
            let mut found_any = false;
            loop {
                let batch = keys.next_batch().await?;
                if batch.is_empty() {
                    break;
                }
                found_any = true;
                if under_way.len() == BATCHES_AT_ONCE
                    && let Some(deleted) = under_way.next().await
                {
                    deleted?;
                }
                under_way.push(Box::pin(async move {
                    let keys: Vec<String> = batch.into_iter().map(|object| object.key).collect();
                    self.delete_keys(&keys, operation, directory).await
                }));
                // It begins now, and goes on while the next page is asked for.
                if let Some(Some(deleted)) = under_way.next().now_or_never() {
                    deleted?;
                }
            }
            while let Some(deleted) = under_way.next().await {
                deleted?;
            }
            if !found_any {
                return Ok(());
            }
        }
    }

    async fn check_empty(&self, path: &UfsPath, operation: UfsOperation) -> Result<(), UfsError> {
        let marker = directory_key(path);
        let mut keys = Keys::of(self, path, operation);
        let first = keys.next_batch().await?;
        if first.iter().any(|object| object.key != marker) {
            return Err(UfsError::new(UfsErrorKind::NotEmpty, operation, path));
        }
        Ok(())
    }

    /// Deletes one batch; the first failure is the answer for all.
    pub(super) async fn delete_keys(
        &self,
        keys: &[String],
        operation: UfsOperation,
        path: &UfsPath,
    ) -> Result<(), UfsError> {
        if keys.is_empty() {
            return Ok(());
        }
        for answer in self.store.delete(keys).await {
            answer.map_err(|error| error.on(operation, path))?;
        }
        Ok(())
    }
}
