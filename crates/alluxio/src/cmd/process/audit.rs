//! The audit log of the master: a file of its own, written by a thread of its own.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use alluxio_common::Clock;
use alluxio_common::logging::{RollingFile, RollingLimits};
use alluxio_master::audit::{AuditLog, AuditRecord};

use crate::text::DateFormat;

/// The file in the log folder.
pub(super) const FILE: &str = "master_audit.log";

const DATE: &str = "yyyy-MM-dd HH:mm:ss,SSS";

/// Hands lines to the thread that writes them.
#[derive(Debug)]
pub(super) struct AuditFile {
    lines: SyncSender<String>,
    /// Lines that were lost, and not told of yet.
    lost: AtomicU64,
    clock: Arc<dyn Clock>,
    dates: DateFormat,
}

impl AuditFile {
    /// Opens the file. Up to `capacity` lines may wait for the disk; the calls of users do not wait
    /// for it, so lines beyond that are lost; the file says how many.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn open(
        folder: &Path,
        capacity: usize,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let file = RollingFile::open(&folder.join(FILE), RollingLimits::default())?;
        let (lines, waiting) = sync_channel(capacity.max(1));
        thread::Builder::new()
            .name("audit log".to_owned())
            .spawn(move || write_all(file, &waiting))?;
        Ok(Self::writing_to(lines, clock))
    }

    fn writing_to(lines: SyncSender<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            lines,
            lost: AtomicU64::new(0),
            clock,
            dates: DateFormat::new(DATE),
        }
    }

    /// Tells how many lines were lost since it was told last; whether there was room for that.
    fn tell_lost(&self, time: &str) -> bool {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost == 0 {
            return true;
        }
        let line = format!("{time} WARN  AUDIT_LOG - {lost} lines were lost\n");
        let is_told = self.lines.try_send(line).is_ok();
        if !is_told {
            self.lost.fetch_add(lost, Ordering::Relaxed);
        }
        is_told
    }
}

impl AuditLog for AuditFile {
    fn record(&self, record: &AuditRecord<'_>) {
        let time = self.dates.local(self.clock.now());
        let line = format!("{time} INFO  AUDIT_LOG - {record}\n");
        if !self.tell_lost(&time) || self.lines.try_send(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Ends when the master has ended, and with it the sender.
fn write_all(mut file: RollingFile, lines: &Receiver<String>) {
    while let Ok(line) = lines.recv() {
        if let Err(error) = file.write_all(line.as_bytes()) {
            tracing::warn!(%error, "audit line was lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alluxio_common::SystemClock;

    use super::*;

    const RECORD: AuditRecord<'_> = AuditRecord {
        succeeded: true,
        allowed: true,
        user: "alice",
        group: "staff",
        peer: None,
        command: "mkdir",
        source: Some("/a"),
        target: None,
        permission: None,
        elapsed: Duration::from_micros(7),
    };

    #[test]
    fn lines_that_are_lost_are_counted_in_the_file() {
        let (sender, receiver) = sync_channel(2);
        let audit = AuditFile::writing_to(sender, SystemClock::shared());
        for _ in 0..5 {
            audit.record(&RECORD);
        }
        assert_eq!(receiver.try_iter().count(), 2);
        audit.record(&RECORD);
        let told: Vec<String> = receiver.try_iter().collect();
        assert!(
            told[0].ends_with(" WARN  AUDIT_LOG - 3 lines were lost\n"),
            "{told:?}"
        );
        assert!(told[1].contains("cmd=mkdir"), "{told:?}");
    }

    #[test]
    fn a_call_becomes_a_line_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, receiver) = sync_channel(1);
        let audit = AuditFile::writing_to(sender, SystemClock::shared());
        audit.record(&RECORD);
        drop(audit);
        let path = folder.path().join(FILE);
        let file = RollingFile::open(&path, RollingLimits::default()).unwrap();
        write_all(file, &receiver);
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(" INFO  AUDIT_LOG - succeeded=true\tallowed=true\tugi=alice,staff"));
        assert!(
            text.ends_with(
                "cmd=mkdir\tsrc=/a\tdst=null\tperm=null\texecutionTimeUs=7\tproto=rpc\n"
            )
        );
    }
}
