//! `delete_file`, `delete_files` and `delete_directory`, in batches.

use std::sync::Arc;

use alluxio_common::UfsPath;
use futures::StreamExt;
use futures::stream::FuturesUnordered;

use super::ObjectError;
use super::begun::Begun;
use super::connector::{Objects, directory_key, file_key};
use super::pages::Keys;
use crate::{Recursion, UfsError, UfsErrorKind, UfsOperation};

/// Batches of deletions that are under way at once.
const BATCHES_AT_ONCE: usize = 4;

/// How often a directory is listed until nothing is left in it. Once is enough for a store that
/// lists everything; more than this, and somebody writes as fast as this deletes.
const ROUNDS: usize = 5;

/// Deletions of many keys, some of which are under way. After a failure no further one begins.
pub(super) struct Deletions {
    objects: Arc<Objects>,
    under_way: FuturesUnordered<Begun<()>>,
    first_failure: Option<ObjectError>,
}

impl Deletions {
    pub(super) fn of(objects: &Arc<Objects>) -> Self {
        Self {
            objects: Arc::clone(objects),
            under_way: FuturesUnordered::new(),
            first_failure: None,
        }
    }

    /// The most keys of one batch.
    pub(super) fn batch_limit(&self) -> usize {
        self.objects.store.batch_limit()
    }

    /// Begins to delete one batch, when there is room for it.
    pub(super) async fn add(&mut self, keys: Vec<String>) {
        while self.under_way.len() >= BATCHES_AT_ONCE {
            self.wait_for_one().await;
        }
        if keys.is_empty() || self.first_failure.is_some() {
            return;
        }
        let objects = Arc::clone(&self.objects);
        let deletion = Begun::new(&self.objects.tasks, "delete a batch", async move {
            let answers = objects.store.delete(&keys).await;
            answers.into_iter().collect()
        });
        self.under_way.push(deletion);
    }

    /// Waits until all have ended: none may happen after the answer.
    pub(super) async fn finish(mut self) -> Result<(), ObjectError> {
        while !self.under_way.is_empty() {
            self.wait_for_one().await;
        }
        self.first_failure.map_or(Ok(()), Err)
    }

    async fn wait_for_one(&mut self) {
        if let Some(Err(error)) = self.under_way.next().await {
            self.first_failure.get_or_insert(error);
        }
    }
}

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
        objects: &Arc<Self>,
        path: &UfsPath,
        recursion: Recursion,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::DeleteDirectory;
        objects.check_directory(path, operation).await?;
        match recursion {
            Recursion::All => Self::delete_all(objects, path, operation).await,
            Recursion::None => {
                objects.check_empty(path, operation).await?;
                // What has come since stays.
                let marker = [directory_key(path)];
                objects.delete_keys(&marker, operation, path).await
            }
        }
    }

    /// Deletes whatever is in a directory, from the front until nothing is left.
    async fn delete_all(
        objects: &Arc<Self>,
        directory: &UfsPath,
        operation: UfsOperation,
    ) -> Result<(), UfsError> {
        let still_there = |what: &str| {
            let error = UfsError::new(UfsErrorKind::Unexpected, operation, directory);
            error.with_reason(format!("Still there after its deletion: {what}"))
        };
        let mut before = String::new();
        for _ in 0..ROUNDS {
            let mut deletions = Deletions::of(objects);
            let mut keys = Keys::of(objects, directory);
            let listed = delete_listed(&mut keys, &mut deletions).await;
            let deleted = deletions.finish().await;
            let first = deleted.and(listed);
            match first.map_err(|error| error.on(operation, directory))? {
                None => return Ok(()),
                Some(first) if first == before => return Err(still_there(&first)),
                Some(first) => before = first,
            }
        }
        Err(still_there(&before))
    }

    async fn check_empty(&self, path: &UfsPath, operation: UfsOperation) -> Result<(), UfsError> {
        let marker = directory_key(path);
        let failed = |error: ObjectError| error.on(operation, path);
        let first = self.first_below(path, 2).await.map_err(failed)?;
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

/// Deletes all that a listing has, and returns its first key.
async fn delete_listed(
    keys: &mut Keys,
    deletions: &mut Deletions,
) -> Result<Option<String>, ObjectError> {
    let mut first = None;
    loop {
        let batch = keys.next_batch().await?;
        if batch.is_empty() {
            return Ok(first);
        }
        let keys: Vec<String> = batch.into_iter().map(|object| object.key).collect();
        first = first.or_else(|| keys.first().cloned());
        deletions.add(keys).await;
    }
}
