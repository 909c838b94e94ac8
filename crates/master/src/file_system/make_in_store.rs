//! What the store gets for something new: the directories above it, and a directory itself.
//!
//! The store comes first, as whoever writes the content needs them. That they are being made is in the
//! journal, so that they go again when the namespace does not get them: because the store refuses one
//! of them, because the journal refuses the change, or because the process dies in between.

use std::sync::Arc;

use alluxio_common::AlluxioPath;
use alluxio_ufs::{MkdirOptions, UfsOperation};

use super::change_found::is_refusal_of_journal;
use super::delete_in_store::StoreWork;
use super::namespace::Draft;
use super::new_inode::{Made, WantedDirectory};
use super::store_work::{HeldWork, PendingWork};
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::journal_entry::{JournalEntry, StoreDeleteDoneEntry, StoreDeleteEntry};
use crate::reservation::{Reservation, ReservedPath};

/// Something new whose directories go to the store first.
pub(super) struct NewInStore<'a> {
    pub(super) request: &'a Request,
    pub(super) path: &'a AlluxioPath,
    /// How to make the path itself, if that is a directory.
    pub(super) directory: Option<MkdirOptions>,
}

impl FileSystemMaster {
    /// Reserves a new path, and the directories above it that its store has to get. Two who need the
    /// same directory come one after the other: what one of them takes back, the other makes anew.
    ///
    /// # Errors
    /// When too many wait already.
    pub(super) async fn reserve_new(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Result<Reservation, FileSystemError> {
        let places = || {
            let wanted = self.wanted_directories(request, path).into_iter();
            let above = wanted.map(|directory| directory.path);
            above.chain([path.clone()]).collect::<Vec<_>>()
        };
        let mut wanted = places();
        loop {
            let entries = wanted.iter().map(ReservedPath::entry);
            let reservation = self.reserve(entries).await?;
            // Meanwhile some of them may have come or gone. Those that are there keep nobody waiting.
            let now = places();
            if now == wanted {
                return Ok(reservation);
            }
            wanted = now;
        }
    }

    /// Makes directories in the store, and lets the namespace follow as `decide` says, which is told
    /// the directories that are new in the store. If either fails, they go again.
    pub(super) async fn make_in_store<T>(
        &self,
        new: NewInStore<'_>,
        reservation: Reservation,
        mut decide: impl FnMut(&mut Draft<'_>, &[AlluxioPath]) -> Result<T, FileSystemError>,
    ) -> Result<T, FileSystemError> {
        let NewInStore {
            request,
            path,
            directory,
        } = new;
        let mut wanted = self.wanted_directories(request, path);
        wanted.extend(directory.map(|options| WantedDirectory {
            path: path.clone(),
            options,
        }));
        let scope = Scope::Reserved(&reservation);
        if wanted.is_empty() {
            return self
                .change(request, scope, |draft| decide(draft, &[]))
                .await;
        }
        let entry = self.note_of(path, &wanted);
        let mut made = Vec::new();
        let part = request.as_part();
        let done = async {
            self.note_making(&part, scope, entry.clone()).await?;
            self.make_directories(wanted, &mut made).await?;
            let fresh: Vec<_> = made.iter().filter_map(Making::fresh).collect();
            self.change(request, scope, |draft| {
                let value = decide(draft, &fresh)?;
                draft.push(made_in_store(path));
                Ok(value)
            })
            .await
        };
        let done = done.await;
        if let Err(error) = &done {
            self.take_back(entry, &made, (reservation, error)).await;
        }
        done
    }

    async fn make_directories(
        &self,
        wanted: Vec<WantedDirectory>,
        made: &mut Vec<Making>,
    ) -> Result<(), FileSystemError> {
        for WantedDirectory { path, options } in wanted {
            let outcome = self.mkdir_in_store(&path, options).await;
            let (is_new, failed) = match outcome {
                Ok(Made::New) => (true, None),
                Ok(Made::WasThere) => (false, None),
                // It may have been made all the same.
                Err(error) => (!is_without_effect(&error), Some(error)),
            };
            made.push(Making { path, is_new });
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Has in the journal that directories are being made.
    pub(super) async fn note_making(
        &self,
        request: &Request,
        scope: Scope<'_>,
        mut entry: Box<StoreDeleteEntry>,
    ) -> Result<(), FileSystemError> {
        self.change(request, scope, |draft| {
            entry.time = draft.now;
            draft.push(JournalEntry::StoreDelete(entry.clone()));
            Ok(())
        })
        .await
    }

    /// What is to go again unless the namespace follows.
    pub(super) fn note_of(
        &self,
        path: &AlluxioPath,
        wanted: &[WantedDirectory],
    ) -> Box<StoreDeleteEntry> {
        let mount = self.mounts.load().resolve(path).mount;
        let targets = wanted.iter().map(|directory| {
            let work = StoreWork {
                path: directory.path.clone(),
                mount: Arc::clone(&mount),
                is_directory: true,
                is_copy: true,
            };
            (directory.path.to_string(), work.to_target())
        });
        Box::new(StoreDeleteEntry {
            path: path.to_string(),
            targets: targets.collect(),
            makes: true,
            ..StoreDeleteEntry::default()
        })
    }

    async fn take_back(
        &self,
        mut entry: Box<StoreDeleteEntry>,
        made: &[Making],
        (reservation, error): (Reservation, &FileSystemError),
    ) {
        let noted = self.read(|tree| {
            let noted = tree.settings().store_deletes.get(&entry.path);
            noted.map(|noted| noted.time)
        });
        // Without a note the namespace has followed, and only the journal's disk has not.
        let Some(time) = noted else { return };
        entry.time = time;
        let is_new = |path: &str| {
            let mut places = made.iter().filter(|making| making.is_new);
            places.any(|making| making.path.as_str() == path)
        };
        entry.targets.retain(|path, _| is_new(path));
        if entry.targets.is_empty() && is_refusal_of_journal(error) {
            return;
        }
        let held = HeldWork::new(PendingWork::Delete(entry), reservation, None);
        if matches!(error, FileSystemError::Ufs(error) if error.kind().is_transient()) {
            // Whoever has waited for the store that long hears of it first.
            self.take_up_later(held);
        } else {
            Box::pin(self.take_up(held)).await;
        }
    }
}

/// A directory that the store was asked to make.
struct Making {
    path: AlluxioPath,
    /// Whether it has made it, or may have.
    is_new: bool,
}

impl Making {
    fn fresh(&self) -> Option<AlluxioPath> {
        self.is_new.then(|| self.path.clone())
    }
}

/// The namespace has what was being made for a path.
pub(super) fn made_in_store(path: &AlluxioPath) -> JournalEntry {
    let path = path.to_string();
    JournalEntry::StoreDeleteDone(StoreDeleteDoneEntry { path })
}

/// Whether a directory was not made: the store has said so, or was only asked what is there.
fn is_without_effect(error: &FileSystemError) -> bool {
    matches!(
        error,
        FileSystemError::Ufs(error)
            if error.kind().is_without_effect() || error.operation() == UfsOperation::Status
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alluxio_common::UfsPath;
    use alluxio_journal::{Health, Journal};
    use alluxio_ufs::UfsErrorKind;
    use alluxio_ufs::layer::{Fault, FaultRule};
    use futures::FutureExt;

    use super::super::testing::Fixture;
    use super::super::{DeleteOptions, ListStatusOptions};
    use super::*;

    /// A namespace that knows all that its store has at the top, and so never asks for it.
    async fn known() -> Fixture {
        let fixture = Fixture::new().await;
        let (request, root) = (fixture.root(), AlluxioPath::root());
        let options = ListStatusOptions::default();
        let listed = fixture.master.list_status(&request, &root, options).await;
        listed.unwrap();
        fixture
    }

    fn at(fixture: &Fixture, path: &str, fault: Fault) {
        let path = UfsPath::parse(&fixture.ufs(path)).unwrap();
        let rule = FaultRule::on(UfsOperation::Mkdir, fault).below(&path);
        fixture.stores.faults.add(rule);
    }

    /// Nothing is left of a create of `/a/b/f`, and it can be asked for again.
    async fn assert_nothing_is_there(fixture: &Fixture) {
        assert!(!fixture.ufs_file("/a").try_exists().unwrap());
        assert!(fixture.status("/a").await.unwrap_err().is_not_found());
        fixture.stores.faults.clear();
        fixture.create_through("/a/b/f").await.unwrap();
        assert!(fixture.ufs_file("/a/b").try_exists().unwrap());
        assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
    }

    #[tokio::test]
    async fn a_store_that_refuses_half_way_keeps_no_directory() {
        let fixture = known().await;
        let kind = UfsErrorKind::PermissionDenied;
        at(&fixture, "/a/b", Fault::Fail(kind));
        fixture.create_through("/a/b/f").await.unwrap_err();
        assert_nothing_is_there(&fixture).await;
    }

    #[tokio::test]
    async fn a_directory_whose_making_was_not_answered_goes_again() {
        let fixture = known().await;
        at(&fixture, "/a/b", Fault::LoseAnswer(UfsErrorKind::TimedOut));
        fixture.create_through("/a/b/f").await.unwrap_err();
        assert!(fixture.master.finish_store_work().await);
        assert_nothing_is_there(&fixture).await;
    }

    #[tokio::test]
    async fn a_store_that_is_away_keeps_nobody_waiting_for_long() {
        let fixture = known().await;
        let away = Fault::Fail(UfsErrorKind::Unavailable);
        at(&fixture, "/a/b", away);
        let status = FaultRule::on(UfsOperation::Status, away).always();
        fixture.stores.faults.add(status);
        fixture.create_through("/a/b/f").await.unwrap_err();
        for last in [false, false, true] {
            assert_eq!(fixture.master.finish_store_work().await, last);
        }
        assert!(fixture.master.reservations.is_empty());
        // What is left is shown.
        fixture.stores.faults.clear();
        assert!(fixture.status("/a").await.unwrap().folder);
    }

    #[tokio::test]
    async fn a_journal_that_refuses_the_change_leaves_no_directory() {
        let fixture = known().await;
        at(&fixture, "/a/b", Fault::Delay(Duration::from_millis(1)));
        let mut create = Box::pin(fixture.create_through("/a/b/f"));
        while fixture.stores.faults.calls(UfsOperation::Mkdir) < 2 {
            assert!(create.as_mut().now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        let progress = fixture.journal.progress();
        progress.set_health(Health::Failing {
            reason: "full".to_owned(),
            since: fixture.now(),
        });
        let refused = create.await.unwrap_err();
        assert!(is_refusal_of_journal(&refused), "{refused}");
        assert!(fixture.master.reservations.is_empty());
        progress.set_health(Health::Writable);
        assert_nothing_is_there(&fixture).await;
    }

    #[tokio::test]
    async fn directories_of_a_create_that_died_in_between_go_at_the_next_start() {
        let mut fixture = known().await;
        let entries = fixture.journal.entries.lock().len();
        fixture.create_through("/a/b/f").await.unwrap();
        fixture.journal.entries.lock().truncate(entries + 1);
        fixture.restart();
        fixture.resume().await;
        assert_nothing_is_there(&fixture).await;
    }

    #[tokio::test]
    async fn a_note_that_was_left_behind_keeps_no_later_work_from_the_next_start() {
        let mut fixture = known().await;
        let entries = fixture.journal.entries.lock().len();
        fixture.create_through("/a/b/f").await.unwrap();
        let note = fixture.journal.entries.lock()[entries].clone();
        let before_delete = fixture.journal.entries.lock().len();
        let recursive = DeleteOptions {
            recursive: true,
            ..DeleteOptions::default()
        };
        fixture.delete("/a", recursive).await.unwrap();
        let mut log = fixture.journal.entries.lock().clone();
        log.truncate(before_delete + 1);
        log.extend([note.clone(), note]);
        *fixture.journal.entries.lock() = log;
        fixture.restart();
        fixture.resume().await;
        assert!(fixture.status("/a").await.unwrap_err().is_not_found());
        assert!(fixture.master.reservations.is_empty());
    }

    #[tokio::test]
    async fn what_others_have_put_into_such_a_directory_stays() {
        let mut fixture = known().await;
        let entries = fixture.journal.entries.lock().len();
        fixture.create_through("/a/b/f").await.unwrap();
        fixture.write_ufs("/a/theirs", b"data");
        fixture.journal.entries.lock().truncate(entries + 1);
        fixture.restart();
        fixture.resume().await;
        assert_eq!(fixture.read_ufs("/a/theirs"), b"data");
        assert!(!fixture.ufs_file("/a/b").try_exists().unwrap());
    }

    #[tokio::test]
    async fn who_needs_the_same_directory_waits_until_it_is_there_or_gone() {
        let mut fixture = known().await;
        at(&fixture, "/a/b", Fault::Hang);
        let mut first = Box::pin(fixture.create_through("/a/b/f"));
        while fixture.stores.faults.calls(UfsOperation::Mkdir) < 2 {
            assert!(first.as_mut().now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        let mut second = Box::pin(fixture.create_through("/a/c"));
        assert!(second.as_mut().now_or_never().is_none());
        // Directories that are there keep nobody.
        fixture.create_through("/other").await.unwrap();
        drop(first);
        second.await.unwrap();
        // The first one's note is still there, but what the namespace has is not taken back.
        fixture.restart();
        fixture.resume().await;
        assert!(fixture.ufs_file("/a").try_exists().unwrap());
    }
}
