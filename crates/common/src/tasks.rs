//! [`Tasks`]: the background work of one process; named, supervised, and stopped together.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, error, info_span};

use crate::AbortOnPanic;

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

    /// Runs a loop that the process cannot do without: a panic in it ends the process, which is then
    /// seen and started again, instead of going on without the loop.
    pub fn spawn_vital<F>(&self, name: &'static str, future: F) -> tokio::task::JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.spawn(name, async move {
            let _process = AbortOnPanic::when("a loop that must go on has panicked");
            future.await;
        })
    }

    /// Runs work that must not stop in the middle when whoever waits for it goes away: what is left
    /// of it then goes on as a task. It costs one allocation when nobody goes away.
    pub fn to_the_end<F>(&self, name: &'static str, work: F) -> ToTheEnd<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        ToTheEnd {
            name,
            tasks: self.clone(),
            work: Some(Box::pin(work)),
        }
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

/// Work that goes on as a task when it is dropped before its end. See [`Tasks::to_the_end`].
pub struct ToTheEnd<T: Send + 'static> {
    name: &'static str,
    tasks: Tasks,
    /// Gone once it has ended.
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
}

impl<T: Send + 'static> fmt::Debug for ToTheEnd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToTheEnd")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Future for ToTheEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(work) = self.work.as_mut() else {
            return Poll::Pending;
        };
        let polled = work.as_mut().poll(context);
        if polled.is_ready() {
            self.work = None;
        }
        polled
    }
}

impl<T: Send + 'static> ToTheEnd<T> {
    /// Drops what is left of the work, as it has not begun yet.
    pub fn abandon(&mut self) {
        self.work = None;
    }
}

impl<T: Send + 'static> Drop for ToTheEnd<T> {
    fn drop(&mut self) {
        // After the tasks have been told to stop, the work stops with them.
        if let Some(work) = self.work.take()
            && !self.tasks.token.is_cancelled()
            && tokio::runtime::Handle::try_current().is_ok()
        {
            self.tasks.spawn(self.name, async move {
                drop(work.await);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::*;
    use crate::Heartbeat;
    use tokio::sync::oneshot;

    const SIGABRT: i32 = 6;

    /// Runs in a process of its own, for the test below.
    #[tokio::test]
    #[ignore = "it ends its process"]
    async fn a_vital_loop_panics() {
        let vital = Tasks::new().spawn_vital("test", async { panic!("a loop breaks") });
        vital.await.unwrap();
    }

    /// Runs in a process of its own, for the test below.
    #[tokio::test]
    #[ignore = "it ends its process"]
    async fn a_vital_heartbeat_panics() {
        let tasks = Tasks::new();
        let interval = std::time::Duration::from_millis(1);
        Heartbeat::vital("test", interval).start(&tasks, || async { panic!("a round breaks") });
        std::future::pending::<()>().await;
    }

    #[test]
    fn a_panic_in_a_loop_that_must_go_on_ends_the_process() {
        for name in ["a_vital_loop_panics", "a_vital_heartbeat_panics"] {
            let process = Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", &format!("tasks::tests::{name}")])
                .output()
                .unwrap();
            assert_eq!(process.status.signal(), Some(SIGABRT), "{process:?}");
        }
    }

    #[tokio::test]
    async fn a_heartbeat_that_panics_has_a_next_round() {
        let (done, mut rounds) = tokio::sync::mpsc::channel(1);
        let mut count = 0;
        let interval = std::time::Duration::from_millis(1);
        Heartbeat::new("test", interval).start(&Tasks::new(), move || {
            count += 1;
            assert!(count > 1, "the first round breaks");
            let _is_full = done.try_send(count);
            std::future::ready(())
        });
        assert_eq!(rounds.recv().await, Some(2));
    }

    #[tokio::test]
    async fn a_panic_in_another_task_ends_that_task_alone() {
        let task = Tasks::new().spawn("test", async { panic!("this one breaks") });
        task.await.unwrap();
    }

    #[tokio::test]
    async fn work_goes_on_when_nobody_waits_for_it_any_more() {
        let tasks = Tasks::new();
        let (go_on, waiting) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        let mut work = tasks.to_the_end("test", async move {
            waiting.await.unwrap();
            done.send(7).unwrap();
        });
        assert!(futures_poll_once(&mut work).await.is_pending());
        drop(work);
        go_on.send(()).unwrap();
        assert_eq!(is_done.await, Ok(7));
    }

    #[tokio::test]
    async fn work_that_has_ended_is_not_run_again() {
        let tasks = Tasks::new();
        assert_eq!(tasks.to_the_end("test", async { 3 }).await, 3);
        tasks.shutdown().await;
    }

    async fn futures_poll_once<T: Send>(work: &mut ToTheEnd<T>) -> Poll<T> {
        std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut *work).poll(context))).await
    }
}
