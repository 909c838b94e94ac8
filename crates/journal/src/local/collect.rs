//! What goes when a checkpoint has come: older checkpoints at once, logs after a pause.

use std::time::Duration;

use alluxio_common::Clock;
use parking_lot::Mutex;
use tracing::{info, warn};

use super::folder::Folder;
use crate::disk::Disk;
use crate::error::JournalError;
use crate::segment::plan::plan;

/// How many checkpoints stay. The older one is for the case that the newer one is damaged, so the
/// logs since the older one stay as well.
const KEPT_CHECKPOINTS: usize = 2;

/// Removes what no start will need.
#[derive(Debug)]
pub(super) struct Collector {
    folder: Folder,
    epoch: u64,
    pause: Duration,
    /// When which entries may go: all below the number.
    due: Mutex<Vec<(Duration, u64)>>,
}

impl Collector {
    pub(super) fn new(folder: Folder, epoch: u64, pause: Duration) -> Self {
        Self {
            folder,
            epoch,
            pause,
            due: Mutex::new(Vec::new()),
        }
    }

    /// A checkpoint has become durable, or was found at start: drops all but the newest two, and
    /// plans to drop the logs below the older of these.
    pub(super) fn after_checkpoint(
        &self,
        disk: &dyn Disk,
        clock: &dyn Clock,
    ) -> Result<(), JournalError> {
        if self.is_replaced(disk)? {
            return Ok(());
        }
        let mut names = self.folder.names(disk, &self.folder.checkpoints)?;
        names.sort_unstable_by_key(|name| (name.end(), name.epoch));
        let kept = names.split_off(names.len().saturating_sub(KEPT_CHECKPOINTS));
        for name in names {
            let path = self.folder.checkpoints.join(name.to_string());
            self.folder.remove(disk, &path)?;
        }
        if kept.len() == KEPT_CHECKPOINTS
            && let Some(end) = kept[0].end()
        {
            let mut due = self.due.lock();
            due.push((clock.monotonic() + self.pause, end));
        }
        Ok(())
    }

    /// Drops the logs whose pause is over. A failure is tried again at the next checkpoint.
    pub(super) fn collect_due(&self, disk: &dyn Disk, clock: &dyn Clock) {
        let now = clock.monotonic();
        let mut below = None;
        self.due.lock().retain(|(at, number)| {
            let is_due = *at <= now;
            if is_due {
                below = below.max(Some(*number));
            }
            !is_due
        });
        if let Some(below) = below
            && let Err(error) = self.remove_logs(disk, below)
        {
            warn!(%error, "superfluous journal logs stay for now");
        }
    }

    fn remove_logs(&self, disk: &dyn Disk, below: u64) -> Result<(), JournalError> {
        if self.is_replaced(disk)? {
            return Ok(());
        }
        let plan = plan(self.folder.names(disk, &self.folder.logs)?);
        // The newest stays even when it is complete: it tells how far the log has come.
        let covered = plan
            .parts
            .iter()
            .filter(|part| part.is_below(below) && Some(part.name) != plan.newest);
        let mut count = 0;
        for part in covered {
            let path = self.folder.logs.join(part.name.to_string());
            self.folder.remove(disk, &path)?;
            count += 1;
        }
        if count > 0 {
            info!(count, below, "journal logs removed that checkpoints cover");
        }
        Ok(())
    }

    /// Whether a later owner has started. Then what this one takes for checkpoints may be void, and
    /// it must not touch anything.
    fn is_replaced(&self, disk: &dyn Disk) -> Result<bool, JournalError> {
        let names = self.folder.names(disk, &self.folder.logs)?;
        Ok(names.iter().any(|name| name.epoch > self.epoch))
    }
}
