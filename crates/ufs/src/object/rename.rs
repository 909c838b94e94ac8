//! `rename_file` and `rename_directory`: copy, then delete what has a copy. A crash in between
//! leaves the source whole, or a part of it with a whole target: every object is at one of both.

use alluxio_common::UfsPath;
use futures::{TryStreamExt, stream};

use super::connector::{Objects, directory_key, file_key};
use super::keys::Keys;
use super::{ListedObject, ObjectError, ObjectStatus};
use crate::{UfsError, UfsErrorKind, UfsFile, UfsOperation, UfsStatus};

/// Copies that are under way at once: each is a short request that the store does the work of.
const COPIES_AT_ONCE: usize = 64;

impl Objects {
    /// See [`crate::UnderFileSystem::rename_file`].
    pub(super) async fn rename_file(
        &self,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameFile;
        let UfsFile { length, .. } = match self.status(source, operation).await? {
            UfsStatus::File(file) => file,
            UfsStatus::Directory(_) => {
                return Err(UfsError::new(UfsErrorKind::IsADirectory, operation, source));
            }
        };
        self.check_absent(target, operation).await?;
        let failed = |error: ObjectError| error.on(operation, source);
        let (from, to) = (file_key(source), file_key(target));
        self.store.copy(from, length, to).await.map_err(failed)?;
        let copied = [from.to_owned()];
        let deleted = self.delete_keys(&copied, operation, source).await;
        deleted.map_err(|error| half_done(error, operation, source))
    }

    /// See [`crate::UnderFileSystem::rename_directory`].
    pub(super) async fn rename_directory(
        &self,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameDirectory;
        self.check_directory(source, operation).await?;
        if source
            .relative(target)
            .is_some_and(|below| !below.is_empty())
        {
            let error = UfsError::new(UfsErrorKind::InvalidPath, operation, target);
            return Err(error.with_reason("The target lies inside the source"));
        }
        self.check_absent(target, operation).await?;
        if let Err(error) = self.copy_all(source, target).await {
            // The target was absent, so what is at both are our copies. Without them the rename
            // can be asked for again.
            let undone = self.delete_twins(target, source, is_as_long).await;
            if let Err(left) = undone {
                tracing::warn!(ufs_path = %target, error = %left, "copies of a rename left behind");
            }
            return Err(error);
        }
        let deleted = self.delete_twins(source, target, is_not_newer).await;
        deleted.map_err(|error| half_done(error, operation, source))
    }

    async fn copy_all(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameDirectory;
        let (from, to) = (directory_key(source), directory_key(target));
        let keys = Keys::of(self, source, operation);
        let objects = stream::try_unfold(keys, |mut keys| async move {
            let next = keys.next().await?;
            Ok::<_, UfsError>(next.map(|object| (object, keys)))
        });
        let copies = objects.map_ok(|object| {
            let target_key = moved_key(&object.key, &from, &to);
            async move {
                let length = object.status.as_ref().map_or(0, |status| status.length);
                let copied = self.store.copy(&object.key, length, &target_key).await;
                copied.map_err(|error| error.on(operation, source))
            }
        });
        copies
            .try_for_each_concurrent(COPIES_AT_ONCE, |copy| copy)
            .await
    }

    /// Deletes the objects of a directory that another one has as well. One that was written
    /// during the rename has no twin, or one of another content, and stays.
    async fn delete_twins(
        &self,
        directory: &UfsPath,
        other: &UfsPath,
        is_twin: fn(&ObjectStatus, &ObjectStatus) -> bool,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameDirectory;
        let (from, to) = (directory_key(directory), directory_key(other));
        let mut objects = Keys::of(self, directory, operation);
        let mut twins = Keys::of(self, other, operation);
        let mut twin = twins.next().await?;
        loop {
            let batch = objects.next_batch().await?;
            if batch.is_empty() {
                return Ok(());
            }
            let mut doubled = Vec::with_capacity(batch.len());
            for ListedObject { key, status } in batch {
                let twin_key = moved_key(&key, &from, &to);
                while twin.as_ref().is_some_and(|twin| twin.key < twin_key) {
                    twin = twins.next().await?;
                }
                let found = twin.as_ref().filter(|twin| twin.key == twin_key);
                let found = found.and_then(|twin| twin.status.as_ref());
                if found
                    .zip(status.as_ref())
                    .is_some_and(|(twin, status)| is_twin(status, twin))
                {
                    doubled.push(key);
                } else {
                    tracing::warn!(ufs_path = %directory, key, "written during a rename, stays");
                }
            }
            self.delete_keys(&doubled, operation, directory).await?;
        }
    }
}

/// Where an object goes: every key of the source begins with the prefix that was listed.
/// The error of a rename that has made its target and not deleted all of its source. Whatever the
/// store has refused, the rename is not without effect.
fn half_done(error: UfsError, operation: UfsOperation, source: &UfsPath) -> UfsError {
    let kind = if error.kind().is_transient() {
        UfsErrorKind::Unavailable
    } else {
        UfsErrorKind::Unexpected
    };
    let reason = format!("It was copied, but not deleted: {}", error.reason());
    UfsError::new(kind, operation, source)
        .with_reason(reason)
        .with_source(error)
}

fn moved_key(key: &str, from: &str, to: &str) -> String {
    format!("{to}{}", key.strip_prefix(from).unwrap_or(key))
}

/// Whether an object has not changed since its copy was made.
fn is_not_newer(object: &ObjectStatus, copy: &ObjectStatus) -> bool {
    object.length == copy.length && object.last_modified <= copy.last_modified
}

/// Whether a copy may be one of this object.
fn is_as_long(copy: &ObjectStatus, object: &ObjectStatus) -> bool {
    copy.length == object.length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_that_could_not_delete_its_source_is_not_without_effect() {
        let source = UfsPath::parse("s3://b/d").unwrap();
        let operation = UfsOperation::RenameDirectory;
        let kinds = [
            (UfsErrorKind::PermissionDenied, UfsErrorKind::Unexpected),
            (UfsErrorKind::Unavailable, UfsErrorKind::Unavailable),
        ];
        for (refused, told) in kinds {
            assert!(!told.is_without_effect());
            let error = UfsError::new(refused, operation, &source).with_reason("no");
            let error = half_done(error, operation, &source);
            assert_eq!(error.kind(), told);
            assert_eq!(error.reason(), "It was copied, but not deleted: no");
        }
    }
}
