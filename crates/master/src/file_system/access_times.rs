//! [`AccessTimes`]: when files were last opened, before the journal knows.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alluxio_common::{InodeId, Timestamp};
use parking_lot::Mutex;

use super::{FileSystemMaster, Scope};
use crate::error::FileSystemError;
use crate::inode::InodeRef;
use crate::journal_entry::{JournalEntry, UpdateInodeEntry};

/// How many access times wait for the journal. Beyond it newer ones are forgotten until the next
/// flush: an access time is a hint, and memory is not.
const PENDING_LIMIT: usize = 100_000;

/// How many are written with one journal entry, to keep the tree's lock short.
const FLUSHED_AT_ONCE: usize = 500;

/// When files were last opened, as far as the journal does not know it yet. Opening a file must
/// not cost a write to the disk, so access times are collected and written together.
#[derive(Debug)]
pub(super) struct AccessTimes {
    precision: Duration,
    pending: Mutex<HashMap<InodeId, Timestamp>>,
    /// Of `pending`, so that a status without any costs no lock.
    count: AtomicUsize,
}

impl AccessTimes {
    pub(super) fn new(precision: Duration) -> Self {
        Self {
            precision,
            pending: Mutex::default(),
            count: AtomicUsize::new(0),
        }
    }

    /// Notes that the inode was opened, unless what is known is nearly as new.
    pub(super) fn note(&self, inode: InodeRef<'_>, now: Timestamp) {
        let age = now.millis().saturating_sub(inode.access_time().millis());
        if u128::from(age.max(0).unsigned_abs()) < self.precision.as_millis() {
            return;
        }
        let mut pending = self.pending.lock();
        if pending.len() < PENDING_LIMIT || pending.contains_key(&inode.id()) {
            pending.insert(inode.id(), now);
            self.count.store(pending.len(), Ordering::Release);
        }
    }

    /// When the inode was last opened, journalled or not.
    pub(super) fn latest(&self, inode: InodeRef<'_>) -> Timestamp {
        if self.count.load(Ordering::Acquire) == 0 {
            return inode.access_time();
        }
        let noted = self.pending.lock().get(&inode.id()).copied();
        noted.map_or(inode.access_time(), |noted| noted.max(inode.access_time()))
    }

    fn take(&self, limit: usize) -> Vec<(InodeId, Timestamp)> {
        let mut pending = self.pending.lock();
        let ids: Vec<_> = pending.keys().take(limit).copied().collect();
        let taken = ids
            .into_iter()
            .filter_map(|id| pending.remove_entry(&id))
            .collect();
        self.count.store(pending.len(), Ordering::Release);
        taken
    }
}

impl FileSystemMaster {
    /// Journals the access times that were collected since the last call.
    ///
    /// # Errors
    /// When the journal cannot be written; what was not written is forgotten.
    pub async fn flush_access_times(&self) -> Result<(), FileSystemError> {
        let request = self.own_request();
        loop {
            let batch = self.access_times.take(FLUSHED_AT_ONCE);
            if batch.is_empty() {
                return Ok(());
            }
            self.change(&request, Scope::Paths(&[]), |draft| {
                for (id, time) in &batch {
                    let Some(inode) = draft.tree.inode(*id) else {
                        continue;
                    };
                    if inode.access_time() < *time {
                        let mut update = UpdateInodeEntry::of(*id);
                        update.access_time = Some(*time);
                        draft.push(JournalEntry::UpdateInode(Box::new(update)));
                    }
                }
                Ok(())
            })
            .await?;
        }
    }
}
