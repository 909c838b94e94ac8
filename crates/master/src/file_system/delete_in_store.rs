//! The store's half of a deletion.
//!
//! It starts when the journal has what stores are about to delete. When they have done it, the
//! namespace follows in one transaction with the end of that note. What a store refuses to delete
//! stays in the namespace as it was; the rest of a directory follows by a comparison.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{AlluxioPath, PersistenceState, Timestamp, UfsPath};
use alluxio_ufs::{
    ListOptions, Recursion, UfsError, UfsErrorKind, UfsOperation, UfsStatus, UnderFileSystem,
};

use futures::{StreamExt, stream};

use super::change_found::is_refusal_of_journal;
use super::compare_later::note_unknown;
use super::delete::{Children, follow_delete, is_incomplete, note_children};
use super::store_work::{Attempt, LOOK_AFTER_SILENCE, Unsuccessful};
use super::{FileSystemMaster, Request, Scope};
use crate::error::{FileSystemError, property_to_check};
use crate::inode::{Mount, MountOptions};
use crate::journal_entry::{JournalEntry, StoreDeleteDoneEntry, StoreDeleteEntry, StoreTarget};
use crate::mount::{MountPoint, MountTable};
use crate::reservation::Reservation;

/// Why a repeated deletion leaves something alone.
const CHANGED_SINCE: &str = "It was written after it had been deleted";

/// Directories of a mount point that are emptied at once.
const DIRECTORIES_AT_ONCE: usize = 8;

/// How long a store is asked to delete what it may have of a file that its writer takes away: mostly it has
/// nothing, and the writer has waited for the store already.
const WITHDRAWAL_PATIENCE: Duration = Duration::from_secs(5);

/// One place in one store that is to go.
#[derive(Debug)]
pub(super) struct StoreWork {
    /// Where the deletion starts in this store.
    pub(super) path: AlluxioPath,
    pub(super) mount: Arc<MountPoint>,
    pub(super) is_directory: bool,
    /// Whether it is what persisting may have left of a file that is not persisted.
    pub(super) is_copy: bool,
}

impl StoreWork {
    fn is_mount_point(&self) -> bool {
        self.path == self.mount.path
    }

    fn ufs_path(&self) -> UfsPath {
        self.mount.ufs_path(&self.path)
    }

    /// As the journal keeps it.
    pub(super) fn to_target(&self) -> StoreTarget {
        let mount = &self.mount;
        let row = || Mount {
            ufs_uri: mount.ufs.to_string(),
            mount_id: mount.id,
            options: MountOptions {
                read_only: mount.read_only,
                shared: mount.shared,
                properties: mount.properties.clone(),
            },
        };
        StoreTarget {
            ufs_uri: self.ufs_path().to_string(),
            is_directory: self.is_directory,
            mount: self.is_mount_point().then(row),
            is_copy: self.is_copy,
        }
    }

    /// From what the journal kept; `None` when that place is no longer this path's.
    fn of_target(mounts: &MountTable, path: &str, target: &StoreTarget) -> Option<Self> {
        let path = AlluxioPath::parse(path).ok()?;
        let mount = match &target.mount {
            None => Arc::clone(mounts.mount_of(&path)),
            Some(row) => Arc::new(MountPoint {
                id: row.mount_id,
                path: path.clone(),
                ufs: UfsPath::parse(&row.ufs_uri).ok()?,
                read_only: row.options.read_only,
                shared: row.options.shared,
                properties: row.options.properties.clone(),
            }),
        };
        let work = Self {
            path,
            mount,
            is_directory: target.is_directory,
            is_copy: target.is_copy,
        };
        (work.ufs_path().to_string() == target.ufs_uri).then_some(work)
    }
}

/// What stores did not delete.
#[derive(Debug, Default)]
struct StoreRefusals {
    /// Path and reason of each.
    failures: Vec<(AlluxioPath, String)>,
    /// The property to look at, as the first says that names one.
    check: Option<&'static str>,
    /// Whether one of them did not answer.
    is_silence: bool,
}

impl StoreRefusals {
    fn add(&mut self, path: AlluxioPath, error: &UfsError) {
        self.failures.push((path, error.reason().to_owned()));
        self.check = self.check.or_else(|| property_to_check(error));
        self.is_silence |= is_silence(error);
    }
}

/// What is left of what stores did not delete whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    /// What the namespace shows, by now.
    AsShown,
    /// Nobody knows: it is compared when the stores tell.
    Unknown,
}

impl FileSystemMaster {
    /// Lets the stores follow a deletion, and notes the end of it. The entry is durable.
    pub(super) async fn carry_out_delete(
        &self,
        entry: &StoreDeleteEntry,
        reservation: &Reservation,
        attempt: Attempt,
    ) -> Result<(), Unsuccessful> {
        let mounts = self.mounts.load_full();
        let (mut refusals, mut left) = (StoreRefusals::default(), Vec::new());
        for (path, target) in entry.targets.iter().rev() {
            let Some(work) = StoreWork::of_target(&mounts, path, target) else {
                // The root store was changed in the configuration: what is there now is not ours.
                tracing::warn!(
                    path,
                    ufs_path = target.ufs_uri,
                    "another store is here by now"
                );
                continue;
            };
            if entry.makes && self.has_in_store(&work.path) {
                continue;
            }
            let deleted = self.delete_in_store(entry, &work, attempt).await;
            if work.is_mount_point() {
                self.stores.forget(work.mount.id);
            }
            match deleted {
                Ok(()) => {}
                Err(error) if self.goes_without_store(entry, &error, attempt) => {
                    tracing::warn!(ufs_path = %error.path(), %error, "what was written of an incomplete file may be left in its store");
                }
                Err(error) if attempt.may_wait(&error) => {
                    return Err(Unsuccessful::Pending(error.into()));
                }
                Err(error) if entry.makes => {
                    tracing::warn!(ufs_path = %error.path(), %error, "a directory is left in its store");
                    left.push(work.path);
                }
                Err(error) if work.is_copy => {
                    tracing::warn!(ufs_path = %error.path(), %error, "a copy may be left in its store");
                }
                Err(error) => {
                    let at = work.mount.alluxio_path(error.path());
                    refusals.add(at.unwrap_or(work.path), &error);
                }
            }
        }
        if entry.makes {
            return self.end_making(entry, &left, reservation).await;
        }
        self.end_delete(entry, refusals, (reservation, attempt))
            .await
    }

    /// Whether the namespace has this directory, and has it in its store, by now.
    fn has_in_store(&self, path: &AlluxioPath) -> bool {
        self.read(|tree| {
            let inode = tree.find(path);
            inode.is_some_and(|inode| inode.persistence() == PersistenceState::Persisted)
        })
    }

    /// Notes that what was made for nothing has gone. What is left is found by the next listing. A note
    /// that stays because the journal refuses harms nobody: it concerns only what no namespace has.
    async fn end_making(
        &self,
        entry: &StoreDeleteEntry,
        left: &[AlluxioPath],
        reservation: &Reservation,
    ) -> Result<(), Unsuccessful> {
        let request = self.own_request();
        let ended = self.change(&request, Scope::Reserved(reservation), |draft| {
            let above = left.iter().filter_map(AlluxioPath::parent);
            let known = above.filter_map(|above| draft.tree.find(&above));
            let ids: BTreeSet<_> = known
                .filter(|above| above.children_loaded())
                .map(|above| above.id())
                .collect();
            for id in ids {
                draft.push(note_children(id, Children::Unknown));
            }
            let path = entry.path.clone();
            draft.push(JournalEntry::StoreDeleteDone(StoreDeleteDoneEntry { path }));
            Ok(())
        });
        match ended.await {
            Err(error) if !is_refusal_of_journal(&error) => Err(Unsuccessful::Pending(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn end_delete(
        &self,
        entry: &StoreDeleteEntry,
        refusals: StoreRefusals,
        (reservation, attempt): (&Reservation, Attempt),
    ) -> Result<(), Unsuccessful> {
        let path = AlluxioPath::parse(&entry.path).unwrap_or_else(|_| AlluxioPath::root());
        let left = if refusals.failures.is_empty() {
            Left::Nothing
        } else {
            let looks = self.look_what_is_left(entry, &path, (reservation, attempt));
            if refusals.is_silence && attempt.has_caller() {
                let looked = tokio::time::timeout(LOOK_AFTER_SILENCE, looks).await;
                looked.unwrap_or(Ok(Left::Unknown))?
            } else {
                looks.await?
            }
        };
        let was_refused = left != Left::Nothing;
        let request = Request {
            operation_id: entry.operation_id.filter(|_| !was_refused),
            ..self.own_request()
        };
        let ended = self.change(&request, Scope::Reserved(reservation), |draft| {
            if let Some(id) = entry.inode.filter(|_| !was_refused) {
                follow_delete(draft, &path, id, entry.sync_parent);
            } else if was_refused
                && let Some(parent) = path.parent().and_then(|above| draft.tree.find(&above))
                && parent.children_loaded()
            {
                // In case that something could not be loaded: the next listing asks the store.
                draft.push(note_children(parent.id(), Children::Unknown));
            }
            if let Some(id) = entry.inode.filter(|_| left == Left::Unknown) {
                note_unknown(draft, id);
            }
            let path = entry.path.clone();
            draft.push(JournalEntry::StoreDeleteDone(StoreDeleteDoneEntry { path }));
            Ok(())
        });
        ended.await.map_err(Unsuccessful::Pending)?;
        if was_refused {
            let error = FileSystemError::UfsDelete {
                failures: refusals.failures,
                check: refusals.check,
            };
            return Err(Unsuccessful::Settled(error));
        }
        self.sync_times.note_absent(&path, self.clock.monotonic());
        Ok(())
    }

    /// Whether a file goes from the namespace although its store did not follow: its writer has never
    /// completed it. What the store has of it, if anything, is found again as a file that nobody knows.
    fn goes_without_store(
        &self,
        entry: &StoreDeleteEntry,
        error: &UfsError,
        attempt: Attempt,
    ) -> bool {
        match attempt {
            Attempt::First | Attempt::Repeated => false,
            Attempt::Withdrawal => is_silence(error),
            // Nobody would ever complete it, and it would stay for ever.
            Attempt::Last => {
                let is_so = |file| self.read(|tree| is_incomplete(tree, file));
                entry.inode.is_some_and(is_so)
            }
        }
    }

    /// Asks the stores what they have left.
    async fn look_what_is_left(
        &self,
        entry: &StoreDeleteEntry,
        path: &AlluxioPath,
        (reservation, attempt): (&Reservation, Attempt),
    ) -> Result<Left, Unsuccessful> {
        match self.is_gone_after_all(entry, path, reservation).await {
            Ok(true) => Ok(Left::Nothing),
            Ok(false) => Ok(Left::AsShown),
            // A part may have gone, and nobody may be shown it as if it were there. Whatever
            // keeps the store from telling, keys that are too old among it, may pass.
            Err(FileSystemError::Ufs(error)) if may_pass(attempt, &error) => {
                Err(Unsuccessful::goes_on(error))
            }
            Err(error) if attempt != Attempt::Last && is_refusal_of_journal(&error) => {
                Err(Unsuccessful::Pending(error))
            }
            Err(error) => {
                tracing::warn!(%path, %error, "what the store kept is not known");
                Ok(Left::Unknown)
            }
        }
    }

    /// Brings the namespace to what stores have left of something that they did not delete whole,
    /// before anybody else may work there. Whether that is nothing.
    async fn is_gone_after_all(
        &self,
        entry: &StoreDeleteEntry,
        path: &AlluxioPath,
        reservation: &Reservation,
    ) -> Result<bool, FileSystemError> {
        let request = self.own_request();
        if entry.inode.is_none() {
            self.load_kept(&request, path, reservation).await?;
            return Ok(false);
        }
        self.compare_reserved(&request, path, reservation).await?;
        Ok(self.read(|tree| tree.find(path).is_none()))
    }

    async fn delete_in_store(
        &self,
        entry: &StoreDeleteEntry,
        work: &StoreWork,
        attempt: Attempt,
    ) -> Result<(), UfsError> {
        let store = self.stores.of(&work.mount)?;
        let deletes = async {
            match attempt {
                Attempt::First | Attempt::Withdrawal => {}
                Attempt::Repeated | Attempt::Last => {
                    check_not_younger(&*store, work, entry.time).await?;
                }
            }
            delete_from(&*store, work, entry.recursive).await
        };
        let deleted = if attempt == Attempt::Withdrawal {
            let deleted = tokio::time::timeout(WITHDRAWAL_PATIENCE, deletes).await;
            deleted.unwrap_or_else(|_elapsed| Err(silence_of(work)))
        } else {
            deletes.await
        };
        match deleted {
            Err(error) if error.is_absence() => Ok(()),
            other => other,
        }
    }
}

fn is_silence(error: &UfsError) -> bool {
    error.kind() == UfsErrorKind::TimedOut
}

/// What is said of a store that was not waited for.
fn silence_of(work: &StoreWork) -> UfsError {
    let (kind, operation) = (UfsErrorKind::TimedOut, UfsOperation::DeleteFile);
    UfsError::new(kind, operation, &work.ufs_path())
}

/// Whether to wait until a store tells what is left. One that hangs would keep everybody who comes to
/// the directory above waiting for as long: there the delete ends, and is compared later.
fn may_pass(attempt: Attempt, error: &UfsError) -> bool {
    match attempt {
        Attempt::First | Attempt::Withdrawal => !is_silence(error),
        Attempt::Repeated => true,
        Attempt::Last => false,
    }
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the entry carries it as a flag"
)]
async fn delete_from(
    store: &dyn UnderFileSystem,
    work: &StoreWork,
    recursive: bool,
) -> Result<(), UfsError> {
    let ufs_path = work.ufs_path();
    if !work.is_directory {
        return store.delete_file(&ufs_path).await;
    }
    if work.is_mount_point() {
        return empty_in_store(store, &work.mount.ufs).await;
    }
    let recursion = if recursive {
        Recursion::All
    } else {
        Recursion::None
    };
    store.delete_directory(&ufs_path, recursion).await
}

/// Refuses when a store has a file at or below a place that came after this time. While the master
/// was away, somebody else may have put it there, and it is theirs.
async fn check_not_younger(
    store: &dyn UnderFileSystem,
    work: &StoreWork,
    time: Timestamp,
) -> Result<(), UfsError> {
    let ufs_path = work.ufs_path();
    let check = |status: &UfsStatus| {
        let file = status.as_file();
        let modified = file.and_then(|file| file.last_modified);
        if modified.is_none_or(|at| at <= time) {
            return Ok(());
        }
        let (kind, operation) = (UfsErrorKind::ChangedMeanwhile, UfsOperation::Status);
        Err(UfsError::new(kind, operation, &ufs_path).with_reason(CHANGED_SINCE))
    };
    let status = store.status(&ufs_path).await?;
    if !status.is_directory() {
        return check(&status);
    }
    let mut listing = store.list(&ufs_path, ListOptions::recursive()).await?;
    loop {
        let page = listing.next_page().await?;
        if page.is_empty() {
            return Ok(());
        }
        page.iter().try_for_each(check)?;
    }
}

/// Deletes what a mounted directory holds; the directory itself is not ours.
async fn empty_in_store(store: &dyn UnderFileSystem, top: &UfsPath) -> Result<(), UfsError> {
    let mut listing = store.list(top, ListOptions::flat()).await?;
    loop {
        let page = listing.next_page().await?;
        if page.is_empty() {
            return Ok(());
        }
        let (directories, files): (Vec<_>, Vec<_>) =
            page.iter().partition(|status| status.is_directory());
        let place = |status: &UfsStatus| top.join(status.name());
        let files: Vec<UfsPath> = files.into_iter().map(place).collect();
        let deleted = store.delete_files(&files).await;
        // A few at once: each may take many requests of its own.
        let emptied = stream::iter(directories.into_iter().map(place))
            .map(async |child| store.delete_directory(&child, Recursion::All).await)
            .buffer_unordered(DIRECTORIES_AT_ONCE);
        let emptied: Vec<_> = emptied.collect().await;
        for deleted in deleted.into_iter().chain(emptied) {
            match deleted {
                Err(error) if error.kind() != UfsErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
    }
}
