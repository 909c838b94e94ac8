//! Taking away what came to the store for a file that nobody has any more.
//!
//! A file is written through to its store without a reservation, for as long as its writer likes.
//! Meanwhile it may be deleted, moved or replaced. Workers ask for the file before they finish its
//! upload; what goes in the moment after that is noticed when the writer completes the file, and
//! its object would come back as somebody's file at the next look at the store.

use alluxio_common::{Access, AlluxioPath, PersistenceState};
use alluxio_ufs::{UfsCapability, UfsStatus};

use super::new_inode::check_writable;
use super::{FileSystemMaster, Request};
use crate::error::FileSystemError;
use crate::inode::InodeTree;
use crate::permission::check_parent;
use crate::reservation::ReservedPath;

/// What a writer says that it has brought to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Upload<'a> {
    /// Bytes.
    pub(super) length: i64,
    /// What the store said about the content.
    pub(super) content_hash: &'a str,
}

impl Upload<'_> {
    /// Whether the store shows these bytes, and not what somebody else has put in their place.
    fn is_shown_by(self, status: &UfsStatus) -> bool {
        status.as_file().is_some_and(|file| {
            i64::try_from(file.length) == Ok(self.length) && file.content_hash == self.content_hash
        })
    }
}

/// Whether a writer is refused because its file is not at its path any more.
pub(super) fn is_of_lost_file(error: &FileSystemError) -> bool {
    matches!(
        error,
        FileSystemError::PathNotFound { .. }
            | FileSystemError::NotAFile { .. }
            | FileSystemError::AlreadyCompleted { .. }
    )
}

impl FileSystemMaster {
    /// Deletes from the store what a writer has brought there for a file that is gone, unless the
    /// path belongs to a file that is in the store, or on its way there. One that is in the store is
    /// loaded anew if these bytes have replaced its own. While this looks and deletes, nobody can create
    /// a file there.
    pub(super) async fn discard_upload(
        &self,
        request: &Request,
        path: &AlluxioPath,
        upload: Upload<'_>,
    ) {
        match self.delete_upload(request, path, upload).await {
            Ok(true) => {
                tracing::info!(%path, "an upload is deleted whose file had gone before it ended");
            }
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%path, %error, "an upload may stay in its store whose file has gone");
            }
        }
    }

    async fn delete_upload(
        &self,
        request: &Request,
        path: &AlluxioPath,
        upload: Upload<'_>,
    ) -> Result<bool, FileSystemError> {
        let reserved = [ReservedPath::subtree(path)];
        let reservation = self.reserve(reserved).await?;
        // A writer may have any path in its request. Who may change a directory that nobody has looked
        // at yet, the store alone knows. One that has gone, as a rule, holds nothing.
        let (owned, is_known) = self.read(|tree| {
            let trace = tree.trace(path);
            check_parent(&request.caller, &trace, path, Access::WRITE)?;
            check_writable(&self.mounts.load(), path)?;
            let is_known = trace.missing.len() <= 1;
            Ok::<_, FileSystemError>((owned(tree, path), is_known))
        })?;
        self.check_store_writable(path)?;
        if owned == Owned::InTheMaking {
            return Ok(false);
        }
        let (store, resolution) = self.resolve_store(path)?;
        if !is_known
            && !request.caller.is_superuser()
            && store.capabilities().has(UfsCapability::Permissions)
        {
            return Ok(false);
        }
        let status = store.find_status(&resolution.ufs_path).await?;
        if !status.is_some_and(|status| upload.is_shown_by(&status)) {
            return Ok(false);
        }
        if owned == Owned::Whole {
            // It has replaced what another writer had brought: what the store has is what counts.
            let own = self.own_request();
            self.compare_reserved(&own, path, &reservation).await?;
            return Ok(false);
        }
        match store.delete_file(&resolution.ufs_path).await {
            Err(error) if !error.is_absence() => Err(error.into()),
            Ok(()) | Err(_) => Ok(true),
        }
    }
}

/// Whose is what the store has at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owned {
    /// Nobody's.
    Not,
    /// Of a file that is on its way there, or of a directory.
    InTheMaking,
    /// Of a complete file.
    Whole,
}

fn owned(tree: &InodeTree, path: &AlluxioPath) -> Owned {
    match tree.find(path) {
        Some(inode) if inode.is_directory() => Owned::InTheMaking,
        Some(inode) if inode.persistence() == PersistenceState::Persisted => {
            match inode.is_completed() {
                true => Owned::Whole,
                false => Owned::InTheMaking,
            }
        }
        Some(_) | None => Owned::Not,
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::WriteType;

    use super::*;
    use crate::file_system::testing::{Fixture, path};
    use crate::file_system::{
        CompleteFileOptions, CreateFileOptions, DeleteOptions, LoadMetadata, RenameOptions,
    };

    const OBJECT: &[u8] = b"of the first writer";

    /// A file in a bucket whose writer has yet to bring its bytes there; the call that completes it.
    async fn begin(fixture: &Fixture) -> CompleteFileOptions {
        fixture.mount_memory("/m", "bucket").await;
        let created = fixture.create_through("/m/d/f").await.unwrap();
        CompleteFileOptions {
            file: Some(created.file_id),
            ..CompleteFileOptions::default()
        }
    }

    /// What a writer says that has brought there what the store shows.
    async fn as_shown(fixture: &Fixture, at: &AlluxioPath) -> CompleteFileOptions {
        let (store, resolution) = fixture.master.resolve_store(at).unwrap();
        let status = store.status(&resolution.ufs_path).await.unwrap();
        let file = status.as_file().unwrap();
        CompleteFileOptions {
            ufs_length: Some(i64::try_from(file.length).unwrap()),
            content_hash: Some(file.content_hash.clone()),
            ..CompleteFileOptions::default()
        }
    }

    /// Brings the bytes to the store, and tries to complete the file.
    async fn finish(fixture: &Fixture, options: CompleteFileOptions) -> FileSystemError {
        fixture.put_memory("/m/d/f", OBJECT).await;
        let at = path("/m/d/f");
        let options = CompleteFileOptions {
            file: options.file,
            ..as_shown(fixture, &at).await
        };
        let request = fixture.root();
        let completed = fixture.master.complete_file(&request, &at, options).await;
        completed.unwrap_err()
    }

    async fn is_in_store(fixture: &Fixture, text: &str) -> bool {
        let (store, resolution) = fixture.master.resolve_store(&path(text)).unwrap();
        let found = store.find_status(&resolution.ufs_path).await.unwrap();
        found.is_some()
    }

    #[tokio::test]
    async fn what_is_uploaded_for_a_deleted_file_does_not_come_back() {
        let fixture = Fixture::new().await;
        let options = begin(&fixture).await;
        let recursive = DeleteOptions {
            recursive: true,
            ..DeleteOptions::default()
        };
        fixture.delete("/m/d", recursive).await.unwrap();
        let error = finish(&fixture, options).await;
        assert_eq!(error.to_string(), "Path \"/m/d/f\" does not exist.");
        assert!(!is_in_store(&fixture, "/m/d/f").await);
        let looked = fixture
            .master
            .get_status(
                &fixture.root(),
                &path("/m/d"),
                crate::file_system::GetStatusOptions {
                    load: LoadMetadata::Always,
                    ..Default::default()
                },
            )
            .await;
        looked.unwrap_err();
    }

    #[tokio::test]
    async fn what_is_uploaded_for_a_moved_file_does_not_stay_at_its_old_path() {
        let fixture = Fixture::new().await;
        let options = begin(&fixture).await;
        let (request, from, to) = (fixture.root(), path("/m/d"), path("/m/e"));
        let moved = fixture
            .master
            .rename(&request, &from, &to, RenameOptions::default());
        moved.await.unwrap();
        finish(&fixture, options).await;
        assert!(!is_in_store(&fixture, "/m/d/f").await);
    }

    #[tokio::test]
    async fn what_is_uploaded_for_a_file_that_only_workers_have_by_now_is_deleted() {
        let fixture = Fixture::new().await;
        let options = begin(&fixture).await;
        let cached = CreateFileOptions {
            overwrite: true,
            write_type: WriteType::MustCache,
            ..CreateFileOptions::default()
        };
        let (request, at) = (fixture.root(), path("/m/d/f"));
        let replaced = fixture.master.create_file(&request, &at, cached).await;
        let replaced = replaced.unwrap();
        finish(&fixture, options).await;
        assert!(!is_in_store(&fixture, "/m/d/f").await);
        let left = fixture.status("/m/d/f").await.unwrap();
        assert_eq!(left.file_id, replaced.file_id);
    }

    #[tokio::test]
    async fn the_object_of_another_writer_of_the_same_path_stays() {
        let fixture = Fixture::new().await;
        let options = begin(&fixture).await;
        fixture
            .delete("/m/d/f", DeleteOptions::default())
            .await
            .unwrap();
        // On its way to the store: what stands there is left to this one.
        fixture.create_through("/m/d/f").await.unwrap();
        finish(&fixture, options).await;
        assert!(is_in_store(&fixture, "/m/d/f").await);
    }

    #[tokio::test]
    async fn a_file_whose_bytes_a_late_upload_has_replaced_has_those_of_the_store() {
        let fixture = Fixture::new().await;
        let options = begin(&fixture).await;
        fixture
            .delete("/m/d/f", DeleteOptions::default())
            .await
            .unwrap();
        let other = fixture.create_through("/m/d/f").await.unwrap();
        fixture.put_memory("/m/d/f", b"of the other writer").await;
        let (request, at) = (fixture.root(), path("/m/d/f"));
        let whole = CompleteFileOptions {
            ufs_length: Some(19),
            file: Some(other.file_id),
            ..CompleteFileOptions::default()
        };
        let completed = fixture.master.complete_file(&request, &at, whole).await;
        completed.unwrap();
        let before = fixture.status("/m/d/f").await.unwrap();
        finish(&fixture, options).await;
        let after = fixture.status("/m/d/f").await.unwrap();
        assert_ne!(after.file_id, before.file_id);
        assert_ne!(after.ufs_fingerprint, before.ufs_fingerprint);
        assert_eq!(after.length, i64::try_from(OBJECT.len()).unwrap());
        assert!(after.completed && after.in_alluxio_percentage == 0);
    }

    #[tokio::test]
    async fn a_file_that_another_upload_has_replaced_before_it_is_complete_is_refused() {
        let fixture = Fixture::new().await;
        let options = CompleteFileOptions {
            ufs_length: Some(i64::try_from(OBJECT.len()).unwrap()),
            content_hash: Some("0".repeat(32)),
            ..begin(&fixture).await
        };
        fixture.put_memory("/m/d/f", OBJECT).await;
        let (request, at) = (fixture.root(), path("/m/d/f"));
        let completed = fixture.master.complete_file(&request, &at, options).await;
        completed.unwrap_err();
        assert!(!fixture.status("/m/d/f").await.unwrap().completed);
    }

    #[tokio::test]
    async fn a_time_that_the_close_has_set_once_more_is_no_sign_of_another_writer() {
        let fixture = Fixture::new().await;
        let created = fixture.create_through("/f").await.unwrap();
        fixture.write_ufs("/f", OBJECT);
        let options = CompleteFileOptions {
            ufs_length: Some(i64::try_from(OBJECT.len()).unwrap()),
            content_hash: Some("(len:19,_modtime:1)".to_owned()),
            file: Some(created.file_id),
            ..CompleteFileOptions::default()
        };
        let (request, at) = (fixture.root(), path("/f"));
        let completed = fixture.master.complete_file(&request, &at, options).await;
        completed.unwrap();
    }

    #[tokio::test]
    async fn in_a_directory_that_nobody_has_looked_at_only_a_superuser_deletes() {
        let fixture = Fixture::new().await;
        fixture.set_mode("/", 0o777).await;
        fixture.write_ufs("/bob/f", OBJECT);
        let at = path("/bob/f");
        let options = as_shown(&fixture, &at).await;
        let request = fixture.user("alice");
        let completed = fixture.master.complete_file(&request, &at, options).await;
        completed.unwrap_err();
        assert_eq!(fixture.read_ufs("/bob/f"), OBJECT);
    }

    #[tokio::test]
    async fn an_object_with_other_bytes_stays() {
        let fixture = Fixture::new().await;
        let options = begin(&fixture).await;
        fixture
            .delete("/m/d/f", DeleteOptions::default())
            .await
            .unwrap();
        fixture.put_memory("/m/d/f", b"of another program!").await;
        let options = CompleteFileOptions {
            ufs_length: Some(19),
            content_hash: Some("0".repeat(32)),
            ..options
        };
        let (request, at) = (fixture.root(), path("/m/d/f"));
        let completed = fixture.master.complete_file(&request, &at, options).await;
        completed.unwrap_err();
        assert!(is_in_store(&fixture, "/m/d/f").await);
    }

    #[tokio::test]
    async fn who_may_not_write_a_directory_deletes_no_object_in_it() {
        let fixture = Fixture::new().await;
        fixture.mount_memory("/m", "bucket").await;
        fixture.mkdir("/m/d").await.unwrap();
        fixture.put_memory("/m/d/f", OBJECT).await;
        let at = path("/m/d/f");
        let options = as_shown(&fixture, &at).await;
        let request = fixture.user("alice");
        let completed = fixture.master.complete_file(&request, &at, options).await;
        completed.unwrap_err();
        assert!(is_in_store(&fixture, "/m/d/f").await);
    }
}
