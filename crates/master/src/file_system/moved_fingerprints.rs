//! What a store says of files after it has moved them.
//!
//! Where a move is a copy, the copy may have another content hash than its source, although the
//! bytes are the same: the hash of an object that came in parts is made of those of its parts. The
//! next comparison would take it for another file, and with the old one its owner, mode, pin, time
//! to live and cached blocks would go.

use alluxio_common::{AlluxioPath, PersistenceState, UfsPath};
use alluxio_ufs::{
    Fingerprint, FingerprintChange, ListOptions, UfsCapability, UfsStatus, UnderFileSystem,
};

use super::{FileSystemMaster, Scope};
use crate::error::FileSystemError;
use crate::inode::InodeRef;
use crate::journal_entry::{JournalEntry, UpdateInodeEntry};
use crate::reservation::Reservation;

impl FileSystemMaster {
    /// Notes the new fingerprints of what has just been moved, as long as nobody else may work
    /// there. Where that fails, or a crash comes before it, a comparison loads the files anew.
    pub(super) async fn note_moved(
        &self,
        path: &AlluxioPath,
        (store, ufs_path): (&dyn UnderFileSystem, &UfsPath),
        reservation: &Reservation,
    ) {
        if store.capabilities().has(UfsCapability::AtomicRename) {
            return;
        }
        let is_directory = self.read(|tree| tree.find(path).map(InodeRef::is_directory));
        let noted = match is_directory {
            Some(true) => {
                self.note_moved_below(path, (store, ufs_path), reservation)
                    .await
            }
            Some(false) => {
                self.note_moved_file(path, (store, ufs_path), reservation)
                    .await
            }
            None => Ok(()),
        };
        if let Err(error) = noted {
            tracing::warn!(%path, %error, "what was moved is loaded anew when it is compared");
        }
    }

    async fn note_moved_file(
        &self,
        path: &AlluxioPath,
        (store, ufs_path): (&dyn UnderFileSystem, &UfsPath),
        reservation: &Reservation,
    ) -> Result<(), FileSystemError> {
        let Some(status) = store.find_status(ufs_path).await? else {
            return Ok(());
        };
        let moved = [(path.clone(), status)];
        self.note_fingerprints(&moved, store.kind(), reservation)
            .await
    }

    async fn note_moved_below(
        &self,
        path: &AlluxioPath,
        (store, ufs_path): (&dyn UnderFileSystem, &UfsPath),
        reservation: &Reservation,
    ) -> Result<(), FileSystemError> {
        let mut listing = store.list(ufs_path, ListOptions::recursive()).await?;
        loop {
            let page = listing.next_page().await?;
            if page.is_empty() {
                return Ok(());
            }
            let moved = page.into_iter().filter_map(|status| {
                let file = path.join(status.name()).ok()?;
                Some((file, status))
            });
            let moved: Vec<_> = moved.collect();
            self.note_fingerprints(&moved, store.kind(), reservation)
                .await?;
        }
    }

    async fn note_fingerprints(
        &self,
        moved: &[(AlluxioPath, UfsStatus)],
        ufs_kind: &str,
        reservation: &Reservation,
    ) -> Result<(), FileSystemError> {
        let scope = Scope::Reserved(reservation);
        self.change_soon(&self.own_request(), scope, |draft| {
            for (path, status) in moved {
                let now = Fingerprint::of(ufs_kind, status);
                if let Some(inode) = draft.tree.find(path)
                    && is_same_file(inode, status)
                    && has_other_hash(inode, &now)
                {
                    let mut update = UpdateInodeEntry::of(inode.id());
                    update.fingerprint = Some(now.to_string());
                    draft.push(JournalEntry::UpdateInode(Box::new(update)));
                }
            }
            Ok(())
        })
        .await?;
        Ok(())
    }
}

/// Whether this can be what was moved. What has another length was written by somebody else, in the
/// moment since.
fn is_same_file(inode: InodeRef<'_>, status: &UfsStatus) -> bool {
    let is_in_store = inode.persistence() == PersistenceState::Persisted && inode.is_completed();
    let length = status.as_file().map(|file| i64::try_from(file.length));
    inode.is_file() && is_in_store && length == Some(Ok(inode.length()))
}

fn has_other_hash(inode: InodeRef<'_>, now: &Fingerprint) -> bool {
    Fingerprint::parse(inode.fingerprint())
        .is_some_and(|known| known.change_to(now) == FingerprintChange::Content)
}
