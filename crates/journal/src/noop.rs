//! [`NoopJournal`]: numbers entries and forgets them. For benchmarks and for tests of what stands
//! above a journal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alluxio_common::{Clock, SequenceNumber};
use async_trait::async_trait;

use crate::checkpoint::{CheckpointInfo, CheckpointSource};
use crate::error::JournalError;
use crate::journal::{Health, Journal, JournalStatus};
use crate::progress::{Progress, ProgressLimits};

/// A journal that keeps nothing: every entry counts as durable at once, and a restart finds none.
#[derive(Debug)]
pub struct NoopJournal {
    clock: Arc<dyn Clock>,
    progress: Progress,
    next: AtomicU64,
}

impl NoopJournal {
    /// An empty one.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let limits = ProgressLimits {
            flush_timeout: Duration::MAX,
            patience: Duration::ZERO,
            queue_limit: usize::MAX,
        };
        Self {
            progress: Progress::new(Arc::clone(&clock), limits, SequenceNumber::ZERO),
            clock,
            next: AtomicU64::new(0),
        }
    }
}

#[async_trait]
impl Journal for NoopJournal {
    fn progress(&self) -> &Progress {
        &self.progress
    }

    fn append(&self, _payload: &[u8]) -> Result<SequenceNumber, JournalError> {
        if self.progress.health() == Health::Closed {
            return Err(JournalError::Closed);
        }
        let sequence_number = SequenceNumber::from_raw(self.next.fetch_add(1, Ordering::AcqRel));
        self.progress.advance(sequence_number.next(), 0);
        Ok(sequence_number)
    }

    async fn write_checkpoint(
        &self,
        source: Box<dyn CheckpointSource>,
    ) -> Result<CheckpointInfo, JournalError> {
        Ok(CheckpointInfo {
            end: source.end(),
            written_at: self.clock.now(),
            length_bytes: 0,
            file: None,
        })
    }

    fn is_checkpoint_due(&self) -> bool {
        false
    }

    fn status(&self) -> JournalStatus {
        let next = SequenceNumber::from_raw(self.next.load(Ordering::Acquire));
        JournalStatus {
            epoch: 0,
            next,
            durable_end: next,
            queued_bytes: 0,
            entries_since_checkpoint: 0,
            bytes_since_checkpoint: 0,
            last_checkpoint: None,
            flushes: 0,
            flush_failures: 0,
            flush_time: Duration::ZERO,
            health: self.progress.health(),
        }
    }

    async fn close(&self) -> Result<(), JournalError> {
        self.progress.set_health(Health::Closed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::SystemClock;

    use super::*;
    use crate::contract::{Memory, Opened, Place, Recorder, check_all};

    struct Nowhere;

    #[async_trait]
    impl Place for Nowhere {
        async fn open(&self) -> Opened {
            Opened {
                journal: Arc::new(NoopJournal::new(SystemClock::shared())),
                replayed: Recorder::default(),
            }
        }

        fn memory(&self) -> Memory {
            Memory::Nothing
        }
    }

    #[tokio::test]
    async fn a_journal_that_keeps_nothing_keeps_the_contract() {
        check_all(|| Nowhere).await;
    }
}
