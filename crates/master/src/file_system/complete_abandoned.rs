//! Completing what a writer has written through to the store without saying so.
//!
//! A file in a store becomes visible when it is whole. Its writer completes it in the namespace
//! right after that; when writer and master die in between, nobody else would, and the file could
//! neither be read nor written again.

use std::time::Duration;

use alluxio_common::{AlluxioPath, PersistenceState, Timestamp};
use alluxio_ufs::{Fingerprint, UfsStatus};

use super::block_locations::BlockRemoval;
use super::complete_file::MisplacedBlocks;
use super::{FileSystemMaster, Scope};
use crate::error::FileSystemError;
use crate::inode::InodeRef;
use crate::journal_entry::{CompleteFileEntry, JournalEntry};

/// How long a file lies in the store before its writer counts as gone. Writers take a moment, and
/// retry for some minutes.
const ABANDONED_AFTER: Duration = Duration::from_mins(10);

/// Stores say in whole seconds when a file was written.
const TIME_STEP_MS: i64 = 1_000;

impl FileSystemMaster {
    /// Completes a file that its writer has left in the store long ago. Does nothing for others.
    /// `scope` says whether the caller has reserved the path.
    ///
    /// # Errors
    /// When the store or the journal does not answer.
    pub(super) async fn complete_abandoned(
        &self,
        path: &AlluxioPath,
        scope: Scope<'_>,
    ) -> Result<(), FileSystemError> {
        if !self.read(|tree| tree.find(path).is_some_and(is_written_through)) {
            return Ok(());
        }
        Box::pin(self.complete_from_store(path, scope)).await
    }

    async fn complete_from_store(
        &self,
        path: &AlluxioPath,
        scope: Scope<'_>,
    ) -> Result<(), FileSystemError> {
        let (store, resolution) = self.resolve_store(path)?;
        let Some(status) = store.find_status(&resolution.ufs_path).await? else {
            return Ok(());
        };
        let (now, written) = (self.clock.now(), last_modified(&status));
        let Some(length) = abandoned_length(&status, now) else {
            return Ok(());
        };
        let fingerprint = Fingerprint::of(store.kind(), &status).to_string();
        let request = self.own_request();
        let misplaced = self
            .change(&request, scope, |draft| {
                let inode = draft.tree.find(path);
                // A file that was there before this one was created is not what its writer left.
                let is_writers = |inode: &InodeRef<'_>| {
                    let created = inode.creation_time().millis();
                    let written = written.map_or(i64::MIN, Timestamp::millis);
                    is_written_through(*inode) && written.saturating_add(TIME_STEP_MS) >= created
                };
                let Some(inode) = inode.filter(is_writers) else {
                    return Ok(MisplacedBlocks::default());
                };
                let operation_time = draft.now;
                let misplaced = MisplacedBlocks::of(inode, length);
                if misplaced.withdrawn_from.is_some() {
                    self.late_commits.expect(self.clock.monotonic());
                }
                draft.push(JournalEntry::CompleteFile(CompleteFileEntry {
                    id: inode.id(),
                    length,
                    operation_time,
                    fingerprint: Some(fingerprint.clone()),
                    persistence: None,
                    withdrawn_from: misplaced.withdrawn_from,
                }));
                Ok(misplaced)
            })
            .await?;
        self.blocks.remove(&misplaced.all, BlockRemoval::Delete);
        tracing::info!(%path, "file completed that its writer had left in the store");
        Ok(())
    }
}

/// Whether a writer has this file on its way to the store.
fn is_written_through(inode: InodeRef<'_>) -> bool {
    inode.is_file() && !inode.is_completed() && inode.persistence() == PersistenceState::Persisted
}

fn last_modified(status: &UfsStatus) -> Option<Timestamp> {
    status.as_file()?.last_modified
}

/// The bytes of a file that has been in the store for so long that its writer is gone.
fn abandoned_length(status: &UfsStatus, now: Timestamp) -> Option<i64> {
    let file = status.as_file()?;
    let age = now.millis().checked_sub(last_modified(status)?.millis())?;
    let is_old = u128::try_from(age).is_ok_and(|age| age >= ABANDONED_AFTER.as_millis());
    is_old.then(|| i64::try_from(file.length).unwrap_or(i64::MAX))
}
