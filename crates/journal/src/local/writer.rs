//! The thread that writes: group commit, rotation, and what happens when the disk refuses.
//!
//! While one batch is written and synced, the next one gathers in the queue. When a write or a sync
//! fails, nothing is known any more of what the segment holds behind the last success: a kernel that
//! has failed to write a page takes it for clean, and a later sync reports success without writing
//! it. So the segment is given up, and the batch, still in memory, goes to a fresh one that starts at
//! its first entry; readers stop there in the old one. This is tried until the disk takes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alluxio_common::{AbortOnPanic, Clock, SequenceNumber};
use parking_lot::{Condvar, Mutex};
use tracing::{debug, error, info, warn};

use super::queue::{Batch, Queue};
use super::spare::Spare;
use crate::disk::Disk;
use crate::error::JournalError;
use crate::journal::Health;
use crate::progress::Progress;
use crate::segment::write::{OpenSegment, SegmentFolder};

/// How long an entry that nobody waits for may stay in the queue
/// (`alluxio.master.journal.flush.batch.time`).
const IDLE_TICK: Duration = Duration::from_millis(100);

/// From so many entries in a flush on there is a crowd, and the next flush waits for it to gather.
const GATHER_FROM: u64 = 8;

/// How long the crowd has when the disk is fast: about as long as it takes to read the next request
/// of each of some dozen callers. Less means that a fast disk is asked to sync for a handful of
/// entries each time, which costs more than the entries themselves.
const GATHER_AT_LEAST: Duration = Duration::from_micros(500);

/// How long it has when the disk is slow: this part of what the last flush took.
const GATHER_PART: u32 = 2;

/// However slow the disk is.
const GATHER_AT_MOST: Duration = Duration::from_millis(2);

/// What the callers' side and the thread share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) queue: Queue,
    pub(super) progress: Progress,
    pub(super) segments: SegmentFolder,
    pub(super) retry_interval: Duration,
    pub(super) counters: Counters,
    pub(super) closing: Signal,
    pub(super) spare: Spare,
}

/// What the reports count.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) flushes: AtomicU64,
    pub(super) flush_failures: AtomicU64,
    pub(super) flush_nanos: AtomicU64,
}

/// Set once; ends the waits of threads.
#[derive(Debug, Default)]
pub(super) struct Signal {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    pub(super) fn set(&self) {
        *self.is_set.lock() = true;
        self.changed.notify_all();
    }

    pub(super) fn is_set(&self) -> bool {
        *self.is_set.lock()
    }

    /// Waits at most so long; whether it is set.
    pub(super) fn wait(&self, at_most: Duration) -> bool {
        let mut is_set = self.is_set.lock();
        if !*is_set {
            self.changed.wait_for(&mut is_set, at_most);
        }
        *is_set
    }
}

/// The thread's own state.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    /// `None` after a failure, until a fresh one is made.
    segment: Option<OpenSegment>,
    /// Complete, and not yet named so.
    retired: Option<Retired>,
    spare: Vec<u8>,
    last_flush: LastFlush,
}

#[derive(Debug, Default)]
struct LastFlush {
    entries: u64,
    took: Duration,
    /// The number after the last entry that comes if everybody whom the flush has woken makes one
    /// more, beside those that had queued meanwhile.
    crowd_end: u64,
}

struct CloseAtTheEnd(Arc<Shared>);

impl Drop for CloseAtTheEnd {
    fn drop(&mut self) {
        self.0.queue.close();
        self.0.progress.set_health(Health::Closed);
    }
}

#[derive(Debug)]
struct Retired {
    segment: OpenSegment,
    /// The number after its last durable entry.
    end: u64,
    trust: Trust,
}

/// Whether every byte of a retired segment is what was meant to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    Whole,
    /// Behind its durable entries anything may stand; it is not touched any more.
    TailUnknown,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, segment: OpenSegment) -> Self {
        Self {
            shared,
            segment: Some(segment),
            retired: None,
            spare: Vec::new(),
            last_flush: LastFlush::default(),
        }
    }

    /// Writes until the queue is closed and empty; then completes the segment.
    pub(super) fn run(mut self) -> Result<(), JournalError> {
        // However this thread ends, nobody is left waiting for it.
        let _closed_at_the_end = CloseAtTheEnd(Arc::clone(&self.shared));
        // Nor does a process go on that can change nothing any more, and would not say why.
        let _process = AbortOnPanic::when("the journal is no longer written");
        loop {
            let shared = Arc::clone(&self.shared);
            let has_work = || shared.queue.has_work();
            shared.progress.bell().wait(IDLE_TICK, has_work);
            self.gather();
            match shared.queue.take(&mut self.spare) {
                Some(batch) => self.make_durable(batch)?,
                None if shared.queue.is_closed() => return self.complete(),
                None => {}
            }
        }
    }

    /// Gives those whom the last flush has woken a moment to join the next one. Without it two halves
    /// of the callers take turns, and the disk syncs twice as often for the same work. When all of
    /// them are there the wait is over.
    fn gather(&self) {
        let LastFlush {
            entries,
            took,
            crowd_end,
        } = self.last_flush;
        if entries < GATHER_FROM {
            return;
        }
        let at_most = (took / GATHER_PART).clamp(GATHER_AT_LEAST, GATHER_AT_MOST);
        let is_complete = || {
            let next = self.shared.queue.next();
            next.is_none_or(|next| next >= crowd_end)
        };
        let bell = self.shared.progress.bell();
        bell.wait_for(crowd_end.saturating_sub(1), at_most, is_complete);
    }

    /// Returns when the batch is durable, or with an error when the journal is closed while the disk
    /// refuses.
    fn make_durable(&mut self, batch: Batch) -> Result<(), JournalError> {
        let shared = Arc::clone(&self.shared);
        let mut failed_tries = 0_u64;
        loop {
            // Looked at before the try, so that a batch is tried at least once after the closing.
            let is_last_try = shared.closing.is_set();
            match self.try_flush(&batch) {
                Ok(()) => break,
                Err(error) => self.note_failure(&batch, &error, failed_tries),
            }
            failed_tries += 1;
            if is_last_try {
                return Err(JournalError::Unavailable {
                    reason: "it was closed before the disk took everything".to_owned(),
                });
            }
            shared.closing.wait(shared.retry_interval);
        }
        shared
            .progress
            .advance(SequenceNumber::from_raw(batch.end), batch.frames.len());
        if failed_tries > 0 {
            info!(
                failed_tries,
                first = batch.start,
                "journal is writable again"
            );
            shared.progress.set_health(Health::Writable);
        }
        self.spare = batch.into_spare();
        Ok(())
    }

    fn try_flush(&mut self, batch: &Batch) -> Result<(), JournalError> {
        let shared = Arc::clone(&self.shared);
        let began = shared.clock.monotonic();
        self.ensure_room(batch)?;
        let segment = self.segment.as_mut().expect("ensure_room leaves one");
        segment.append(&batch.frames)?;
        if segment.is_half_full() {
            shared.spare.want(&shared.segments);
        }
        let took = shared.clock.monotonic().saturating_sub(began);
        let entries = batch.end - batch.start;
        let next = shared.queue.next().unwrap_or(batch.end);
        self.last_flush = LastFlush {
            entries,
            took,
            crowd_end: next + entries,
        };
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        shared.counters.flushes.fetch_add(1, Ordering::Relaxed);
        shared
            .counters
            .flush_nanos
            .fetch_add(nanos, Ordering::Relaxed);
        Ok(())
    }

    /// Afterwards there is a segment with room for the batch, and it starts no later than the batch.
    fn ensure_room(&mut self, batch: &Batch) -> Result<(), JournalError> {
        let has_room = |segment: &OpenSegment| segment.has_room(batch.frames.len());
        if self.segment.as_ref().is_some_and(has_room) {
            return Ok(());
        }
        self.retire(batch.start, Trust::Whole);
        let Shared {
            segments,
            disk,
            clock,
            ..
        } = &*self.shared;
        let (disk, start, now) = (disk.as_ref(), batch.start, clock.now());
        let fresh = match self.shared.spare.take() {
            Some(blank) => segments.begin(disk, blank, start, now)?,
            None => segments.create(disk, start, now)?,
        };
        self.segment = Some(fresh);
        self.seal_retired();
        Ok(())
    }

    /// Stops writing to the segment, if there is one. One without entries is forgotten: the fresh one
    /// starts at the same number and takes its name.
    fn retire(&mut self, end: u64, trust: Trust) {
        let Some(segment) = self.segment.take() else {
            return;
        };
        if !segment.is_empty() {
            self.retired = Some(Retired {
                segment,
                end,
                trust,
            });
        }
    }

    /// Gives the retired segment its final name. Readers find its end without that, too, so a
    /// failure is no more than untidy; the next start repairs it.
    fn seal_retired(&mut self) {
        let Some(retired) = self.retired.take() else {
            return;
        };
        let disk = self.shared.disk.as_ref();
        let trimmed = match retired.trust {
            Trust::Whole => retired.segment.trim(),
            Trust::TailUnknown => Ok(()),
        };
        let logs = &self.shared.segments.logs;
        let sealed = trimmed.and_then(|()| retired.segment.seal(disk, logs, retired.end));
        if let Err(error) = sealed {
            warn!(%error, "journal segment keeps the name of an incomplete one");
        }
    }

    fn note_failure(&mut self, batch: &Batch, error: &JournalError, failed_tries: u64) {
        self.retire(batch.start, Trust::TailUnknown);
        let shared = &self.shared;
        shared
            .counters
            .flush_failures
            .fetch_add(1, Ordering::Relaxed);
        if failed_tries > 0 {
            debug!(%error, failed_tries, "journal still cannot be written");
            return;
        }
        error!(
            %error,
            first = batch.start,
            entries = batch.end - batch.start,
            "journal cannot be written; new changes are soon refused until it can"
        );
        shared.progress.set_health(Health::Failing {
            reason: error.to_string(),
            since: shared.clock.now(),
        });
    }

    /// Closes the last segment for good, so that a reader knows that nothing is missing from it. It
    /// stays even when it is empty: its epoch keeps older owners out.
    fn complete(&mut self) -> Result<(), JournalError> {
        let Some(segment) = self.segment.take() else {
            return Ok(());
        };
        let (end, _) = self.shared.queue.position();
        let disk = self.shared.disk.as_ref();
        let logs = &self.shared.segments.logs;
        segment.trim()?;
        segment.seal(disk, logs, end.raw())?;
        disk.sync_dir(logs).map_err(JournalError::io("sync", logs))
    }
}
