//! The background task that writes a checkpoint whenever one is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use alluxio_common::{Heartbeat, Tasks};
use tracing::error;

use super::source::CheckpointSource;
use crate::journal::Journal;

/// How often it is asked whether a checkpoint is due.
const INTERVAL: Duration = Duration::from_secs(1);

/// After a failure so many rounds pass: a disk that refused a large file will hardly take it at once,
/// and the log must not compete with vain attempts.
const ROUNDS_AFTER_FAILURE: u32 = 60;

/// Starts the task. `new_source` is called when a checkpoint is due; it should take the state's lock
/// only to note where the view begins.
pub fn start_checkpoints<F>(journal: Arc<dyn Journal>, tasks: &Tasks, new_source: F)
where
    F: Fn() -> Box<dyn CheckpointSource> + Send + Sync + 'static,
{
    let shared = Arc::new((journal, new_source, AtomicU32::new(0)));
    Heartbeat::new("journal-checkpoints", INTERVAL).start(tasks, move || {
        let shared = Arc::clone(&shared);
        async move {
            let (journal, new_source, rounds_to_skip) = shared.as_ref();
            let left = rounds_to_skip.load(Ordering::Relaxed);
            if left > 0 {
                rounds_to_skip.store(left - 1, Ordering::Relaxed);
                return;
            }
            if !journal.is_checkpoint_due() {
                return;
            }
            if let Err(error) = journal.write_checkpoint(new_source()).await {
                error!(%error, "checkpoint was not written; the log goes on growing");
                rounds_to_skip.store(ROUNDS_AFTER_FAILURE, Ordering::Relaxed);
            }
        }
    });
}
