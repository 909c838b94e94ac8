//! [`UploadLedger`]: which uploads this process has begun, on its disk, so that the process that
//! comes after a crash can end them. Stores keep and charge for the parts of an upload that nobody
//! completes, and some list them only to those who know the key.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use alluxio_common::Clock;
use parking_lot::Mutex;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{ObjectError, ObjectStore, UnfinishedUpload};

/// Longer records are none of ours: three lines, of which a key is the longest, each byte encoded.
const LONGEST_RECORD: u64 = 16 << 10;

/// How often a process looks whether there are uploads to end: those that an earlier process left,
/// and those of its own that it could not end when it wanted to, as the store was away.
pub(super) const END_STALE_EVERY: Duration = Duration::from_secs(60);

/// How soon it looks again, while it has to.
pub(super) const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// So often an upload is tried to be ended before it is left to the next process: half a day.
const MOST_TRIES: u32 = 720;

/// Whoever knows of an upload sends its first part at once. One that has none for so long is one
/// that nobody knows of: its writer has died, or has not heard that it began.
pub(super) const NO_PART_FOR: Duration = Duration::from_mins(3);

/// How long after its note an upload may have begun: as long as the request is repeated that a
/// store refuses, and a minute for clocks.
const BEGINS_WITHIN: Duration = Duration::from_mins(6);

/// So much earlier than its note an upload may seem to begin: stores round times.
const ROUNDED: Duration = Duration::from_secs(5);

/// The uploads of one process, each in a file of its own: the file is there from before the
/// beginning of the upload to its end.
#[derive(Debug)]
pub struct UploadLedger {
    folder: PathBuf,
    /// Dates the notes: the time of a file is when it was written down, so that it survives a copy.
    clock: Arc<dyn Clock>,
    /// [`NO_PART_FOR`], but in tests.
    no_part_for: Duration,
    /// The folder itself, locked, from when it is there.
    lock: Mutex<Option<File>>,
    next: AtomicU64,
    /// Those of this process that go on, by the number of the file.
    live: Mutex<HashMap<u64, Noted>>,
    /// Those that nobody works on any more and nobody has ended yet.
    stale: Mutex<VecDeque<StaleUpload>>,
}

/// What a file of the ledger says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Noted {
    store: String,
    key: String,
    /// `None` before the store has told it.
    upload: Option<String>,
}

/// An upload that nobody works on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct StaleUpload {
    file: PathBuf,
    noted: Noted,
    tries: u32,
    /// The store has thrown its parts away. One that was on its way then may have come since, and
    /// some stores take the upload up again for it.
    is_aborted: bool,
}

/// What became of an upload that nobody works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Yes,
    /// It cannot be told from one that goes on, or it may come again.
    AskLater,
}

/// An upload in the ledger. Dropped without being forgotten, it is one to be ended.
#[derive(Debug)]
pub(super) struct LedgerEntry {
    ledger: Arc<UploadLedger>,
    number: u64,
}

impl UploadLedger {
    /// Opens the ledger of a process. The folder belongs to it alone: whatever is in it was left by
    /// an earlier process. It comes to be with the first note.
    ///
    /// # Errors
    /// When the folder cannot be read, or a process that lives has it.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let mut ledger = Self {
            folder: folder.to_owned(),
            clock,
            no_part_for: NO_PART_FOR,
            lock: Mutex::new(None),
            next: AtomicU64::new(0),
            live: Mutex::new(HashMap::new()),
            stale: Mutex::new(VecDeque::new()),
        };
        let locked = match File::open(folder) {
            Ok(opened) => locked(opened)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ledger),
            Err(error) => return Err(error),
        };
        ledger.lock = Mutex::new(Some(locked));
        let mut next = 0;
        for entry in fs::read_dir(folder)? {
            let file = entry?.path();
            let name = file.file_name().and_then(|name| name.to_str());
            let Some(number) = name.and_then(|name| name.parse::<u64>().ok()) else {
                continue;
            };
            next = next.max(number.saturating_add(1));
            match Noted::read(&file) {
                Some(noted) => ledger.stale.get_mut().push_back(StaleUpload {
                    file,
                    noted,
                    tries: 0,
                    is_aborted: false,
                }),
                // Cut short by the crash, before the store was asked.
                None => fs::remove_file(&file)?,
            }
        }
        ledger.next = AtomicU64::new(next);
        Ok(ledger)
    }

    /// Nobody waits before the first part of an upload.
    #[cfg(test)]
    pub(crate) fn impatient(mut self) -> Self {
        self.no_part_for = Duration::ZERO;
        self
    }

    /// Whether there are uploads that nobody works on any more and nobody has ended yet.
    pub(crate) fn has_stale(&self) -> bool {
        !self.stale.lock().is_empty()
    }

    /// Writes down that an upload is about to begin. It need not survive the crash of the machine,
    /// so it is not synced.
    ///
    /// # Errors
    /// When the file cannot be written, or another process has the folder.
    pub(super) fn note(self: &Arc<Self>, store: &str, key: &str) -> io::Result<LedgerEntry> {
        self.claim()?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let lines = [store, key].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC));
        let text = format!("{}\n{}\n", lines[0], lines[1]);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(self.file(number))?;
        file.write_all(text.as_bytes())?;
        let now = u64::try_from(self.clock.now().millis()).unwrap_or(0);
        file.set_modified(UNIX_EPOCH + Duration::from_millis(now))?;
        let noted = Noted {
            store: store.to_owned(),
            key: key.to_owned(),
            upload: None,
        };
        self.live.lock().insert(number, noted);
        Ok(LedgerEntry {
            ledger: Arc::clone(self),
            number,
        })
    }

    /// Makes the folder, and makes it ours.
    fn claim(&self) -> io::Result<()> {
        let mut lock = self.lock.lock();
        if lock.is_none() {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true).mode(0o700).create(&self.folder)?;
            *lock = Some(locked(File::open(&self.folder)?)?);
        }
        Ok(())
    }

    fn file(&self, number: u64) -> PathBuf {
        self.folder.join(number.to_string())
    }

    /// Ends the uploads of this store that nobody works on: what an earlier process left, and what
    /// this one could not end. What cannot be ended now stays for the next time; says when that is.
    pub(crate) async fn end_stale(&self, store: &dyn ObjectStore) -> Duration {
        let name = store.name();
        let ours: VecDeque<StaleUpload> = {
            let mut stale = self.stale.lock();
            let is_ours = |upload: &StaleUpload| upload.noted.store == name;
            let (ours, others) = stale
                .drain(..)
                .partition(|upload| is_ours(upload) && upload.tries < MOST_TRIES);
            *stale = others;
            ours
        };
        let mut next = END_STALE_EVERY;
        for mut upload in ours {
            let ended = self.end(store, &mut upload).await;
            let key = &upload.noted.key;
            match ended {
                Ok(Ended::Yes) => {
                    tracing::info!(store = name, key, "upload that nobody completes aborted");
                    remove(&upload.file);
                }
                Ok(Ended::AskLater) => {
                    next = LOOK_AGAIN_AFTER;
                    self.stale.lock().push_back(upload);
                }
                Err(error) => {
                    if upload.tries == 0 {
                        tracing::warn!(store = name, key, %error, "unfinished upload left behind");
                    }
                    upload.tries += 1;
                    self.stale.lock().push_back(upload);
                }
            }
        }
        next
    }

    async fn end(
        &self,
        store: &dyn ObjectStore,
        stale: &mut StaleUpload,
    ) -> Result<Ended, ObjectError> {
        let key = &stale.noted.key;
        let Some(id) = &stale.noted.upload else {
            return self.end_unheard(store, stale).await;
        };
        if stale.is_aborted {
            let told = store.uploads_of(key).await?;
            if told.iter().all(|upload| upload.id != *id) {
                return Ok(Ended::Yes);
            }
        }
        store.abort_upload(key, id).await?;
        stale.is_aborted = true;
        Ok(Ended::AskLater)
    }

    /// Ends an upload of which the store alone knows the id.
    async fn end_unheard(
        &self,
        store: &dyn ObjectStore,
        stale: &StaleUpload,
    ) -> Result<Ended, ObjectError> {
        let noted = &stale.noted;
        let told = store.uploads_of(&noted.key).await?;
        let Some(live) = self.live_uploads(noted) else {
            return Ok(Ended::AskLater);
        };
        let age = self.age(&stale.file);
        let maybe_ours = told
            .into_iter()
            .filter(|upload| !live.contains(&upload.id) && may_be_of_note(upload, age));
        let mut ended = Ended::Yes;
        for upload in maybe_ours {
            if upload.age < self.no_part_for {
                // Another process may write the same key, and be about to send its first part.
                ended = Ended::AskLater;
                continue;
            }
            store.abort_upload(&noted.key, &upload.id).await?;
        }
        Ok(ended)
    }

    /// How long ago a note was written; `None` when it does not say.
    fn age(&self, file: &Path) -> Option<Duration> {
        let written = fs::metadata(file).ok()?.modified().ok()?;
        let written = written.duration_since(UNIX_EPOCH).ok()?;
        let now = u64::try_from(self.clock.now().millis()).ok()?;
        Some(Duration::from_millis(now).saturating_sub(written))
    }

    /// The uploads of the same key that somebody of this process works on; `None` while the store
    /// has not told the id of one of them.
    fn live_uploads(&self, stale: &Noted) -> Option<Vec<String>> {
        let live = self.live.lock();
        live.values()
            .filter(|live| live.store == stale.store && live.key == stale.key)
            .map(|live| live.upload.clone())
            .collect()
    }
}

/// Whether it may be the upload of a note of that age whose beginning was not heard of. It has no
/// part, as parts are sent by who knows its id.
fn may_be_of_note(upload: &UnfinishedUpload, age: Option<Duration>) -> bool {
    let Some(age) = age else {
        return !upload.has_parts;
    };
    let is_in_time = upload.age <= age.saturating_add(ROUNDED)
        && upload.age.saturating_add(BEGINS_WITHIN) >= age;
    !upload.has_parts && is_in_time
}

/// Locks the folder, as far as its file system knows locks.
fn locked(folder: File) -> io::Result<File> {
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "another process uses it",
        )),
        Err(TryLockError::Error(error)) => {
            tracing::debug!(%error, "the folder of uploads cannot be locked");
            Ok(folder)
        }
    }
}

impl LedgerEntry {
    /// The store has told the id.
    pub(super) fn begun(&mut self, upload: String) {
        if let Some(noted) = self.ledger.live.lock().get_mut(&self.number) {
            noted.upload = Some(upload);
        }
    }

    /// What writes the id down: it waits for the disk.
    pub(super) fn append_id(&self) -> impl FnOnce() -> io::Result<()> + Send + use<> {
        let file = self.ledger.file(self.number);
        let noted = self.ledger.live.lock().get(&self.number).cloned();
        move || {
            let Some(upload) = noted.and_then(|noted| noted.upload) else {
                return Ok(());
            };
            let line = format!("{}\n", utf8_percent_encode(&upload, NON_ALPHANUMERIC));
            let mut file = fs::OpenOptions::new().append(true).open(file)?;
            file.write_all(line.as_bytes())
        }
    }

    /// The upload is complete or gone.
    pub(super) fn forget(self) {
        self.ledger.live.lock().remove(&self.number);
        remove(&self.ledger.file(self.number));
    }
}

impl Drop for LedgerEntry {
    fn drop(&mut self) {
        let Some(noted) = self.ledger.live.lock().remove(&self.number) else {
            return;
        };
        self.ledger.stale.lock().push_back(StaleUpload {
            file: self.ledger.file(self.number),
            noted,
            tries: 0,
            is_aborted: false,
        });
    }
}

impl Noted {
    fn read(file: &Path) -> Option<Self> {
        if fs::metadata(file).ok()?.len() > LONGEST_RECORD {
            return None;
        }
        let text = fs::read_to_string(file).ok()?;
        // A line without its line feed was cut short.
        let (whole, _cut) = text.rsplit_once('\n')?;
        let mut lines = whole.split('\n').map(|line| {
            let decoded = percent_decode_str(line).decode_utf8();
            decoded.ok().map(|line| line.into_owned())
        });
        let (store, key) = (lines.next()??, lines.next()??);
        Some(Self {
            store,
            key,
            upload: lines.next().flatten(),
        })
    }
}

fn remove(file: &Path) {
    if let Err(error) = fs::remove_file(file) {
        tracing::debug!(file = %file.display(), %error, "the note of an upload stays");
    }
}
