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
use std::time::Duration;

use parking_lot::Mutex;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{ObjectError, ObjectStore};

/// Longer records are none of ours: three lines, of which a key is the longest, each byte encoded.
const LONGEST_RECORD: u64 = 16 << 10;

/// How often a process looks whether there are uploads to end: those that an earlier process left,
/// and those of its own that it could not end when it wanted to, as the store was away.
pub(super) const END_STALE_EVERY: Duration = Duration::from_secs(60);

/// So often an upload is tried to be ended before it is left to the next process: half a day.
const MOST_TRIES: u32 = 720;

/// The uploads of one process, each in a file of its own: the file is there from before the
/// beginning of the upload to its end.
#[derive(Debug)]
pub struct UploadLedger {
    folder: PathBuf,
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
}

/// What became of an upload that nobody works on.
#[derive(Debug)]
enum Ended {
    Yes,
    /// It cannot be told from one that goes on.
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
    pub fn open(folder: &Path) -> io::Result<Self> {
        let mut ledger = Self {
            folder: folder.to_owned(),
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
                }),
                // Cut short by the crash, before the store was asked.
                None => fs::remove_file(&file)?,
            }
        }
        ledger.next = AtomicU64::new(next);
        Ok(ledger)
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
        options
            .open(self.file(number))?
            .write_all(text.as_bytes())?;
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
    /// this one could not end. What cannot be ended now stays for the next time.
    pub(crate) async fn end_stale(&self, store: &dyn ObjectStore) {
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
        for mut upload in ours {
            let key = &upload.noted.key;
            match self.end(store, &upload.noted).await {
                Ok(Ended::Yes) => {
                    tracing::info!(store = name, key, "upload that nobody completes aborted");
                    remove(&upload.file);
                }
                Ok(Ended::AskLater) => self.stale.lock().push_back(upload),
                Err(error) => {
                    if upload.tries == 0 {
                        tracing::warn!(store = name, key, %error, "unfinished upload left behind");
                    }
                    upload.tries += 1;
                    self.stale.lock().push_back(upload);
                }
            }
        }
    }

    async fn end(&self, store: &dyn ObjectStore, noted: &Noted) -> Result<Ended, ObjectError> {
        if let Some(upload) = &noted.upload {
            store.abort_upload(&noted.key, upload).await?;
            return Ok(Ended::Yes);
        }
        let told = store.uploads_of(&noted.key).await?;
        let Some(live) = self.live_uploads(noted) else {
            return Ok(Ended::AskLater);
        };
        for upload in told.iter().filter(|upload| !live.contains(upload)) {
            store.abort_upload(&noted.key, upload).await?;
        }
        Ok(Ended::Yes)
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

#[cfg(test)]
mod tests {
    use alluxio_common::{SystemClock, Tasks};

    use super::*;
    use crate::object::memory::MemoryStores;

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[tokio::test]
    async fn what_a_process_left_is_ended_by_its_successor_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("not yet/there");
        let stores = MemoryStores::new(SystemClock::shared(), Tasks::new());
        let (here, there) = (stores.objects("here"), stores.objects("there"));
        let key = "d/a b\n%\u{e9}";
        let ledger = Arc::new(UploadLedger::open(&folder).unwrap());
        for (store, key) in [(&here, key), (&here, "done"), (&there, "other")] {
            let mut entry = ledger.note(store.name(), key).unwrap();
            entry.begun(store.begin_upload(key).await.unwrap());
            entry.append_id()().unwrap();
            if key == "done" {
                entry.forget();
            }
        }
        // The answer of the store was not heard.
        drop(ledger.note(here.name(), "unknown").unwrap());
        here.begin_upload("unknown").await.unwrap();
        drop(ledger);
        fs::write(folder.join("17"), "cut sho").unwrap();

        let ledger = Arc::new(UploadLedger::open(&folder).unwrap());
        let mut mine = ledger.note(here.name(), "unknown").unwrap();
        mine.begun(here.begin_upload("unknown").await.unwrap());
        ledger.end_stale(&here).await;
        // That which had ended well has an upload without a note here, and there is that of this
        // process.
        assert_eq!(stores.unfinished_uploads("here"), 2);
        assert_eq!(stores.unfinished_uploads("there"), 1);
        ledger.end_stale(&there).await;
        assert_eq!(stores.unfinished_uploads("there"), 0);
        assert_eq!(count(&folder), 1);
    }

    #[tokio::test]
    async fn what_a_process_could_not_end_it_ends_later() {
        let folder = tempfile::tempdir().unwrap();
        let stores = MemoryStores::new(SystemClock::shared(), Tasks::new());
        let store = stores.objects("here");
        let ledger = Arc::new(UploadLedger::open(folder.path()).unwrap());
        let mut entry = ledger.note(store.name(), "f").unwrap();
        entry.begun(store.begin_upload("f").await.unwrap());
        ledger.end_stale(&store).await;
        assert_eq!(stores.unfinished_uploads("here"), 1);
        // Its abortion has failed.
        drop(entry);
        ledger.end_stale(&store).await;
        assert_eq!(stores.unfinished_uploads("here"), 0);
        assert_eq!(count(folder.path()), 0);
    }

    #[test]
    fn two_processes_do_not_share_a_folder() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("new");
        let first = Arc::new(UploadLedger::open(&folder).unwrap());
        let late = Arc::new(UploadLedger::open(&folder).unwrap());
        let _entry = first.note("store", "key").unwrap();
        let refused = late.note("store", "key").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
        let refused = UploadLedger::open(&folder).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
    }
}
