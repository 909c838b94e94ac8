//! Work in stores that is pending in the journal: deletions and moves.
//!
//! A deletion and a move change the namespace and a store, and the process can die between the two.
//! Therefore the journal says first that the store is about to be changed, and says that this is
//! over together with the last step in the namespace. What is pending at a start is taken up again
//! before anybody is served. As long as something is pending, its paths are reserved and its
//! operation id counts as being worked on: nobody meets a half, and a retry waits for the end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{AlluxioPath, MountId, SequenceNumber, Tasks};
use alluxio_ufs::UfsError;

use super::change_found::is_refusal_of_journal;
use super::operations::InFlight;
use super::store_permits::StorePermits;
use super::{FileSystemMaster, Request};
use crate::error::FileSystemError;
use crate::journal_entry::{StoreDeleteEntry, StoreRenameEntry};
use crate::mount::MountTable;
use crate::reservation::{Reservation, ReservedPath};

/// How long a store is left alone before work in it is tried again.
const STORE_WORK_PAUSE: Duration = Duration::from_secs(1);

/// The same for directories that were made for something that failed: what keeps their names from
/// others is not worth more. What is left is empty, and is shown by the next listing.
const TRIES_OF_MAKING: u32 = 3;

/// How much pending work is tried in one store at once.
const TRIED_AT_ONCE: usize = 8;

/// How often a store that does not answer is tried: five minutes and more, time enough to come up
/// after the master. Then what it has is compared when it answers.
pub(super) const TRIES: u32 = 300;

/// How long it is tried at most: each try of a store that hangs takes a minute, in which nobody else
/// can work at these paths.
const TRIED_FOR: Duration = Duration::from_hours(1);

/// How long whoever has waited for an answer in vain waits for another one, which tells what was done. A
/// single answer may be lost; a store that hangs does not give the next one either.
pub(super) const LOOK_AFTER_SILENCE: Duration = Duration::from_secs(3);

/// What is added to the words of a store that has gone away in the middle.
const SETTLED_LATER: &str = "When the store answers again this is done by itself, or given up";

/// What is pending, as the journal says it.
#[derive(Debug)]
pub(super) enum PendingWork {
    /// Stores have to follow a deletion.
    Delete(Box<StoreDeleteEntry>),
    /// A store moves something, and the namespace has to follow.
    Rename(Box<StoreRenameEntry>),
}

/// What is going on, for the log.
impl fmt::Display for PendingWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delete(delete) if delete.makes => {
                write!(f, "taking back the directories for {}", delete.path)
            }
            Self::Delete(delete) => write!(f, "delete of {}", delete.path),
            Self::Rename(rename) => write!(f, "rename of {} to {}", rename.source, rename.target),
        }
    }
}

impl PendingWork {
    /// The paths that nobody else may touch meanwhile.
    fn paths(&self) -> Vec<AlluxioPath> {
        let texts = match self {
            Self::Delete(delete) => vec![&delete.path],
            Self::Rename(rename) => vec![&rename.source, &rename.target],
        };
        // Only checked paths are journalled.
        let parsed = texts
            .into_iter()
            .filter_map(|text| AlluxioPath::parse(text).ok());
        parsed.collect()
    }

    fn is_making(&self) -> bool {
        match self {
            Self::Delete(delete) => delete.makes,
            Self::Rename(_) => false,
        }
    }

    /// What is reserved meanwhile: exactly what was when it was noted, so that no two of them overlap.
    fn reserved(&self) -> Vec<ReservedPath> {
        match self {
            Self::Delete(delete) if delete.makes => {
                let places = delete.targets.keys().chain([&delete.path]);
                let parsed = places.filter_map(|text| AlluxioPath::parse(text).ok());
                parsed.map(|path| ReservedPath::entry(&path)).collect()
            }
            Self::Delete(_) | Self::Rename(_) => {
                self.paths().iter().map(ReservedPath::subtree).collect()
            }
        }
    }

    /// The mount whose store has the work to do. A mount point that goes is no mount any more.
    fn mount_id(&self, mounts: &MountTable) -> Option<MountId> {
        if let Self::Delete(delete) = self
            && let Some(gone) = delete.targets.values().find_map(|at| at.mount.as_ref())
        {
            return Some(gone.mount_id);
        }
        let path = self.paths().into_iter().next()?;
        Some(mounts.mount_of(&path).id)
    }
}

/// What is pending, with what keeps others away from it.
#[derive(Debug)]
pub(super) struct HeldWork {
    work: PendingWork,
    reservation: Reservation,
    first: Attempt,
    /// Lets a retry of the request wait; never looked at.
    _in_flight: Option<InFlight>,
    tries: u32,
    /// When the first of them began, by the monotonic clock.
    tried_since: Option<Duration>,
}

impl HeldWork {
    pub(super) fn new(
        work: PendingWork,
        reservation: Reservation,
        in_flight: Option<InFlight>,
    ) -> Self {
        Self {
            work,
            reservation,
            first: Attempt::First,
            _in_flight: in_flight,
            tries: 0,
            tried_since: None,
        }
    }

    /// The same for a writer that takes its incomplete file away.
    #[must_use]
    pub(super) fn into_withdrawal(self) -> Self {
        Self {
            first: Attempt::Withdrawal,
            ..self
        }
    }
}

/// Which try it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The operation itself.
    First,
    /// The operation itself, by a writer that takes its incomplete file away. It has waited for the
    /// store already.
    Withdrawal,
    /// A later one, which does not know how far the earlier ones came.
    Repeated,
    /// As [`Self::Repeated`], but nothing may stay pending because of the store.
    Last,
}

impl Attempt {
    /// Whether somebody waits for it.
    pub(super) fn has_caller(self) -> bool {
        match self {
            Self::First | Self::Withdrawal => true,
            Self::Repeated | Self::Last => false,
        }
    }

    /// Whether to come back later, after this error of the store.
    pub(super) fn may_wait(self, error: &UfsError) -> bool {
        match self {
            Self::First | Self::Withdrawal | Self::Last => false,
            Self::Repeated => error.kind().is_transient(),
        }
    }
}

/// Why work in a store did not succeed.
#[derive(Debug)]
pub(super) enum Unsuccessful {
    /// Nothing is pending any more: the operation has failed.
    Settled(FileSystemError),
    /// It is still pending: nobody knows yet.
    Pending(FileSystemError),
}

impl Unsuccessful {
    /// A store does not say how far it has come.
    pub(super) fn goes_on(error: UfsError) -> Self {
        let reason = format!("{}. {SETTLED_LATER}", error.reason().trim_end_matches('.'));
        Self::Pending(error.with_reason(reason).into())
    }
}

impl FileSystemMaster {
    /// Does what has just been noted as pending, as soon as that is durable, and waits for the end.
    /// What stays pending is tried again in the background.
    pub(super) async fn carry_out(
        &self,
        held: HeldWork,
        noted: Option<SequenceNumber>,
    ) -> Result<(), FileSystemError> {
        let durable = match noted {
            Some(sequence_number) => self.journal.wait_durable(sequence_number).await,
            None => Ok(()),
        };
        let done = match durable {
            Ok(()) => self.try_work(&held, held.first).await,
            Err(error) => Err(Unsuccessful::Pending(error.into())),
        };
        match done {
            Ok(()) => Ok(()),
            Err(Unsuccessful::Settled(error)) => Err(error),
            Err(Unsuccessful::Pending(error)) => {
                self.take_up_later(held);
                Err(error)
            }
        }
    }

    async fn try_work(&self, held: &HeldWork, attempt: Attempt) -> Result<(), Unsuccessful> {
        let reservation = &held.reservation;
        match &held.work {
            PendingWork::Delete(entry) => {
                Box::pin(self.carry_out_delete(entry, reservation, attempt)).await
            }
            PendingWork::Rename(entry) => {
                Box::pin(self.carry_out_rename(entry, reservation, attempt)).await
            }
        }
    }

    /// Takes up what an earlier primary left pending: from now on its paths are reserved, and
    /// retries wait. To be called once, before anybody is served.
    pub async fn resume_store_work(&self) {
        let pending: Vec<PendingWork> = self.read(|tree| {
            let settings = tree.settings();
            let deletes = settings.store_deletes.values().cloned().map(Box::new);
            let renames = settings.store_renames.values().cloned().map(Box::new);
            let deletes = deletes.map(PendingWork::Delete);
            deletes.chain(renames.map(PendingWork::Rename)).collect()
        });
        let (making, pending): (Vec<_>, Vec<_>) =
            pending.into_iter().partition(PendingWork::is_making);
        for work in pending {
            let operation_id = match &work {
                PendingWork::Delete(entry) => entry.operation_id,
                PendingWork::Rename(entry) => entry.operation_id,
            };
            let request = Request {
                operation_id,
                ..self.own_request()
            };
            let in_flight = self.enter(&request).await;
            // What is pending never overlaps: it was reserved when it was noted.
            let reservation = self.reservations.reserve(work.reserved()).await;
            let held = HeldWork::new(work, reservation, in_flight);
            self.unfinished.lock().push(held);
        }
        // A making that failed while the journal refused leaves a note behind that reserves nothing
        // any more, so others may work there by now. Empty directories are not worth a wait: the next
        // listing shows them.
        for work in making {
            if let Some(reservation) = self.reservations.try_reserve(work.reserved()) {
                let held = HeldWork::new(work, reservation, None);
                self.unfinished.lock().push(held);
            }
        }
        self.has_unfinished.notify_one();
    }

    /// Goes on with what is pending, each piece by itself: a store that hangs, or is busy with a
    /// large directory, holds up its own work only.
    pub(super) fn start_store_work(self: &Arc<Self>, tasks: &Tasks) {
        let (master, pieces) = (Arc::clone(self), tasks.clone());
        let permits = Arc::new(StorePermits::new(TRIED_AT_ONCE));
        tasks.spawn_vital("namespace-store-work", async move {
            loop {
                let unfinished = std::mem::take(&mut *master.unfinished.lock());
                for held in unfinished {
                    let (master, permits) = (Arc::clone(&master), Arc::clone(&permits));
                    pieces.spawn("store work", async move {
                        master.finish(held, &permits).await;
                    });
                }
                master.has_unfinished.notified().await;
            }
        });
    }

    async fn finish(&self, held: HeldWork, permits: &StorePermits) {
        let mount = held.work.mount_id(&self.mounts.load());
        let mut pending = Some(held);
        while let Some(held) = pending {
            let permit = match mount {
                Some(mount) => permits.acquire(mount).await,
                None => None,
            };
            pending = self.try_again(held).await;
            drop(permit);
            if pending.is_some() {
                tokio::time::sleep(STORE_WORK_PAUSE).await;
            }
        }
    }

    /// Takes up at once what is pending. What stays so is tried again in the background.
    pub(super) async fn take_up(&self, held: HeldWork) {
        if let Some(left) = self.try_again(held).await {
            self.take_up_later(left);
        }
    }

    /// Takes up in the background what is pending.
    pub(super) fn take_up_later(&self, held: HeldWork) {
        self.unfinished.lock().push(held);
        self.has_unfinished.notify_one();
    }

    /// Tries once more what is pending; gives it back if it still is.
    async fn try_again(&self, mut held: HeldWork) -> Option<HeldWork> {
        match self.repeat(&mut held).await {
            Ok(()) => tracing::info!(work = %held.work, "work in a store was finished later"),
            Err(Unsuccessful::Settled(error)) => {
                tracing::warn!(work = %held.work, %error, "work in a store was given up");
            }
            Err(Unsuccessful::Pending(error)) if is_refusal_of_journal(&error) => {
                tracing::debug!(work = %held.work, %error, "work in a store waits for the journal");
                return Some(held);
            }
            Err(Unsuccessful::Pending(error)) => {
                tracing::warn!(work = %held.work, %error, "work in a store waits");
                return Some(held);
            }
        }
        None
    }

    /// Tries everything that is pending once more, and waits for it. Whether nothing is left.
    #[cfg(test)]
    pub(super) async fn finish_store_work(&self) -> bool {
        let unfinished = std::mem::take(&mut *self.unfinished.lock());
        for held in unfinished {
            let left = self.try_again(held).await;
            self.unfinished.lock().extend(left);
        }
        self.unfinished.lock().is_empty()
    }

    async fn repeat(&self, held: &mut HeldWork) -> Result<(), Unsuccessful> {
        let is_pending = self.read(|tree| match &held.work {
            PendingWork::Delete(entry) => tree.settings().store_deletes.contains_key(&entry.path),
            PendingWork::Rename(entry) => tree.settings().store_renames.contains_key(&entry.source),
        });
        // What is decided on from here on must be durable first: this try may follow a journal
        // whose disk did not answer in time.
        let last = self.journal.status().next.raw().checked_sub(1);
        if let Some(last) = last.map(SequenceNumber::from_raw)
            // What was made and is in no tree may go whatever the journal has.
            && !held.work.is_making()
        {
            let durable = self.journal.wait_durable(last).await;
            durable.map_err(|error| Unsuccessful::Pending(error.into()))?;
        }
        if !is_pending {
            return Ok(());
        }
        // Only what reaches the store counts: a journal that refuses for minutes uses up nothing.
        held.tries = held.tries.saturating_add(1);
        let now = self.clock.monotonic();
        let since = *held.tried_since.get_or_insert(now);
        let limit = if held.work.is_making() {
            TRIES_OF_MAKING
        } else {
            TRIES
        };
        let is_late = now.saturating_sub(since) >= TRIED_FOR;
        let attempt = if held.tries < limit && !is_late {
            Attempt::Repeated
        } else {
            Attempt::Last
        };
        self.try_work(held, attempt).await
    }
}
