//! [`LoadClient`]: a client that works in a directory of its own, and knows what it was told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alluxio_client::{
    ClientError, DeleteOptions, Descend, FileStatus, FileSystem, ListStatusOptions, LoadMetadata,
    MountPoints, SyncInterval, UfsDelete,
};
use alluxio_common::{AlluxioPath, Clock, Describe, PersistenceState, SystemClock};
use parking_lot::Mutex;
use rand::Rng;
use rand::rngs::SmallRng;
use tokio::time::sleep;

use crate::attendance::Attendance;
use crate::cluster::Part;
use crate::evidence::{Evidence, NoAnswer};
use crate::history::{History, Violation};
use crate::model::{
    Expected, Model, Operation, Outcome, Sizes, StoreTarget, Strictness, aftermath, differences,
    execute, is_refusal, next_operation, read_whole,
};
use crate::pattern::Content;
use crate::shared::{Heard, SharedChange, SharedPaths};
use crate::tally::Tally;

/// How long an operation may take, and how long may pass until the cluster shows what has become of
/// one that was interrupted.
const LONGEST: Duration = Duration::from_secs(90);

/// How long is waited for files that must arrive in a store before it is unmounted.
const ARRIVAL: Duration = Duration::from_secs(5);

/// One of so many operations is about a file that all clients share.
const SHARED: u32 = 6;

const PAUSE: Duration = Duration::from_millis(30);

/// A client that works in a directory of its own.
#[derive(Debug)]
pub(crate) struct LoadClient {
    pub(crate) number: usize,
    pub(crate) model: Model,
    /// Which of its stores it may mount, by their numbers in its model.
    pub(crate) stores: Vec<StoreTarget>,
    /// With different patience and ways to reach blocks.
    pub(crate) files: Vec<FileSystem>,
    pub(crate) rng: SmallRng,
    pub(crate) sizes: Sizes,
    pub(crate) history: History,
    pub(crate) attendance: Attendance,
    /// What all clients together have asked for.
    pub(crate) tally: Arc<Mutex<Tally>>,
    pub(crate) evidence: Evidence,
    /// The files that it shares with the others.
    pub(crate) shared: Arc<SharedPaths>,
}

/// Who was there all the time that an operation took, of those that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Helpers {
    AllStayed,
    /// A server was away: nobody may hear how the operation ends.
    SomeLeft,
    /// The store was away: what is fine may be refused, or be done in part.
    StoreLeft,
}

impl LoadClient {
    /// Works until it is told to stop, or finds something wrong.
    pub(crate) async fn work(&mut self, stop: &AtomicBool) -> Result<(), Violation> {
        while !stop.load(Ordering::Relaxed) {
            if self.rng.random_ratio(1, SHARED) {
                self.share().await?;
                continue;
            }
            let operation = next_operation(&mut self.rng, &self.model, self.sizes);
            if let Operation::Unmount { path } = &operation
                && !self.arrives(&path.clone()).await
            {
                continue;
            }
            self.perform(&operation).await?;
        }
        Ok(())
    }

    /// Asks for an operation, and follows it in the model.
    pub(crate) async fn perform(&mut self, operation: &Operation) -> Result<(), Violation> {
        let before = self.model.clone();
        let expected = self.model.apply(operation);
        let content = self.content(&before, operation);
        let (outcome, helpers) = self.ask(operation, content).await?;
        let kind = operation.kind();
        self.tally.lock().count(&kind, Some(expected), &outcome);
        match (outcome, expected) {
            (Outcome::Done, Expected::Done) if matches!(operation, Operation::Mount { .. }) => {
                // What the store has may only be known now.
                self.model = before;
                self.find_out(operation, Helpers::AllStayed).await
            }
            // A store that is away makes refusals of what is fine.
            (Outcome::Refused(_), Expected::Done) if helpers == Helpers::StoreLeft => {
                self.model = before;
                self.find_out(operation, helpers).await
            }
            (Outcome::Done, Expected::Done) if matches!(operation, Operation::Expire { .. }) => {
                self.goes(operation).await
            }
            (Outcome::Done, Expected::Done | Expected::Either)
            | (Outcome::Refused(_), Expected::Refused | Expected::Either) => Ok(()),
            (Outcome::Done, Expected::Refused) => Err(self.violation(
                operation,
                "was done, but should have been refused".to_owned(),
            )),
            (Outcome::Refused(error), Expected::Done) => Err(self.violation(
                operation,
                format!("was refused, but should have been done: {error}"),
            )),
            (Outcome::Wrong(what), _) => Err(self.violation(operation, what)),
            (Outcome::Unknown(error), _) if helpers == Helpers::AllStayed => Err(self.violation(
                operation,
                format!("has failed, though nobody was away: {error}"),
            )),
            (Outcome::Unknown(_), Expected::Done) if changes(operation) => {
                self.model = before;
                self.find_out(operation, helpers).await
            }
            (Outcome::Unknown(_), _) => Ok(()),
        }
    }

    /// Asks, and says what came of it, and who was there.
    async fn ask(
        &mut self,
        operation: &Operation,
        content: Option<Content>,
    ) -> Result<(Outcome, Helpers), Violation> {
        let files = self.some_files();
        let started = SystemClock::new();
        let began = self.attendance.now();
        let asked = execute(&files, operation, &self.stores, content);
        let what = operation.to_string();
        let Ok(outcome) = self.evidence.watch(&what, LONGEST, asked).await else {
            return Err(self.violation(operation, format!("no answer after {LONGEST:?}")));
        };
        let taken = started.monotonic().as_millis();
        self.note(operation, &format!("{} after {taken} ms", said(&outcome)));
        let left = |parts: &[Part]| self.attendance.was_away_since(parts, began);
        let helpers = if left(&[Part::Store]) {
            Helpers::StoreLeft
        } else if left(needed(operation)) {
            Helpers::SomeLeft
        } else {
            Helpers::AllStayed
        };
        if helpers != Helpers::AllStayed {
            self.tally.lock().count_interrupted();
        }
        Ok((outcome, helpers))
    }

    fn some_files(&mut self) -> FileSystem {
        self.files[self.rng.random_range(0..self.files.len())].clone()
    }

    /// Does something to a file that others work on as well, or reads it.
    async fn share(&mut self) -> Result<(), Violation> {
        let usual = self.sizes.usual;
        if self.rng.random_ratio(1, 3) {
            return self.read_shared().await;
        }
        let change = SharedChange::draw(&mut self.rng, self.shared.root(), |rng| Content {
            seed: rng.random(),
            length: rng.random_range(1..usual),
        });
        let operation = match change.clone() {
            SharedChange::Write(path, content, write_type) => Operation::CreateFile {
                path,
                write_type,
                content,
                block_size: 64 << 10,
                overwrite: true,
            },
            SharedChange::Delete(path) => Operation::Delete {
                path,
                recursive: false,
            },
            SharedChange::DeleteAll(path) => Operation::Delete {
                path,
                recursive: true,
            },
            SharedChange::Rename(source, target) | SharedChange::RenameAll(source, target) => {
                Operation::Rename { source, target }
            }
        };
        let shared = Arc::clone(&self.shared);
        let begun = shared.begin(change);
        let (outcome, helpers) = self.ask(&operation, None).await?;
        let kind = format!("shared {}", operation.kind());
        self.tally.lock().count(&kind, None, &outcome);
        let heard = match (outcome, helpers) {
            (Outcome::Done, _) => Heard::Done,
            (Outcome::Refused(_), Helpers::StoreLeft) => Heard::BrokenOff,
            (Outcome::Refused(_), Helpers::AllStayed | Helpers::SomeLeft) => Heard::Refused,
            (Outcome::Unknown(error), Helpers::AllStayed) => Heard::Failed(error.to_string()),
            (Outcome::Unknown(_), Helpers::SomeLeft | Helpers::StoreLeft)
            | (Outcome::Wrong(_), _) => Heard::Nothing,
        };
        let ended = shared.end(&begun, &heard);
        ended.map_err(|what| self.violation(&operation, what))
    }

    /// Whoever comes to the end of a file has read what somebody has written, and nothing else,
    /// whatever becomes of the file meanwhile.
    async fn read_shared(&mut self) -> Result<(), Violation> {
        let (files, path) = (self.some_files(), self.shared.some_path(&mut self.rng));
        let operation = Operation::Read {
            path: path.clone(),
            position: 0,
            length: u64::MAX,
        };
        let read = read_whole(&files, &path);
        let read = self.evidence.watch("read of a shared file", LONGEST, read);
        let outcome = match read.await {
            Ok(Ok(bytes)) if !self.shared.was_written(&bytes) => {
                let what = format!("has {} bytes that nobody has written so", bytes.len());
                return Err(self.violation(&operation, what));
            }
            Ok(Ok(_)) => Outcome::Done,
            Ok(Err(error)) => Outcome::of(Err(error)),
            Err(NoAnswer(longest)) => {
                let what = format!("no answer after {longest:?}");
                return Err(self.violation(&operation, what));
            }
        };
        self.tally.lock().count("shared read", None, &outcome);
        Ok(())
    }

    /// Waits until a path has gone that lives no longer.
    async fn goes(&self, operation: &Operation) -> Result<(), Violation> {
        let top = operation.paths()[0];
        let clock = SystemClock::new();
        while clock.monotonic() < LONGEST {
            if let Some(listed) = self.list().await
                && !listed.iter().any(|status| status.path == *top)
            {
                self.note(operation, "has gone");
                return Ok(());
            }
            sleep(PAUSE).await;
        }
        Err(self.violation(operation, format!("is there after {LONGEST:?}")))
    }

    /// As [`LoadClient::perform`], where everybody is there: an answer is expected.
    pub(crate) async fn read_or_fail(&mut self, operation: &Operation) -> Result<(), Violation> {
        let content = self.content(&self.model, operation);
        let files = self.some_files();
        let read = execute(&files, operation, &self.stores, content);
        let watched = operation.to_string();
        let what = match self.evidence.watch(&watched, LONGEST, read).await {
            Ok(Outcome::Done) => return Ok(()),
            Ok(outcome) => said(&outcome),
            Err(NoAnswer(longest)) => format!("no answer after {longest:?}"),
        };
        Err(self.violation(operation, what))
    }

    /// What a reader should find.
    fn content(&self, before: &Model, operation: &Operation) -> Option<Content> {
        let Operation::Read { path, .. } = operation else {
            return None;
        };
        let found = before.files().find(|(known, _)| *known == path);
        found.map(|(_, file)| file.content)
    }

    /// Looks what has become of an operation whose end was not heard of.
    async fn find_out(&mut self, operation: &Operation, helpers: Helpers) -> Result<(), Violation> {
        let states = aftermath(&self.model, operation);
        let is_delete = matches!(operation, Operation::Delete { .. });
        // Without its store a delete may get no further than half-way, and says so: what has not
        // happened then, the last of the states, may have happened in part.
        let is_torn = is_delete && helpers == Helpers::StoreLeft;
        // Such a store may do late what was asked of it: a listing that compares shows that.
        let is_late = is_torn
            || helpers == Helpers::StoreLeft && matches!(operation, Operation::CreateFile { .. });
        let whole = states.len() - usize::from(is_torn);
        let clock = SystemClock::new();
        let mut nearest = Vec::new();
        while clock.monotonic() < LONGEST {
            sleep(PAUSE).await;
            if helpers == Helpers::StoreLeft && !self.store_is_calm() {
                continue;
            }
            if !self.has_ended(operation).await || (is_late && !self.is_compared(operation).await) {
                continue;
            }
            let Some(listed) = self.list().await else {
                continue;
            };
            nearest = Vec::new();
            for (index, state) in states.iter().enumerate() {
                let mut state = state.clone();
                let state_of = |path: &AlluxioPath| {
                    let mut found = listed.iter();
                    let status = found.find(|status| status.path == *path)?;
                    Some(status.persistence)
                };
                state.settle(operation, |path| state_of(path).is_some());
                if index >= whole {
                    state.settle_deleted(operation, state_of);
                }
                let found = differences(&state, &listed, Strictness::Busy);
                if found.is_empty() {
                    self.model = state;
                    let count = states.len();
                    self.note(operation, &format!("turns out as {index} of {count}"));
                    return Ok(());
                }
                if nearest.is_empty() || found.len() < nearest.len() {
                    nearest = found;
                }
            }
        }
        let what = nearest
            .first()
            .map_or("cannot be listed".to_owned(), |found| {
                format!("neither done nor undone: {found}")
            });
        let path = nearest
            .first()
            .map_or(operation.paths()[0], |found| &found.path);
        Err(self.history.violation(path, format!("{operation}: {what}")))
    }

    /// Whether the store has done by now what it was asked while it hung.
    fn store_is_calm(&self) -> bool {
        let now = self.attendance.now();
        !self.attendance.was_away_since(&[Part::Store], now)
    }

    /// Has what a store may have done, and did not tell of, compared now: the master does so by
    /// itself, but later than the next operation.
    async fn is_compared(&self, operation: &Operation) -> bool {
        let options = ListStatusOptions {
            descend: Descend::All,
            sync: Some(SyncInterval::Always),
            ..ListStatusOptions::default()
        };
        let path = operation.paths()[0];
        let asked = self.files[0].list_status(path, options);
        is_answer(self.evidence.watch("comparison", LONGEST, asked).await)
    }

    /// Waits until what is on its way to a store has arrived.
    async fn arrives(&mut self, top: &AlluxioPath) -> bool {
        let clock = SystemClock::new();
        while clock.monotonic() < ARRIVAL {
            if let Some(listed) = self.list().await {
                self.note_arrivals(&listed);
            }
            if !self.model.is_coming(top) {
                return true;
            }
            sleep(PAUSE).await;
        }
        false
    }

    /// Follows what the background has done.
    pub(crate) fn note_arrivals(&mut self, listed: &[FileStatus]) {
        for status in listed {
            if status.persistence == PersistenceState::Persisted {
                self.model.arrived(&status.path);
            }
        }
    }

    /// Waits until nothing more will come of an operation, as far as one can know: what a create has
    /// made in the store, but nobody has logged, is found when the store is asked; a path with work
    /// that a start takes up again is reserved until that is done.
    async fn has_ended(&self, operation: &Operation) -> bool {
        for path in operation.paths() {
            let nothing = DeleteOptions {
                descend: Descend::No,
                ufs: UfsDelete::Checked,
                mount_points: MountPoints::Refuse,
            };
            let nobody = path.child("never");
            let asked = self.files[0].delete(&nobody, nothing);
            let answer = self.evidence.watch("delete of nothing", LONGEST, asked);
            if !is_answer(answer.await) {
                return false;
            }
        }
        let (Operation::CreateFile { path, .. } | Operation::CreateDirectory { path, .. }) =
            operation
        else {
            return true;
        };
        // From the top down: what one look has found is looked into by the next.
        let mut above = Vec::new();
        let mut next = path.parent();
        while let Some(directory) =
            next.filter(|path| self.model.root().is_ancestor_or_self_of(path))
        {
            next = directory.parent();
            above.push(directory);
        }
        for directory in above.iter().rev() {
            let options = ListStatusOptions {
                load: Some(LoadMetadata::Always),
                ..ListStatusOptions::default()
            };
            let asked = self.files[0].list_status(directory, options);
            if !is_answer(self.evidence.watch("listing", LONGEST, asked).await) {
                return false;
            }
        }
        true
    }

    /// Everything below the client's directory; `None` when nobody answers.
    pub(crate) async fn list(&self) -> Option<Vec<FileStatus>> {
        let options = ListStatusOptions {
            descend: Descend::All,
            ..ListStatusOptions::default()
        };
        let listed = self.files[0].list_status(self.model.root(), options);
        let listed = self.evidence.watch("listing", LONGEST, listed);
        listed.await.ok()?.ok()
    }

    fn note(&self, operation: &Operation, what: &str) {
        self.history.note(
            &operation.paths(),
            format!("client {}: {operation}: {what}", self.number),
        );
    }

    fn violation(&self, operation: &Operation, what: String) -> Violation {
        let path = operation.paths()[0];
        self.history.violation(path, format!("{operation}: {what}"))
    }
}

/// Whether a server has done what was asked, or said no.
fn is_answer<T>(heard: Result<Result<T, ClientError>, NoAnswer>) -> bool {
    match heard {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => is_refusal(error.code()),
        Err(NoAnswer(_)) => false,
    }
}

/// Who has to be there besides the store: nobody can do without the master, and the worker has the
/// bytes. Jobs go on by themselves.
fn needed(operation: &Operation) -> &'static [Part] {
    match operation {
        Operation::CreateFile { .. } | Operation::Read { .. } => &[Part::Master, Part::Worker],
        Operation::CreateDirectory { .. }
        | Operation::Rename { .. }
        | Operation::Delete { .. }
        | Operation::SetMode { .. }
        | Operation::SetPinned { .. }
        | Operation::SetTtl { .. }
        | Operation::SetOwner { .. }
        | Operation::SetAcl { .. }
        | Operation::Expire { .. }
        | Operation::Free { .. }
        | Operation::Persist { .. }
        | Operation::Mount { .. }
        | Operation::Unmount { .. } => &[Part::Master],
    }
}

/// Whether it may leave something behind.
fn changes(operation: &Operation) -> bool {
    !matches!(operation, Operation::Read { .. } | Operation::Free { .. })
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Refused(error) => format!("refused: {error}"),
        Outcome::Unknown(error) => format!("unknown: {error}"),
        Outcome::Wrong(what) => format!("wrong: {what}"),
    }
}
