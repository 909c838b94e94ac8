//! Persisting: files that only workers hold get into the store, later and by somebody else.
//!
//! The job service copies the content under a temporary name; this file says what is to be copied,
//! and gives the copy its name. A file is persisted when the journal says so; until then another
//! try repeats whatever was lost in between.

use std::collections::HashMap;
use std::time::Duration;

use alluxio_common::{
    AlluxioPath, BlockId, InodeId, Mode, MountId, PersistenceState, Timestamp, UfsPath,
};
use alluxio_journal::Health;
use alluxio_ufs::{Fingerprint, UfsCapability, UfsErrorKind, UfsStatus, UnderFileSystem};
use parking_lot::Mutex;

use super::new_inode::{Ancestors, NewPath, draft_ancestors, find_target};
use super::store_permits::StorePermits;
use super::{FileSystemConf, FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::InodeRef;
use crate::journal_entry::{JournalEntry, UpdateInodeEntry};
use crate::permission::check_traverse;
use crate::reservation::Reservation;

/// How long a finished copy waits before it is looked again whether the journal takes changes.
const JOURNAL_PAUSE: Duration = Duration::from_secs(1);

/// How many waiting files are looked at for one answer, so that a long queue keeps nobody waiting.
/// The next answer begins behind them: files that fail again and again must not hide the others.
const LOOKED_AT: usize = 20_000;

/// How many of them may turn out to be of mounts that have no room: their paths must be made first.
const WITHOUT_ROOM: usize = 2_000;

/// How many copies get their names, or are thrown away, in one store at once. Those that wait for a
/// store that is slow wait for that one only.
const NAMED_AT_ONCE: usize = 32;

/// A file whose content is to be copied into the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersistTask {
    /// Which file.
    pub file_id: InodeId,
    /// Where it stands now; it may move meanwhile.
    pub path: AlluxioPath,
    /// The mount whose store gets it.
    pub mount_id: MountId,
    /// Where the copy goes first.
    pub temporary: UfsPath,
    /// Bytes to copy.
    pub length: i64,
    /// The blocks that hold them, in order.
    pub block_ids: Vec<BlockId>,
    /// Owner of the copy.
    pub owner: String,
    /// Group of the copy.
    pub group: String,
    /// Permissions of the copy.
    pub mode: Mode,
}

/// What became of a request to persist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduled {
    /// It waits for its turn.
    Waiting,
    /// It is in the store already.
    Persisted,
}

/// How many more files may be on their way into the stores.
#[derive(Debug)]
pub struct PersistRoom {
    total: usize,
    of_one_mount: usize,
    taken: HashMap<MountId, usize>,
}

impl PersistRoom {
    /// `total` in all, and of one mount so many as are missing from `of_one_mount` with those that
    /// are on their way already.
    pub fn new(total: usize, of_one_mount: usize, on_their_way: HashMap<MountId, usize>) -> Self {
        Self {
            total,
            of_one_mount,
            taken: on_their_way,
        }
    }

    /// So many, whatever their mounts.
    pub fn shared_by_all(total: usize) -> Self {
        Self::new(total, total, HashMap::new())
    }

    fn has_any(&self) -> bool {
        self.total > 0
    }

    fn has(&self, mount: MountId) -> bool {
        let taken = self.taken.get(&mount).copied().unwrap_or(0);
        self.has_any() && taken < self.of_one_mount
    }

    fn take(&mut self, mount: MountId) {
        self.total = self.total.saturating_sub(1);
        *self.taken.entry(mount).or_default() += 1;
    }
}

#[derive(Debug, Clone, Copy)]
struct Attempt {
    first: Duration,
    failures: u32,
    not_before: Duration,
    is_running: bool,
}

impl Attempt {
    fn must_wait(&self, now: Duration) -> bool {
        self.is_running || now < self.not_before
    }
}

/// Which files are being persisted, and when the others may be tried again. In memory only: a new
/// primary tries everything at once.
#[derive(Debug)]
pub(super) struct PersistAttempts {
    retry: (Duration, Duration),
    give_up_after: Duration,
    attempts: Mutex<HashMap<InodeId, Attempt>>,
    /// The file that was looked at last.
    last: Mutex<InodeId>,
    /// The right to name copies.
    pub(super) naming: StorePermits,
}

impl PersistAttempts {
    pub(super) fn new(conf: &FileSystemConf) -> Self {
        Self {
            retry: conf.persist_retry,
            give_up_after: conf.persist_give_up_after,
            attempts: Mutex::default(),
            last: Mutex::new(InodeId::from_raw(0)),
            naming: StorePermits::new(NAMED_AT_ONCE),
        }
    }

    /// Whether the file is being copied, or its copy gets its name.
    pub(super) fn is_running(&self, id: InodeId) -> bool {
        let attempts = self.attempts.lock();
        attempts.get(&id).is_some_and(|attempt| attempt.is_running)
    }

    /// Whether the file has been tried, and may have got further than the journal says.
    pub(super) fn has_begun(&self, id: InodeId) -> bool {
        self.attempts.lock().contains_key(&id)
    }

    /// Whether the file is being tried, or pauses.
    fn must_wait(&self, id: InodeId, now: Duration) -> bool {
        let attempts = self.attempts.lock();
        let attempt = attempts.get(&id);
        attempt.is_some_and(|attempt| attempt.must_wait(now))
    }

    /// Takes the file for a try, unless one is running or it must wait.
    fn begin(&self, id: InodeId, now: Duration) -> bool {
        let mut attempts = self.attempts.lock();
        let attempt = attempts.entry(id).or_insert(Attempt {
            first: now,
            failures: 0,
            not_before: now,
            is_running: false,
        });
        if attempt.must_wait(now) {
            return false;
        }
        attempt.is_running = true;
        true
    }

    /// Notes a failed try. Returns whether the file is to be given up.
    fn fail(&self, id: InodeId, now: Duration) -> bool {
        let mut attempts = self.attempts.lock();
        let Some(attempt) = attempts.get_mut(&id) else {
            return false;
        };
        attempt.is_running = false;
        let (shortest, longest) = self.retry;
        let pause = shortest.saturating_mul(1 << attempt.failures.min(30));
        attempt.not_before = now + pause.min(longest);
        attempt.failures += 1;
        now.saturating_sub(attempt.first) >= self.give_up_after
    }

    /// Forgets files that wait no more, such as those that were deleted during a pause, if more are
    /// known than wait.
    fn forget_others(&self, waiting: usize, is_waiting: impl Fn(InodeId) -> bool) {
        let mut attempts = self.attempts.lock();
        if attempts.len() > waiting {
            attempts.retain(|id, attempt| attempt.is_running || is_waiting(*id));
        }
    }

    fn end(&self, id: InodeId) {
        self.attempts.lock().remove(&id);
    }

    /// Takes a try back that was never made.
    fn postpone(&self, id: InodeId) {
        if let Some(attempt) = self.attempts.lock().get_mut(&id) {
            attempt.is_running = false;
        }
    }
}

impl FileSystemMaster {
    /// Asks for a file to be persisted, after this pause at the earliest.
    ///
    /// # Errors
    /// When it is missing, no file or incomplete, or the caller may not walk to it.
    pub async fn schedule_persist(
        &self,
        request: &Request,
        path: &AlluxioPath,
        pause: Duration,
    ) -> Result<Scheduled, FileSystemError> {
        self.change(request, Scope::Paths(&[path]), |draft| {
            let trace = draft.tree.trace(path);
            check_traverse(&request.caller, &trace, path)?;
            let inode = find_target(&trace, path)?;
            check_persistable(inode, path)?;
            if inode.persistence() == PersistenceState::Persisted {
                return Ok(Scheduled::Persisted);
            }
            let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
            let mut update = UpdateInodeEntry::of(inode.id());
            update.persistence = Some(PersistenceState::ToBePersisted);
            let start = Timestamp::from_millis(draft.now.millis().saturating_add(pause));
            update.should_persist_time = Some(if pause > 0 {
                start
            } else {
                Timestamp::from_millis(-1)
            });
            draft.push(JournalEntry::UpdateInode(Box::new(update)));
            Ok(Scheduled::Waiting)
        })
        .await
    }

    /// Returns when a file has begun to wait since the last call.
    pub async fn persist_requested(&self) {
        self.to_persist.notified().await;
    }

    /// Says that a file from [`Self::files_to_persist`] was not tried, because nobody could: it
    /// waits as before.
    pub fn persist_postponed(&self, file_id: InodeId) {
        self.persist_attempts.postpone(file_id);
    }

    /// Files whose turn it is, as far as there is room. Each is handed out once, until
    /// [`Self::persisted`] or [`Self::persist_failed`] says how it went.
    pub fn files_to_persist(&self, room: PersistRoom) -> Vec<PersistTask> {
        if self.journal_refuses() {
            // Whole copies would be made for nothing, again and again.
            return Vec::new();
        }
        self.files_to_persist_among(room, LOOKED_AT)
    }

    fn journal_refuses(&self) -> bool {
        match self.journal.progress().health() {
            Health::Failing { .. } => true,
            Health::Writable | Health::Closed => false,
        }
    }

    /// As [`Self::files_to_persist`], from the next so many of those that wait.
    pub(super) fn files_to_persist_among(
        &self,
        mut room: PersistRoom,
        looked_at: usize,
    ) -> Vec<PersistTask> {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let mounts = self.mounts.load();
        self.read(|tree| {
            let mut tasks = Vec::new();
            let mut last = *self.persist_attempts.last.lock();
            let (mut seen, mut without_room) = (0, 0);
            for inode in tree.to_be_persisted_after(last).take(looked_at) {
                if !room.has_any() {
                    break;
                }
                last = inode.id();
                seen += 1;
                let is_early = inode.should_persist_time().is_some_and(|time| time > now);
                let must_wait = || self.persist_attempts.must_wait(inode.id(), monotonic);
                if is_early || !inode.is_completed() || must_wait() {
                    continue;
                }
                let path = inode.path();
                let mount = mounts.mount_of(&path);
                if !room.has(mount.id) {
                    without_room += 1;
                    if without_room == WITHOUT_ROOM {
                        break;
                    }
                    continue;
                }
                if !self.persist_attempts.begin(inode.id(), monotonic) {
                    continue;
                }
                room.take(mount.id);
                tasks.push(PersistTask {
                    file_id: inode.id(),
                    mount_id: mount.id,
                    temporary: self.temporary_path(&mount.ufs, inode, now),
                    path,
                    length: inode.length(),
                    block_ids: inode.block_ids().collect(),
                    owner: inode.owner().to_owned(),
                    group: inode.group().to_owned(),
                    mode: inode.mode(),
                });
            }
            *self.persist_attempts.last.lock() = last;
            if seen < looked_at && without_room < WITHOUT_ROOM && room.has_any() {
                // That was all that wait.
                self.persist_attempts.forget_others(seen, |id| {
                    let state = tree.inode(id).map(InodeRef::persistence);
                    state == Some(PersistenceState::ToBePersisted)
                });
            }
            tasks
        })
    }

    /// Files that are being tried, or that have failed and pause, in the order of their ids.
    #[cfg(test)]
    pub(super) fn files_being_tried(&self) -> Vec<InodeId> {
        let attempts = self.persist_attempts.attempts.lock();
        let mut ids: Vec<InodeId> = attempts.keys().copied().collect();
        ids.sort();
        ids
    }

    fn temporary_path(&self, top: &UfsPath, inode: InodeRef<'_>, now: Timestamp) -> UfsPath {
        // The id keeps it apart from other files of the same name; the random part from other
        // tries.
        top.join(&self.conf.persist_directory).join(&format!(
            "{}.alluxio.{}.{:x}-{:x}.tmp",
            inode.id(),
            now.millis(),
            inode.id().raw(),
            self.random_id()
        ))
    }

    /// Whether the whole copy of a file is there, although nobody knows how its job ended: stores
    /// show nothing of a file that is being written.
    pub async fn has_copy(&self, task: &PersistTask) -> bool {
        let Some(mount) = self.mounts.load().by_id(task.mount_id).cloned() else {
            return false;
        };
        let Ok(store) = self.stores.of(&mount) else {
            return false;
        };
        let _permit = self.persist_attempts.naming.acquire(task.mount_id).await;
        let status = store.find_status(&task.temporary).await.ok().flatten();
        let length = status.as_ref().and_then(UfsStatus::as_file);
        length.is_some_and(|file| i64::try_from(file.length) == Ok(task.length))
    }

    /// Gives the copy of a file its name in the store, and notes that the file is persisted. A
    /// file that is gone meanwhile, or persisted otherwise, needs no copy: it is deleted.
    ///
    /// # Errors
    /// When the store or the journal fails; the file is then tried again later.
    pub async fn persisted(
        &self,
        file_id: InodeId,
        mount_id: MountId,
        temporary: &UfsPath,
    ) -> Result<(), FileSystemError> {
        // The copy is there; without its name in the journal it would have to be made again.
        while self.journal_refuses() {
            tokio::time::sleep(JOURNAL_PAUSE).await;
        }
        let done = self.name_persisted(file_id, mount_id, temporary).await;
        match &done {
            Ok(()) => self.persist_attempts.end(file_id),
            Err(error) if is_for_ever(error) => {
                tracing::warn!(%file_id, %error, "file cannot be persisted under its name");
                self.give_up(file_id).await?;
            }
            Err(error) => self.persist_failed(file_id, &error.to_string()).await?,
        }
        done
    }

    async fn name_persisted(
        &self,
        file_id: InodeId,
        mount_id: MountId,
        temporary: &UfsPath,
    ) -> Result<(), FileSystemError> {
        let mount = self.mounts.load().by_id(mount_id).cloned();
        let mount = mount.ok_or(FileSystemError::MountNotFound { mount_id })?;
        let store = self.stores.of(&mount)?;
        let reserved = self.reserve_waiting(file_id).await?;
        // Only now: one that waits for a long move must not keep the others from their names.
        let _permit = self.persist_attempts.naming.acquire(mount_id).await;
        let Some((path, reservation)) = reserved else {
            return delete_copy(&*store, temporary).await;
        };
        if self.mounts.load().mount_of(&path).id != mount_id {
            delete_copy(&*store, temporary).await?;
            return Err(FileSystemError::MountNotFound { mount_id });
        }
        let request = self.own_request();
        let fresh = self
            .make_ancestors_in_store(&request, &path, &reservation)
            .await?;
        let target = mount.ufs_path(&path);
        replace(&*store, temporary, &target).await?;
        let status = self.give_attributes(&*store, &target, file_id).await?;
        let fingerprint = Fingerprint::of(store.kind(), &status).to_string();
        let scope = Scope::Reserved(&reservation);
        self.change(&request, scope, |draft| {
            let Some(inode) = draft.tree.inode(file_id) else {
                return Ok(());
            };
            let mut update = UpdateInodeEntry::of(inode.id());
            update.persistence = Some(PersistenceState::Persisted);
            update.fingerprint = Some(fingerprint.clone());
            update.should_persist_time = Some(Timestamp::from_millis(-1));
            draft.push(JournalEntry::UpdateInode(Box::new(update)));
            let ancestors = Ancestors::InStore { fresh: &fresh };
            let new = NewPath {
                request: &request,
                path: &path,
                ancestors,
            };
            draft_ancestors(draft, new, self.conf.umask);
            Ok(())
        })
        .await
    }

    /// Gives the file in the store the owner, group and mode that it has by now: they were changed
    /// in the namespace only, if they were changed after its copy had been begun. The path must be
    /// reserved, so that they stay as they are. Returns what the store says afterwards.
    async fn give_attributes(
        &self,
        store: &dyn UnderFileSystem,
        target: &UfsPath,
        file_id: InodeId,
    ) -> Result<UfsStatus, FileSystemError> {
        let status = store.status(target).await?;
        let wanted = self.read(|tree| tree.inode(file_id).map(Wanted::of));
        let Some(wanted) = wanted else {
            return Ok(status);
        };
        let stored = status
            .as_file()
            .and_then(|file| i64::try_from(file.length).ok());
        if stored != Some(wanted.length) {
            return Err(FileSystemError::InvalidLength {
                name: target.name().to_owned(),
                length: stored.unwrap_or(-1),
            });
        }
        if !store.capabilities().has(UfsCapability::Permissions) {
            return Ok(status);
        }
        let owner = Some(wanted.owner.as_str())
            .filter(|owner| !owner.is_empty() && *owner != status.owner());
        let group = Some(wanted.group.as_str())
            .filter(|group| !group.is_empty() && *group != status.group());
        let has_mode = status.mode() == wanted.mode;
        if has_mode && owner.is_none() && group.is_none() {
            return Ok(status);
        }
        if !has_mode {
            // First: whoever gives a file away may not change it any more.
            store.set_mode(target, wanted.mode).await?;
        }
        if owner.is_some() || group.is_some() {
            // Mostly takes root. What this process creates has its own owner anyway.
            if let Err(error) = store.set_owner(target, owner, group).await {
                tracing::debug!(%target, %error, "a persisted file keeps the owner it has");
            }
        }
        Ok(store.status(target).await?)
    }

    /// Reserves the place of a file that waits to be persisted; `None` when it waits no more. One
    /// that was lost meanwhile needs its copy more than ever.
    ///
    /// # Errors
    /// When too many wait for their turn in this mount.
    async fn reserve_waiting(
        &self,
        file_id: InodeId,
    ) -> Result<Option<(AlluxioPath, Reservation)>, FileSystemError> {
        while let Some(path) = self.path_of(file_id) {
            // Nobody may move the directories above it while the copy gets its name.
            let reservation = self.reserve_new(&self.own_request(), &path).await?;
            let is_waiting = self.read(|tree| {
                let inode = tree.inode(file_id);
                inode.is_some_and(|inode| match inode.persistence() {
                    PersistenceState::ToBePersisted | PersistenceState::Lost => true,
                    PersistenceState::NotPersisted | PersistenceState::Persisted => false,
                })
            });
            if !is_waiting {
                break;
            }
            if self.path_of(file_id).as_ref() == Some(&path) {
                return Ok(Some((path, reservation)));
            }
        }
        Ok(None)
    }

    /// Notes that a try to persist a file failed. It is tried again after a while, each time a
    /// longer one; after a day it is given up and stays where it is.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn persist_failed(
        &self,
        file_id: InodeId,
        reason: &str,
    ) -> Result<(), FileSystemError> {
        let gives_up = self.persist_attempts.fail(file_id, self.clock.monotonic());
        tracing::warn!(%file_id, reason, gives_up, "file could not be persisted");
        if !gives_up {
            return Ok(());
        }
        self.give_up(file_id).await
    }

    /// Leaves a file where it is, until somebody asks again for it to be persisted.
    async fn give_up(&self, file_id: InodeId) -> Result<(), FileSystemError> {
        self.persist_attempts.end(file_id);
        self.change(&self.own_request(), Scope::Paths(&[]), |draft| {
            if let Some(inode) = draft.tree.inode(file_id)
                && inode.persistence() == PersistenceState::ToBePersisted
            {
                let mut update = UpdateInodeEntry::of(file_id);
                update.persistence = Some(PersistenceState::NotPersisted);
                draft.push(JournalEntry::UpdateInode(Box::new(update)));
            }
            Ok(())
        })
        .await
    }
}

/// Whether the next try would end in the same way: the store cannot have such a name.
fn is_for_ever(error: &FileSystemError) -> bool {
    matches!(error, FileSystemError::Ufs(source) if source.kind() == UfsErrorKind::InvalidPath)
}

/// What the store is to say of a file.
#[derive(Debug)]
struct Wanted {
    owner: String,
    group: String,
    mode: Mode,
    length: i64,
}

impl Wanted {
    fn of(inode: InodeRef<'_>) -> Self {
        Self {
            owner: inode.owner().to_owned(),
            group: inode.group().to_owned(),
            mode: inode.mode(),
            length: inode.length(),
        }
    }
}

fn check_persistable(inode: InodeRef<'_>, path: &AlluxioPath) -> Result<(), FileSystemError> {
    let path = path.clone();
    if inode.is_directory() {
        return Err(FileSystemError::NotAFile { path });
    }
    if !inode.is_completed() {
        return Err(FileSystemError::PersistIncomplete { path });
    }
    if inode.persistence() == PersistenceState::Lost {
        return Err(FileSystemError::PersistLost { path });
    }
    Ok(())
}

async fn delete_copy(
    store: &dyn UnderFileSystem,
    temporary: &UfsPath,
) -> Result<(), FileSystemError> {
    match store.delete_file(temporary).await {
        Err(error) if !error.is_absence() => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Gives the copy its name. What stands there already is an earlier copy, or something that the
/// namespace has a newer file for. When the copy itself is missing, an earlier try has got as far
/// as this.
async fn replace(
    store: &dyn UnderFileSystem,
    temporary: &UfsPath,
    target: &UfsPath,
) -> Result<(), FileSystemError> {
    match store.rename_file(temporary, target).await {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == UfsErrorKind::AlreadyExists => {}
        Err(error) if error.is_absence() => {
            let is_there = store.find_status(target).await?;
            return match is_there {
                Some(UfsStatus::File(_)) => Ok(()),
                Some(UfsStatus::Directory(_)) | None => Err(error.into()),
            };
        }
        Err(error) => return Err(error.into()),
    }
    store.delete_file(target).await?;
    Ok(store.rename_file(temporary, target).await?)
}
