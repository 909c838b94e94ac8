//! Changes of the namespace that take over what a store has.
//!
//! Nobody is promised that they stay: after a crash the store is asked again. So the journal's disk
//! may refuse, and reads that load something are served all the same: what was found is shown, and
//! is on the disk when the disk takes it. What is shown so has ids that no restart gives to another.

use alluxio_common::SequenceNumber;
use alluxio_journal::JournalError;

use super::namespace::Draft;
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::journal_entry::JournalEntry;
use crate::reservation::Reservation;

impl FileSystemMaster {
    /// As [`Self::change_soon`], for what was found in a store.
    pub(super) async fn change_found(
        &self,
        request: &Request,
        reservation: &Reservation,
        mut decide: impl FnMut(&mut Draft<'_>) -> Result<(), FileSystemError>,
    ) -> Result<Option<SequenceNumber>, FileSystemError> {
        let reason = match self.journal.admit().await {
            Ok(()) => {
                let scope = Scope::Reserved(reservation);
                let changed = self.change_soon(request, scope, decide).await;
                return changed.map(|((), sequence_number)| sequence_number);
            }
            Err(JournalError::Unavailable { reason }) => reason,
            Err(error) => return Err(error.into()),
        };
        let refused = || {
            let reason = reason.clone();
            FileSystemError::Journal(JournalError::Unavailable { reason })
        };
        if !self.journal.progress().has_room() {
            return Err(refused());
        }
        let mut decide_unless_reserving = |draft: &mut Draft<'_>| {
            decide(draft)?;
            if draft.entries.iter().any(reserves_ids) {
                return Err(refused());
            }
            Ok(())
        };
        debug_assert!(reservation.is_of(&self.reservations));
        let mut namespace = self.namespace.write();
        let operation_id = request.operation_id;
        self.commit(&mut namespace, operation_id, &mut decide_unless_reserving)?;
        Ok(None)
    }

    /// Waits until what was found is durable, or the journal refuses.
    pub(super) async fn wait_found(
        &self,
        sequence_number: Option<SequenceNumber>,
    ) -> Result<(), FileSystemError> {
        let Some(sequence_number) = sequence_number else {
            return Ok(());
        };
        match self.journal.wait_durable(sequence_number).await {
            Ok(()) | Err(JournalError::NotDurable { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether ids are taken that the next start would not know of.
fn reserves_ids(entry: &JournalEntry) -> bool {
    matches!(
        entry,
        JournalEntry::ContainerId(_) | JournalEntry::DirectoryId(_)
    )
}

/// Whether the journal's disk has refused. A read that would have liked to log something shows what
/// is known then.
pub(super) fn is_refusal_of_journal(error: &FileSystemError) -> bool {
    matches!(
        error,
        FileSystemError::Journal(
            JournalError::Unavailable { .. } | JournalError::NotDurable { .. }
        )
    )
}

#[cfg(test)]
mod tests {
    use alluxio_common::{Describe, ErrorCode};
    use alluxio_journal::{Health, Journal};

    use super::super::status_view::StatusView;
    use super::super::testing::{Fixture, path};
    use super::super::{GetStatusOptions, ListStatusOptions};

    const FULL: &str = "Cannot write /journal/logs/7: No space left on device";

    /// From now on the disk of the journal refuses.
    fn fill_journal(fixture: &Fixture) {
        fixture.journal.progress().set_health(Health::Failing {
            reason: FULL.to_owned(),
            since: fixture.now(),
        });
    }

    async fn names_in(fixture: &Fixture, directory: &str) -> Vec<String> {
        let mut names = Vec::new();
        let (request, directory) = (fixture.root(), path(directory));
        let options = ListStatusOptions::default();
        let listed = fixture.master.list_status(&request, &directory, options);
        let visit = |status: &StatusView<'_>| names.push(status.inode.name().to_owned());
        listed.await.unwrap().next_page(10, visit).await.unwrap();
        names
    }

    #[tokio::test]
    async fn what_was_never_looked_at_is_read_while_the_journal_refuses() {
        let fixture = Fixture::new().await;
        fixture.write_ufs("/d/e/f", b"content");
        fill_journal(&fixture);
        assert_eq!(names_in(&fixture, "/").await, ["d"]);
        assert_eq!(names_in(&fixture, "/d").await, ["e"]);
        let status = fixture.status("/d/e/f").await.unwrap();
        assert_eq!(status.length, 7);
        let error = fixture.mkdir("/new").await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::FailedPrecondition);
        assert!(error.to_string().ends_with(FULL), "{error}");
        fixture.journal.progress().set_health(Health::Writable);
        fixture.mkdir("/new").await.unwrap();
        assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
    }

    #[tokio::test]
    async fn a_comparison_that_cannot_be_logged_does_not_keep_a_read_from_what_is_known() {
        let fixture = Fixture::new().await;
        fixture.write_ufs("/f", b"old");
        assert_eq!(fixture.status("/f").await.unwrap().length, 3);
        fixture.write_ufs("/f", b"longer");
        fill_journal(&fixture);
        let request = fixture.syncing();
        let (file, options) = (path("/f"), GetStatusOptions::default());
        let status = fixture.master.get_status(&request, &file, options);
        assert_eq!(status.await.unwrap().length, 3);
        fixture.journal.progress().set_health(Health::Writable);
        let status = fixture.master.get_status(&request, &file, options);
        assert_eq!(status.await.unwrap().length, 6);
    }
}
