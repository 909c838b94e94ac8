//! [`LocalJournal`]: a journal in a folder, open for appending.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use alluxio_common::SequenceNumber;
use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use super::collect::Collector;
use super::conf::LocalJournalConf;
use super::folder::Folder;
use super::queue::Queue;
use super::recovery::{Recovery, ReplayReport};
use super::spare::Spare;
use super::writer::{Counters, Shared, Signal, Writer};
use crate::checkpoint::{CheckpointFile, CheckpointInfo, CheckpointSource, write_checkpoint_file};
use crate::disk::{DiskLock, DiskSpace};
use crate::error::JournalError;
use crate::file_header::{FileHeader, FileKind, seed};
use crate::journal::{Health, Journal, JournalStatus};
use crate::progress::{Progress, ProgressLimits};
use crate::segment::name::FileName;
use crate::segment::write::{OpenSegment, SegmentFolder};

/// How often the watch looks for waiters whose time is over and for logs that may go.
const WATCH_TICK: Duration = Duration::from_secs(1);

/// The journal of one master, in a folder that it owns. Closing or dropping it flushes the queue and
/// gives the folder back.
#[derive(Debug)]
pub struct LocalJournal {
    conf: LocalJournalConf,
    folder: Folder,
    shared: Arc<Shared>,
    checkpoints: Arc<Checkpoints>,
    writer: Mutex<Option<JoinHandle<Result<(), JournalError>>>>,
    watch: Mutex<Option<JoinHandle<()>>>,
    spare_maker: Mutex<Option<JoinHandle<()>>>,
    stop_watch: Arc<Signal>,
    lock: Mutex<Option<Box<dyn DiskLock>>>,
}

/// What recovery hands over.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) segments: SegmentFolder,
    pub(super) first: OpenSegment,
    pub(super) report: ReplayReport,
    pub(super) end: u64,
}

/// The newest checkpoint, and the right to write the next one.
#[derive(Debug)]
struct Checkpoints {
    collector: Collector,
    writing: Arc<tokio::sync::Mutex<()>>,
    last: Mutex<Last>,
}

#[derive(Debug)]
struct Last {
    checkpoint: Option<CheckpointInfo>,
    /// What the queue's byte counter showed then; negative when the log was longer at start.
    bytes_before: i128,
}

impl LocalJournal {
    pub(super) fn start(recovery: Recovery, start: Start) -> Result<Self, JournalError> {
        let Recovery {
            conf,
            disk,
            clock,
            folder,
            lock,
            format_id,
        } = recovery;
        let next = SequenceNumber::from_raw(start.end);
        let epoch = start.segments.epoch;
        let limits = ProgressLimits {
            flush_timeout: conf.flush_timeout,
            patience: conf.patience,
            queue_limit: usize::try_from(conf.queue_limit.bytes()).unwrap_or(usize::MAX),
        };
        let shared = Arc::new(Shared {
            queue: Queue::new(seed(format_id, epoch), conf.entry_limit.bytes(), next),
            progress: Progress::new(Arc::clone(&clock), limits, next),
            disk,
            clock,
            segments: start.segments,
            retry_interval: conf.retry_interval,
            counters: Counters::default(),
            closing: Signal::default(),
            spare: Spare::default(),
        });
        let checkpoints = Arc::new(Checkpoints {
            collector: Collector::new(folder.clone(), epoch, conf.collect_after),
            writing: Arc::default(),
            last: Mutex::new(Last {
                checkpoint: start.report.checkpoint,
                bytes_before: -i128::from(start.report.log_bytes),
            }),
        });
        checkpoints
            .collector
            .after_checkpoint(shared.disk.as_ref(), shared.clock.as_ref())?;
        let stop_watch = Arc::new(Signal::default());
        let writer = Writer::new(Arc::clone(&shared), start.first);
        let journal = Self {
            writer: Mutex::new(Some(spawn("journal-writer", &conf, move || writer.run())?)),
            watch: Mutex::new(None),
            spare_maker: Mutex::new(None),
            lock: Mutex::new(Some(lock)),
            stop_watch: Arc::clone(&stop_watch),
            conf,
            folder,
            shared,
            checkpoints,
        };
        let (shared, checkpoints) = (
            Arc::clone(&journal.shared),
            Arc::clone(&journal.checkpoints),
        );
        let watch = move || {
            while !stop_watch.wait(WATCH_TICK) {
                shared.progress.expire();
                let (disk, clock) = (shared.disk.as_ref(), shared.clock.as_ref());
                checkpoints.collector.collect_due(disk, clock);
            }
        };
        *journal.watch.lock() = Some(spawn("journal-watch", &journal.conf, watch)?);
        let shared = Arc::clone(&journal.shared);
        let make = move || shared.spare.run(shared.disk.as_ref(), &shared.segments);
        *journal.spare_maker.lock() = Some(spawn("journal-spare", &journal.conf, make)?);
        info!(folder = %journal.conf.folder.display(), epoch, next = start.end, "journal opened");
        Ok(journal)
    }

    /// How full the disk is that holds the journal. Blocks.
    ///
    /// # Errors
    /// `Io` when the system does not say.
    pub fn space(&self) -> Result<DiskSpace, JournalError> {
        self.shared
            .disk
            .space(&self.conf.folder)
            .map_err(JournalError::io("measure", &self.conf.folder))
    }

    /// As the watch does.
    #[cfg(test)]
    pub(super) fn collect_now(&self) {
        let (disk, clock) = (self.shared.disk.as_ref(), self.shared.clock.as_ref());
        self.checkpoints.collector.collect_due(disk, clock);
    }

    /// Waits until the file of the next segment is there.
    #[cfg(test)]
    pub(super) fn wait_for_spare(&self) {
        self.shared.spare.wait_until_ready();
    }

    fn begin_close(&self) {
        self.shared.closing.set();
        self.shared.queue.close();
        self.shared.progress.bell().ring();
    }

    /// After the writer has ended: nobody will write any more, so the folder may go to another.
    fn end_close(&self) {
        self.shared.progress.set_health(Health::Closed);
        self.stop_watch.set();
        *self.lock.lock() = None;
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    conf: &LocalJournalConf,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, JournalError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(JournalError::io("start the writer for", &conf.folder))
}

/// The result of a thread of ours; its panic goes on here.
fn join<T>(thread: JoinHandle<T>) -> T {
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

#[async_trait]
impl Journal for LocalJournal {
    fn progress(&self) -> &Progress {
        &self.shared.progress
    }

    fn append(&self, payload: &[u8]) -> Result<SequenceNumber, JournalError> {
        self.shared.queue.append(payload, &self.shared.progress)
    }

    async fn write_checkpoint(
        &self,
        source: Box<dyn CheckpointSource>,
    ) -> Result<CheckpointInfo, JournalError> {
        let Ok(writing) = Arc::clone(&self.checkpoints.writing).try_lock_owned() else {
            return Err(JournalError::CheckpointRunning);
        };
        let end = source.end();
        let (_, bytes_before) = self.shared.queue.position();
        let task = CheckpointTask {
            writing,
            shared: Arc::clone(&self.shared),
            checkpoints: Arc::clone(&self.checkpoints),
            folder: self.folder.clone(),
            end,
            bytes_before,
        };
        let (task, written) = run_blocking(move || {
            let written = task.write(source);
            (task, written)
        })
        .await;
        let written = written?;
        // A checkpoint must not be ahead of the log: after a crash it would hold entries that the
        // log, having lost them, gives to others.
        if let Some(last) = end.raw().checked_sub(1)
            && let Err(error) = self.wait_durable(SequenceNumber::from_raw(last)).await
        {
            run_blocking(move || task.discard()).await;
            return Err(error);
        }
        run_blocking(move || task.publish(written)).await
    }

    fn is_checkpoint_due(&self) -> bool {
        let status = self.status();
        status.entries_since_checkpoint >= self.conf.checkpoint_entries.max(1)
            || status.bytes_since_checkpoint >= self.conf.checkpoint_bytes.bytes().max(1)
    }

    fn status(&self) -> JournalStatus {
        let shared = &self.shared;
        let (next, bytes) = shared.queue.position();
        let last = self.checkpoints.last.lock();
        let checkpoint_end = last.checkpoint.as_ref().map_or(0, |c| c.end.raw());
        JournalStatus {
            epoch: shared.segments.epoch,
            next,
            durable_end: shared.progress.durable_end(),
            queued_bytes: shared.progress.queued_bytes(),
            entries_since_checkpoint: next.raw().saturating_sub(checkpoint_end),
            bytes_since_checkpoint: u64::try_from(i128::from(bytes) - last.bytes_before)
                .unwrap_or(0),
            last_checkpoint: last.checkpoint.clone(),
            flushes: shared.counters.flushes.load(Ordering::Relaxed),
            flush_failures: shared.counters.flush_failures.load(Ordering::Relaxed),
            flush_time: Duration::from_nanos(shared.counters.flush_nanos.load(Ordering::Relaxed)),
            health: shared.progress.health(),
        }
    }

    async fn close(&self) -> Result<(), JournalError> {
        self.begin_close();
        let writer = self.writer.lock().take();
        let closed = match writer {
            Some(writer) => run_blocking(move || join(writer)).await,
            None => Ok(()),
        };
        self.shared.spare.close();
        let spare_maker = self.spare_maker.lock().take();
        if let Some(spare_maker) = spare_maker {
            run_blocking(move || join(spare_maker)).await;
        }
        self.end_close();
        let watch = self.watch.lock().take();
        if let Some(watch) = watch {
            run_blocking(move || join(watch)).await;
        }
        closed
    }
}

impl Drop for LocalJournal {
    fn drop(&mut self) {
        self.begin_close();
        if let Some(writer) = self.writer.lock().take()
            && let Ok(Err(error)) = writer.join()
        {
            warn!(%error, "journal was dropped with entries that are not durable");
        }
        self.shared.spare.close();
        if let Some(spare_maker) = self.spare_maker.lock().take()
            && spare_maker.join().is_err()
        {
            warn!("the thread that makes journal segments ahead has panicked");
        }
        self.end_close();
        // The watch holds nothing that the next owner needs; it ends by itself.
    }
}

/// Runs blocking work on the runtime's threads for that; its panic goes on here.
async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime stops, and will not poll this again.
            Err(_cancelled) => std::future::pending().await,
        },
    }
}

/// One checkpoint on its way. It owns the right to write, so that a caller who gives up waiting does
/// not let a second one begin while the first is still being written.
#[derive(Debug)]
struct CheckpointTask {
    writing: OwnedMutexGuard<()>,
    shared: Arc<Shared>,
    checkpoints: Arc<Checkpoints>,
    folder: Folder,
    end: SequenceNumber,
    bytes_before: u64,
}

impl CheckpointTask {
    fn name(&self) -> FileName {
        FileName::checkpoint(self.shared.segments.epoch, self.end.raw())
    }

    fn write(
        &self,
        mut source: Box<dyn CheckpointSource>,
    ) -> Result<(CheckpointFile, FileHeader), JournalError> {
        let header = FileHeader {
            kind: FileKind::Checkpoint,
            format_id: self.shared.segments.format_id,
            epoch: self.shared.segments.epoch,
            sequence_number: self.end,
            written_at: self.shared.clock.now(),
        };
        let disk = self.shared.disk.as_ref();
        let path = self.folder.temporary.join(self.name().to_string());
        match write_checkpoint_file(disk, &path, &header, source.as_mut()) {
            Ok(file) => Ok((file, header)),
            Err(error) => {
                self.discard();
                Err(error)
            }
        }
    }

    /// Removes what was written: it may be what fills the disk.
    fn discard(&self) {
        let path = self.folder.temporary.join(self.name().to_string());
        if let Err(error) = self.folder.remove(self.shared.disk.as_ref(), &path) {
            warn!(%error, "unfinished checkpoint stays until the next start");
        }
    }

    fn publish(
        self,
        (file, header): (CheckpointFile, FileHeader),
    ) -> Result<CheckpointInfo, JournalError> {
        let (disk, clock) = (self.shared.disk.as_ref(), self.shared.clock.as_ref());
        let path = self.folder.checkpoints.join(self.name().to_string());
        disk.rename(&file.path, &path)
            .map_err(JournalError::io("rename", &file.path))?;
        self.folder.sync(disk, &self.folder.checkpoints)?;
        let info = CheckpointInfo {
            end: self.end,
            written_at: header.written_at,
            length_bytes: file.length_bytes,
            file: Some(path),
        };
        *self.checkpoints.last.lock() = Last {
            checkpoint: Some(info.clone()),
            bytes_before: i128::from(self.bytes_before),
        };
        info!(
            end = self.end.raw(),
            length_bytes = file.length_bytes,
            "checkpoint written"
        );
        self.checkpoints.collector.after_checkpoint(disk, clock)?;
        drop(self.writing);
        Ok(info)
    }
}
