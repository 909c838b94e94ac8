//! [`Checkpoints`]: writes one when enough has been logged, or when somebody asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use alluxio_common::{Heartbeat, Tasks};
use async_trait::async_trait;
use tracing::error;

use crate::error::FileSystemError;
use crate::file_system::FileSystemMaster;
use crate::rpc::CheckpointNow;

/// How often it is asked whether a checkpoint is due. Asking costs a few loads.
const INTERVAL: Duration = Duration::from_secs(1);

/// After a failure so many rounds pass: a disk that refused a large file will hardly take it at
/// once, and the log must not compete with vain attempts.
const ROUNDS_AFTER_FAILURE: u32 = 60;

/// Writes checkpoints while the namespace goes on changing.
#[derive(Debug)]
pub(super) struct Checkpoints {
    files: Arc<FileSystemMaster>,
    rounds_to_skip: AtomicU32,
}

impl Checkpoints {
    pub(super) fn of(files: Arc<FileSystemMaster>) -> Arc<Self> {
        Arc::new(Self {
            files,
            rounds_to_skip: AtomicU32::new(0),
        })
    }

    /// Starts to write one whenever it is due.
    pub(super) fn start(self: &Arc<Self>, tasks: &Tasks) {
        let checkpoints = Arc::clone(self);
        Heartbeat::vital("journal checkpoints", INTERVAL).start(tasks, move || {
            let checkpoints = Arc::clone(&checkpoints);
            async move { checkpoints.round().await }
        });
    }

    async fn round(&self) {
        let left = self.rounds_to_skip.load(Ordering::Relaxed);
        if left > 0 {
            self.rounds_to_skip.store(left - 1, Ordering::Relaxed);
            return;
        }
        if !self.files.journal().is_checkpoint_due() {
            return;
        }
        if let Err(error) = self.checkpoint_now().await {
            error!(%error, "checkpoint was not written; the log goes on growing");
            self.rounds_to_skip
                .store(ROUNDS_AFTER_FAILURE, Ordering::Relaxed);
        }
    }
}

#[async_trait]
impl CheckpointNow for Checkpoints {
    async fn checkpoint_now(&self) -> Result<(), FileSystemError> {
        let checkpoint = self.files.begin_checkpoint()?;
        let journal = self.files.journal();
        journal.write_checkpoint(Box::new(checkpoint)).await?;
        Ok(())
    }
}
