//! `rename_file` and `rename_directory`: copy, then delete what has a copy. A crash in between
//! leaves the source whole, or a part of it with a whole target: every object is at one of both,
//! and `resume_rename_directory` goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alluxio_common::UfsPath;
use futures::{StreamExt, future, stream};

use super::connector::{Objects, file_key};
use super::delete::Deletions;
use super::pages::{Twin, Twins};
use super::{ObjectError, ObjectStatus};
use crate::{RenameSide, UfsError, UfsErrorKind, UfsFile, UfsOperation, UfsStatus};

/// Copies that are under way at once: each is a short request that the store does the work of.
const COPIES_AT_ONCE: usize = 64;

/// The copy of a larger object takes so long that another program may have written it anew.
const LOOKED_AT_AGAIN: u64 = 64 << 20;

impl Objects {
    /// See [`crate::UnderFileSystem::rename_file`].
    pub(super) async fn rename_file(
        &self,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameFile;
        let (found, absent) = future::join(
            self.status(source, operation),
            self.check_absent(target, operation),
        )
        .await;
        let looked_at = match found? {
            UfsStatus::File(file) => file,
            UfsStatus::Directory(_) => {
                return Err(UfsError::new(UfsErrorKind::IsADirectory, operation, source));
            }
        };
        absent?;
        let failed = |error: ObjectError| error.on(operation, source);
        let (from, to) = (file_key(source), file_key(target));
        let copied = self.copy(from, looked_at.length, to).await;
        copied.map_err(failed)?;
        let deleted = self.delete_copied(source, &looked_at).await;
        deleted.map_err(|error| half_done(error, (operation, source), NOT_DELETED))
    }

    async fn delete_copied(&self, source: &UfsPath, looked_at: &UfsFile) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameFile;
        let key = file_key(source);
        if looked_at.length > LOOKED_AT_AGAIN {
            let now = self.store.head(key).await;
            let now = now.map_err(|error| error.on(operation, source))?;
            if now.is_some_and(|now| now.etag != looked_at.content_hash) {
                let error = UfsError::new(UfsErrorKind::ChangedMeanwhile, operation, source);
                return Err(error.with_reason("It was written anew meanwhile"));
            }
        }
        self.delete_keys(&[key.to_owned()], operation, source).await
    }

    /// See [`crate::UnderFileSystem::rename_directory`].
    pub(super) async fn rename_directory(
        objects: &Arc<Self>,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameDirectory;
        let (found, absent) = future::join(
            objects.check_directory(source, operation),
            objects.check_absent(target, operation),
        )
        .await;
        found?;
        if source
            .relative(target)
            .is_some_and(|below| !below.is_empty())
        {
            let error = UfsError::new(UfsErrorKind::InvalidPath, operation, target);
            return Err(error.with_reason("The target lies inside the source"));
        }
        absent?;
        let failed = |error: ObjectError| error.on(operation, source);
        if let Err(error) = Self::copy_missing(objects, source, target).await {
            // The target was absent, so what is at both are our copies. Without them the rename
            // can be asked for again.
            let undone = Self::delete_twins(objects, (target, source), is_as_long).await;
            return Err(match undone {
                Ok(()) => failed(error),
                Err(left) => half_done(failed(left), (operation, target), NOT_UNDONE),
            });
        }
        let deleted = Self::delete_twins(objects, (source, target), is_not_newer).await;
        deleted.map_err(|error| half_done(failed(error), (operation, source), NOT_DELETED))
    }

    /// See [`crate::UnderFileSystem::resume_rename_directory`].
    pub(super) async fn resume_rename_directory(
        objects: &Arc<Self>,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<RenameSide, UfsError> {
        let failed = |error: ObjectError| error.on(UfsOperation::RenameDirectory, source);
        // Nothing is touched before it is known that nothing stands in the way.
        let mut twins = Twins::of(objects, source, target);
        while let Some(twin) = twins.next().await.map_err(failed)? {
            let Twin { object, status, .. } = twin;
            let copied = object.status.zip(status);
            if copied.is_some_and(|(object, copy)| !is_not_newer(&object, &copy)) {
                tracing::warn!(
                    key = object.key,
                    "something else stands where this is to go"
                );
                return Ok(RenameSide::Source);
            }
        }
        Self::copy_missing(objects, source, target)
            .await
            .map_err(failed)?;
        let deleted = Self::delete_twins(objects, (source, target), is_not_newer).await;
        deleted.map_err(failed)?;
        Ok(RenameSide::Target)
    }

    /// Copies what the target does not have. After a failure no further copy begins, and those
    /// that are under way have ended when it returns: none may arrive later.
    async fn copy_missing(
        objects: &Arc<Self>,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<(), ObjectError> {
        let has_failed = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&has_failed);
        let twins = Twins::of(objects, source, target);
        let missing = stream::try_unfold(twins, |mut twins| async move {
            while let Some(twin) = twins.next().await? {
                if twin.status.is_none() {
                    return Ok(Some((twin, twins)));
                }
            }
            Ok(None)
        });
        let copies = missing
            .take_while(move |_| future::ready(!is_over.load(Ordering::Relaxed)))
            .map(|twin| {
                let objects = Arc::clone(objects);
                async move {
                    let Twin { object, key, .. } = twin?;
                    let length = object.status.map_or(0, |status| status.length);
                    objects.copy(&object.key, length, &key).await
                }
            })
            .buffer_unordered(COPIES_AT_ONCE);
        let mut copies = std::pin::pin!(copies);
        let mut first = Ok(());
        while let Some(copied) = copies.next().await {
            if copied.is_err() {
                has_failed.store(true, Ordering::Relaxed);
                first = first.and(copied);
            }
        }
        first
    }

    /// Deletes the objects of a directory that another one has as well. One that was written
    /// during the rename has no twin, or one of another content, and stays.
    async fn delete_twins(
        objects: &Arc<Self>,
        (directory, other): (&UfsPath, &UfsPath),
        is_twin: fn(&ObjectStatus, &ObjectStatus) -> bool,
    ) -> Result<(), ObjectError> {
        let mut deletions = Deletions::of(objects);
        let mut twins = Twins::of(objects, directory, other);
        let listed = delete_doubled(&mut twins, is_twin, &mut deletions).await;
        let deleted = deletions.finish().await;
        listed.and(deleted)
    }
}

/// Begins to delete what has a twin.
async fn delete_doubled(
    twins: &mut Twins,
    is_twin: fn(&ObjectStatus, &ObjectStatus) -> bool,
    deletions: &mut Deletions,
) -> Result<(), ObjectError> {
    let mut doubled = Vec::new();
    while let Some(Twin { object, status, .. }) = twins.next().await? {
        let both = object.status.zip(status);
        if !both.is_some_and(|(object, twin)| is_twin(&object, &twin)) {
            tracing::warn!(key = object.key, "written during a rename, stays");
            continue;
        }
        doubled.push(object.key);
        if doubled.len() == deletions.batch_limit() {
            deletions.add(std::mem::take(&mut doubled)).await;
        }
    }
    deletions.add(doubled).await;
    Ok(())
}

/// Why a rename is neither done nor undone.
const NOT_DELETED: &str = "It was copied, but not deleted";
const NOT_UNDONE: &str = "It was copied in part, and the copies could not be deleted";

/// The error of a rename that has made something of its target and not deleted all of one side.
/// Whatever the store has refused, the rename is not without effect.
fn half_done(error: UfsError, (operation, path): (UfsOperation, &UfsPath), what: &str) -> UfsError {
    let kind = if error.kind().is_transient() {
        UfsErrorKind::Unavailable
    } else {
        UfsErrorKind::Unexpected
    };
    let reason = format!("{what}: {}", error.reason());
    UfsError::new(kind, operation, path)
        .with_reason(reason)
        .with_source(error)
}

/// Whether an object has not changed since its copy was made.
fn is_not_newer(object: &ObjectStatus, copy: &ObjectStatus) -> bool {
    object.length == copy.length && object.last_modified <= copy.last_modified
}

/// Whether a copy may be one of this object.
fn is_as_long(copy: &ObjectStatus, object: &ObjectStatus) -> bool {
    copy.length == object.length
}
