//! From a folder to a running journal: [`Recovery`] takes the folder, [`Recovery::replay`] rebuilds
//! the state, [`Replayed::start`] opens the log for appending.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use alluxio_common::{Clock, SequenceNumber};
use tracing::{error, info, warn};

use super::conf::LocalJournalConf;
use super::folder::Folder;
use super::journal::{LocalJournal, Start};
use crate::checkpoint::{Checkpoint, CheckpointInfo};
use crate::disk::{Disk, DiskLock};
use crate::error::{DamageKind, JournalError};
use crate::file_header::FormatId;
use crate::journaled::Journaled;
use crate::segment::check::{CheckedSegment, read_segment};
use crate::segment::name::FileName;
use crate::segment::plan::{Part, Plan, plan};
use crate::segment::write::SegmentFolder;

/// How many segments are read and checked ahead of the one that is applied.
const READ_AHEAD: usize = 2;

/// A segment is read into memory whole, and its room is written with zeros; a larger setting is taken
/// for this.
const MAX_SEGMENT: u64 = 256 << 20;

/// More threads than this do not make the verification of a checkpoint faster than its disk.
const VERIFY_THREADS: usize = 8;

/// A journal folder that this process owns and has not read yet.
#[derive(Debug)]
pub struct Recovery {
    pub(super) conf: LocalJournalConf,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) folder: Folder,
    pub(super) lock: Box<dyn DiskLock>,
    pub(super) format_id: FormatId,
}

/// What a replay found.
#[derive(Debug, Clone, Default)]
pub struct ReplayReport {
    /// The checkpoint that was loaded.
    pub checkpoint: Option<CheckpointInfo>,
    /// Newer checkpoints that could not be used, each with the reason as a sentence.
    pub damaged_checkpoints: Vec<(PathBuf, String)>,
    /// Entries applied after the checkpoint.
    pub entries: u64,
    /// Bytes of log that were read for them.
    pub log_bytes: u64,
    /// Bytes cut from the end of the log: the remains of a write that never became durable.
    pub torn_bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// A journal whose content has been given to the state, ready to be opened for appending.
#[derive(Debug)]
pub struct Replayed {
    recovery: Recovery,
    report: ReplayReport,
    /// The number after the last entry.
    end: u64,
    /// The highest epoch that ever wrote here.
    last_epoch: u64,
    plan: Plan,
    /// The newest segment, if its owner did not complete it.
    tail: Option<(Part, CheckedSegment)>,
}

impl Recovery {
    /// Takes the folder for this process and reads its identity. Blocks.
    ///
    /// # Errors
    /// `NotFormatted`, `InUse`, `Io`, and `Damaged` for a marker that is not ours.
    pub fn begin(
        conf: LocalJournalConf,
        disk: Arc<dyn Disk>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, JournalError> {
        let folder = Folder::new(&conf.folder);
        // Before the lock, which would leave a file in a folder that is not a journal's.
        folder.format_id(disk.as_ref())?;
        let lock = folder.lock(disk.as_ref(), &conf.owner)?;
        // Again, because somebody may have formatted in between.
        let format_id = folder.format_id(disk.as_ref())?;
        Ok(Self {
            conf,
            disk,
            clock,
            folder,
            lock,
            format_id,
        })
    }

    /// Gives everything that is in the journal to the state, which must be fresh: the newest
    /// checkpoint that is whole, then every entry after it. Blocks.
    ///
    /// # Errors
    /// `Damaged`, `Gap`, `NoUsableCheckpoint`, `LogMissing`, `NotUnderstood`, `Io`. The state is
    /// useless then; the folder is as it was.
    pub fn replay(self, state: &mut dyn Journaled) -> Result<Replayed, JournalError> {
        let began = self.clock.monotonic();
        let disk = self.disk.as_ref();
        let plan = plan(self.folder.names(disk, &self.folder.logs)?);
        let Some(first) = plan.first() else {
            return Err(JournalError::LogMissing {
                logs: self.folder.logs.clone(),
            });
        };
        let checkpoints = self.folder.names(disk, &self.folder.checkpoints)?;
        let last_epoch = checkpoints
            .iter()
            .map(|name| name.epoch)
            .chain([plan.last_epoch()])
            .max()
            .unwrap_or(0);
        let mut report = ReplayReport::default();
        let checkpoint = self.choose_checkpoint(&plan, checkpoints, &mut report)?;
        if checkpoint.is_none() && first.start > 0 {
            return Err(JournalError::NoUsableCheckpoint {
                checkpoints: self.folder.checkpoints.clone(),
                log_start: SequenceNumber::from_raw(first.start),
                file: self.folder.logs.join(first.to_string()),
            });
        }
        let from = checkpoint.as_ref().map_or(0, |c| c.info().end.raw());
        let parts = plan.parts_from(from, |name| self.folder.logs.join(name.to_string()))?;
        if let Some(checkpoint) = &checkpoint {
            load(checkpoint, state)?;
            report.checkpoint = Some(checkpoint.info());
        }
        let (end, tail) = self.apply_log(&parts, from, state, &mut report)?;
        report.elapsed = self.clock.monotonic().saturating_sub(began);
        info!(
            checkpoint_end = from,
            entries = report.entries,
            next = end,
            elapsed = ?report.elapsed,
            "journal replayed"
        );
        Ok(Replayed {
            recovery: self,
            report,
            end,
            last_epoch,
            plan,
            tail,
        })
    }

    /// The newest checkpoint that is whole and belongs to the log's history; none when there is none
    /// or the log makes up for those that are damaged.
    fn choose_checkpoint(
        &self,
        plan: &Plan,
        mut names: Vec<FileName>,
        report: &mut ReplayReport,
    ) -> Result<Option<Checkpoint>, JournalError> {
        names.sort_unstable_by_key(|name| std::cmp::Reverse((name.end(), name.epoch)));
        let mut first_error = None;
        for name in names {
            let path = self.folder.checkpoints.join(name.to_string());
            let Some(end) = name.end().filter(|_| name.start == 0) else {
                continue;
            };
            if !plan.is_history(name.epoch, end) {
                warn!(file = %path.display(), "checkpoint of a replaced owner is ignored");
                continue;
            }
            match self.open_whole(&path, &name) {
                Ok(checkpoint) => return Ok(Some(checkpoint)),
                Err(error) => {
                    error!(%error, "checkpoint cannot be used; falling back to an older one");
                    report.damaged_checkpoints.push((path, error.to_string()));
                    first_error.get_or_insert(error);
                }
            }
        }
        match (plan.parts.first(), first_error) {
            // The log is there from the very first entry.
            (Some(part), _) if part.name.start == 0 => Ok(None),
            (Some(_) | None, Some(error)) => Err(error),
            (Some(_) | None, None) => Ok(None),
        }
    }

    fn open_whole(
        &self,
        path: &std::path::Path,
        name: &FileName,
    ) -> Result<Checkpoint, JournalError> {
        let checkpoint = Checkpoint::open(self.disk.as_ref(), path, self.format_id)?;
        if checkpoint.name() != *name {
            return Err(JournalError::damaged(path, 0, DamageKind::NameMismatch));
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        checkpoint.verify(threads.min(VERIFY_THREADS))?;
        Ok(checkpoint)
    }

    /// Applies the entries from `from` on. One thread reads and checks, this one applies.
    fn apply_log(
        &self,
        parts: &[Part],
        from: u64,
        state: &mut dyn Journaled,
        report: &mut ReplayReport,
    ) -> Result<(u64, Option<(Part, CheckedSegment)>), JournalError> {
        let mut end = from;
        let mut tail = None;
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(READ_AHEAD);
            scope.spawn(move || {
                for part in parts {
                    let segment = self.read(part);
                    let is_last = segment.is_err();
                    if sender.send((*part, segment)).is_err() || is_last {
                        return;
                    }
                }
            });
            for (part, segment) in receiver {
                let segment = segment?;
                report.entries += apply_segment(&segment, from, state)?;
                report.log_bytes += segment.bytes_end as u64;
                end = end.max(segment.end);
                if part.stop.is_none() {
                    report.torn_bytes = segment.torn_bytes as u64;
                    tail = Some((part, segment));
                }
            }
            Ok(())
        })?;
        Ok((end, tail))
    }

    fn read(&self, part: &Part) -> Result<CheckedSegment, JournalError> {
        let path = self.folder.logs.join(part.name.to_string());
        read_segment(self.disk.as_ref(), &path, self.format_id, part)
    }
}

fn load(checkpoint: &Checkpoint, state: &mut dyn Journaled) -> Result<(), JournalError> {
    state
        .load_checkpoint(checkpoint)
        .map_err(|reason| JournalError::CheckpointNotUnderstood {
            file: checkpoint.path().to_owned(),
            reason,
        })
}

fn apply_segment(
    segment: &CheckedSegment,
    from: u64,
    state: &mut dyn Journaled,
) -> Result<u64, JournalError> {
    let mut count = 0;
    for (offset, frame) in segment.frames() {
        if frame.sequence_number < from {
            continue;
        }
        let sequence_number = SequenceNumber::from_raw(frame.sequence_number);
        state
            .apply(sequence_number, frame.payload)
            .map_err(|reason| JournalError::NotUnderstood {
                sequence_number,
                file: segment.path.clone(),
                offset,
                reason,
            })?;
        count += 1;
    }
    Ok(count)
}

impl Replayed {
    /// What was found.
    pub fn report(&self) -> &ReplayReport {
        &self.report
    }

    /// The number that the next entry will get.
    pub fn next(&self) -> SequenceNumber {
        SequenceNumber::from_raw(self.end)
    }

    /// Opens the log for appending, in a fresh segment with a new epoch. Blocks.
    ///
    /// # Errors
    /// `Io` when the disk does not take writes. The folder still holds everything.
    pub fn start(mut self) -> Result<LocalJournal, JournalError> {
        let segments = SegmentFolder {
            logs: self.recovery.folder.logs.clone(),
            temporary: self.recovery.folder.temporary.clone(),
            format_id: self.recovery.format_id,
            epoch: self.last_epoch + 1,
            segment_size: self.recovery.conf.segment_size.bytes().min(MAX_SEGMENT),
        };
        self.remove_temporary_files()?;
        self.complete_tail()?;
        let now = self.recovery.clock.now();
        let first = segments.create(self.recovery.disk.as_ref(), self.end, now)?;
        self.tidy()?;
        LocalJournal::start(
            self.recovery,
            Start {
                segments,
                first,
                report: self.report,
                end: self.end,
            },
        )
    }

    fn remove_temporary_files(&self) -> Result<(), JournalError> {
        let (disk, folder) = (self.recovery.disk.as_ref(), &self.recovery.folder);
        for name in folder.list(disk, &folder.temporary)? {
            folder.remove(disk, &folder.temporary.join(name))?;
        }
        Ok(())
    }

    /// Writes the valid part of the last owner's incomplete segment to a complete one. Copying is
    /// what makes it durable: what was just read may have come from memory that a failed sync has
    /// left behind, and syncing the old file again would not write it.
    fn complete_tail(&mut self) -> Result<(), JournalError> {
        let Some((part, segment)) = self.tail.take() else {
            return Ok(());
        };
        if segment.torn_bytes > 0 {
            warn!(
                file = %segment.path.display(),
                offset = segment.bytes_end,
                torn_bytes = segment.torn_bytes,
                "end of the journal is cut: a write that never became durable"
            );
        }
        if segment.end == part.name.start {
            // The fresh segment starts at the same number and takes its place.
            self.plan.dead.push(part.name);
            return Ok(());
        }
        let (disk, folder) = (self.recovery.disk.as_ref(), &self.recovery.folder);
        let name = FileName::sealed(part.name.epoch, part.name.start, segment.end);
        let temporary = folder.temporary.join(name.to_string());
        let file = disk
            .create(&temporary)
            .map_err(JournalError::io("create", &temporary))?;
        file.write_all_at(0, segment.valid_bytes())
            .map_err(JournalError::io("write", &temporary))?;
        file.sync_data()
            .map_err(JournalError::io("sync", &temporary))?;
        let path = folder.logs.join(name.to_string());
        disk.rename(&temporary, &path)
            .map_err(JournalError::io("rename", &temporary))?;
        folder.sync(disk, &folder.logs)?;
        folder.remove(disk, &segment.path)
    }

    /// Gives files their final names and removes those of which nothing counts. Nobody depends on
    /// it, but the folder is easier to read for people.
    fn tidy(&self) -> Result<(), JournalError> {
        let (disk, folder) = (self.recovery.disk.as_ref(), &self.recovery.folder);
        for name in &self.plan.dead {
            info!(file = %name, "journal log of which nothing counts is removed");
            folder.remove(disk, &folder.logs.join(name.to_string()))?;
        }
        for part in &self.plan.parts {
            if let (None, Some(stop)) = (part.name.end(), part.stop) {
                let sealed = FileName::sealed(part.name.epoch, part.name.start, stop);
                let path = folder.logs.join(part.name.to_string());
                disk.rename(&path, &folder.logs.join(sealed.to_string()))
                    .map_err(JournalError::io("rename", &path))?;
            }
        }
        for (path, _) in &self.report.damaged_checkpoints {
            let mut aside = path.clone().into_os_string();
            aside.push(".damaged");
            disk.rename(path, aside.as_ref())
                .map_err(JournalError::io("rename", path))?;
        }
        folder.sync(disk, &folder.logs)
    }
}
