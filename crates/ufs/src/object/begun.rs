//! [`Begun`]: a request that goes on by itself while nobody looks at it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use alluxio_common::Tasks;
use futures::future::{AbortHandle, abortable};
use tokio::sync::oneshot;

use super::ObjectError;
use crate::UfsErrorKind;

/// A request as a task of its own: it connects, sends and receives whether or not its result is
/// being waited for. Dropping it gives it up.
#[derive(Debug)]
pub(super) struct Begun<T> {
    answer: oneshot::Receiver<Result<T, ObjectError>>,
    abort: AbortHandle,
}

impl<T: Send + 'static> Begun<T> {
    /// Begins `work` at once.
    pub(super) fn new<F>(tasks: &Tasks, name: &'static str, work: F) -> Self
    where
        F: Future<Output = Result<T, ObjectError>> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let (work, abort) = abortable(work);
        drop(tasks.spawn(name, async move {
            if let Ok(done) = work.await {
                // Whoever began it may be gone.
                let _unread = sender.send(done);
            }
        }));
        Self { answer, abort }
    }
}

impl<T> Future for Begun<T> {
    type Output = Result<T, ObjectError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answer).poll(context).map(|answer| {
            answer.unwrap_or_else(|_gone| {
                Err(ObjectError {
                    kind: UfsErrorKind::Unavailable,
                    reason: "This process is stopping".to_owned(),
                    property: None,
                })
            })
        })
    }
}

impl<T> Drop for Begun<T> {
    fn drop(&mut self) {
        // Nobody wants the rest of it.
        self.abort.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn what_has_begun_goes_on_until_it_is_dropped() {
        let (tasks, go_on) = (Tasks::new(), Arc::new(Notify::new()));
        let (seen, is_over) = oneshot::channel::<()>();
        let (told, mut has_ended) = oneshot::channel();
        let notified = Arc::clone(&go_on);
        let first = Begun::new(&tasks, "test", async move {
            notified.notified().await;
            let _unread = told.send(());
            Ok(7)
        });
        let second = Begun::<()>::new(&tasks, "test", async move {
            let _dropped_with_this = seen;
            std::future::pending().await
        });
        go_on.notify_one();
        // Nobody has asked for the result.
        (&mut has_ended).await.unwrap();
        assert_eq!(first.await.unwrap(), 7);
        drop(second);
        is_over.await.unwrap_err();
    }
}
