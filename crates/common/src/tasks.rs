//! [`Tasks`]: the background work of one process; named, supervised, and stopped together.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, error, info_span};

/// Spawns the tasks of one process (or of one part of it) and stops them together.
///
/// A task ends when its future ends or when [`Tasks::shutdown`] is called; then its future is
/// dropped at the next `.await`, so clean-up belongs into `Drop` or must listen to [`Tasks::token`].
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    token: CancellationToken,
}

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `future` until it ends or the process stops. A panic is logged with the task's name.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that spawns"
    )]
    pub fn spawn<F>(&self, name: &'static str, future: F) -> tokio::task::JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let token = self.token.clone();
        let supervised = async move {
            let inner = tokio::spawn(async move {
                tokio::select! {
                    () = token.cancelled() => {}
                    () = future => {}
                }
            });
            if let Err(join_error) = inner.await
                && join_error.is_panic()
            {
                error!(task = name, "task panicked");
            }
        };
        tokio::spawn(
            self.tracker
                .track_future(supervised.instrument(info_span!("task", name))),
        )
    }

    /// Cancelled when the process stops; for work that wants to finish in its own way.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Tells every task to stop, and waits until all have.
    pub async fn shutdown(&self) {
        self.token.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
