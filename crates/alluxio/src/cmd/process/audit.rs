//! The audit log of the master: a file of its own, written by a thread of its own.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
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
    clock: Arc<dyn Clock>,
    dates: DateFormat,
}

impl AuditFile {
    /// Opens the file. Up to `capacity` lines may wait for the disk; the calls of users do not wait
    /// for it, so lines beyond that are lost.
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
        Ok(Self {
            lines,
            clock,
            dates: DateFormat::new(DATE),
        })
    }
}

impl AuditLog for AuditFile {
    fn record(&self, record: &AuditRecord<'_>) {
        let time = self.dates.local(self.clock.now());
        self.lines
            .try_send(format!("{time} INFO  AUDIT_LOG - {record}\n"))
            .ok();
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

    #[test]
    fn a_call_becomes_a_line_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, receiver) = sync_channel(1);
        let audit = AuditFile {
            lines: sender,
            clock: SystemClock::shared(),
            dates: DateFormat::new(DATE),
        };
        audit.record(&AuditRecord {
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
        });
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
