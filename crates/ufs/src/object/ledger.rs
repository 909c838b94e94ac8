//! [`UploadLedger`]: which uploads this process has begun, on its disk, so that the process that
//! comes after a crash can end them. Stores keep and charge for the parts of an upload that nobody
//! completes, and some list them only to those who know the key.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::ObjectStore;

/// Longer records are none of ours: three lines, of which a key is the longest, each byte encoded.
const LONGEST_RECORD: u64 = 16 << 10;

/// The uploads of one process, each in a file of its own: the file is there from the beginning of
/// the upload to its end.
#[derive(Debug)]
pub struct UploadLedger {
    folder: PathBuf,
    next: AtomicU64,
    /// Those of an earlier process that nobody has ended yet.
    stale: Mutex<VecDeque<StaleUpload>>,
}

/// An upload whose process is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct StaleUpload {
    file: PathBuf,
    store: String,
    key: String,
    upload: String,
}

/// An upload in the ledger.
#[derive(Debug)]
pub(super) struct LedgerEntry {
    file: PathBuf,
}

impl UploadLedger {
    /// Opens the ledger of a process. The folder belongs to it alone: whatever is in it was left by
    /// an earlier process. It comes to be with the first note.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let (mut stale, mut next) = (VecDeque::new(), 0);
        let entries = match fs::read_dir(folder) {
            Ok(entries) => Some(entries),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        for entry in entries.into_iter().flatten() {
            let file = entry?.path();
            let name = file.file_name().and_then(|name| name.to_str());
            let Some(number) = name.and_then(|name| name.parse::<u64>().ok()) else {
                continue;
            };
            next = next.max(number.saturating_add(1));
            match StaleUpload::read(&file) {
                Some(upload) => stale.push_back(upload),
                // Cut short by the crash, before the upload could have a part.
                None => fs::remove_file(&file)?,
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            next: AtomicU64::new(next),
            stale: Mutex::new(stale),
        })
    }

    /// Writes down an upload that has begun. It need not survive the crash of the machine, so it is
    /// not synced.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn note(&self, store: &str, key: &str, upload: &str) -> io::Result<LedgerEntry> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let file = self.folder.join(number.to_string());
        let lines = [store, key, upload].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC));
        let text = format!("{}\n{}\n{}\n", lines[0], lines[1], lines[2]);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let opened = match options.open(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut builder = fs::DirBuilder::new();
                builder.recursive(true).mode(0o700).create(&self.folder)?;
                options.open(&file)
            }
            opened => opened,
        };
        let mut opened = opened?;
        io::Write::write_all(&mut opened, text.as_bytes())?;
        Ok(LedgerEntry { file })
    }

    /// Ends the uploads that an earlier process left in this store. What cannot be ended now stays
    /// for the next one who asks.
    pub(crate) async fn end_stale(&self, store: &dyn ObjectStore) {
        let name = store.name();
        let ours: VecDeque<StaleUpload> = {
            let mut stale = self.stale.lock();
            let (ours, others) = stale.drain(..).partition(|upload| upload.store == name);
            *stale = others;
            ours
        };
        for upload in ours {
            let StaleUpload { key, file, .. } = &upload;
            match store.abort_upload(key, &upload.upload).await {
                Ok(()) => {
                    tracing::info!(store = name, key, "upload of an earlier process aborted");
                    remove(file);
                }
                Err(error) => {
                    tracing::warn!(store = name, key, %error, "unfinished upload left behind");
                    self.stale.lock().push_back(upload);
                }
            }
        }
    }
}

impl LedgerEntry {
    /// The upload is complete or gone.
    pub(super) fn forget(self) {
        remove(&self.file);
    }
}

impl StaleUpload {
    fn read(file: &Path) -> Option<Self> {
        if fs::metadata(file).ok()?.len() > LONGEST_RECORD {
            return None;
        }
        let text = fs::read_to_string(file).ok()?;
        // Without its last line feed a record is not whole.
        let mut lines = text.strip_suffix('\n')?.split('\n').map(|line| {
            let decoded = percent_decode_str(line).decode_utf8();
            decoded.ok().map(|line| line.into_owned())
        });
        let (store, key, upload) = (lines.next()??, lines.next()??, lines.next()??);
        Some(Self {
            file: file.to_owned(),
            store,
            key,
            upload,
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

    #[tokio::test]
    async fn what_a_process_left_is_ended_by_its_successor_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("not yet/there");
        let stores = MemoryStores::new(SystemClock::shared(), Tasks::new());
        let (here, there) = (stores.objects("here"), stores.objects("there"));
        let key = "d/a b\n%\u{e9}";
        let ledger = UploadLedger::open(&folder).unwrap();
        for (store, key) in [(&here, key), (&here, "done"), (&there, "other")] {
            let upload = store.begin_upload(key).await.unwrap();
            let entry = ledger.note(store.name(), key, &upload).unwrap();
            if key == "done" {
                entry.forget();
            }
        }
        drop(ledger);
        fs::write(folder.join("17"), "cut sho").unwrap();

        let ledger = UploadLedger::open(&folder).unwrap();
        let mine = here.begin_upload("mine").await.unwrap();
        let _mine = ledger.note(here.name(), "mine", &mine).unwrap();
        ledger.end_stale(&here).await;
        // That without an entry, and that of this process.
        assert_eq!(stores.unfinished_uploads("here"), 2);
        assert_eq!(stores.unfinished_uploads("there"), 1);
        ledger.end_stale(&there).await;
        assert_eq!(stores.unfinished_uploads("there"), 0);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}
