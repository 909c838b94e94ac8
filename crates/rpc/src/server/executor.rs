//! Where the calls of a connection run.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use futures::future::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use hyper::rt::Executor;
use hyper_util::rt::TokioExecutor;
use parking_lot::Mutex;

/// A call that has been begun, waits, and never panics to the outside.
type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a call at once, on the task of its connection, up to the first point where it waits.
///
/// Most calls of a master wait for nothing. Run like this, the answers to all requests that came
/// with one read leave with one write, and no other thread is woken: together that halves what such
/// a call costs. A call that computes for long, or answers with a stream, must not hold up its
/// neighbours: the router lets it wait once at the very beginning.
///
/// What waits becomes a task of its own, unless the router says that it is [`Place::Connection`]:
/// then it goes on in [`Calls`].
#[derive(Debug, Clone)]
pub(super) struct EagerExecutor {
    handover: Arc<Handover>,
}

/// Where a call goes on after it has waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On a task of its own, on any thread.
    OwnTask,
    /// On the task of its connection: for calls that wait for the journal with many others, and
    /// then do nothing but answer. One sync of the journal ends a crowd of them, so one task is
    /// woken instead of a crowd, and the answers leave with one write.
    Connection,
}

/// What passes from the executor and the router of a connection to its task. All three run on that
/// task, one after the other, so nothing here is ever contended.
#[derive(Debug, Default)]
pub(super) struct Handover {
    /// Whether the call that is executed next stays with the connection.
    next_stays: AtomicBool,
    begun: Mutex<Begun>,
}

#[derive(Default)]
struct Begun(Vec<Waiting>);

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} calls", self.0.len())
    }
}

impl Handover {
    /// Says where the call goes on that is executed next.
    pub(super) fn place_next(&self, place: Place) {
        self.next_stays
            .store(place == Place::Connection, Ordering::Relaxed);
    }
}

impl EagerExecutor {
    pub(super) fn new(handover: Arc<Handover>) -> Self {
        Self { handover }
    }
}

impl<F> Executor<F> for EagerExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, call: F) {
        // A panic ends this call and resets its stream. It must not end the connection.
        let call = AssertUnwindSafe(call).catch_unwind().map(|ended| {
            if ended.is_err() {
                tracing::error!("a call panicked");
            }
        });
        let mut call: Waiting = Box::pin(call);
        let stays = self.handover.next_stays.swap(false, Ordering::Relaxed);
        // Nobody is to be woken: a call that waits is polled again right away, by whoever has it
        // then.
        let mut context = Context::from_waker(Waker::noop());
        if call.as_mut().poll(&mut context).is_ready() {
            return;
        }
        if stays {
            self.handover.begun.lock().0.push(call);
        } else {
            TokioExecutor::new().execute(call);
        }
    }
}

/// The calls of a connection that wait on its own task.
///
/// There are at most as many as the connection may have streams.
#[derive(Debug)]
pub(super) struct Calls {
    handover: Arc<Handover>,
    waiting: FuturesUnordered<Waiting>,
}

impl Calls {
    pub(super) fn new(handover: Arc<Handover>) -> Self {
        Self {
            handover,
            waiting: FuturesUnordered::new(),
        }
    }

    /// Takes over the calls that have begun to wait, and lets those go on that were woken. A call
    /// that ends wakes the connection, which then sends its answer.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) {
        self.waiting.extend(self.handover.begun.lock().0.drain(..));
        while let Poll::Ready(Some(())) = self.waiting.poll_next_unpin(context) {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio::sync::oneshot;

    use super::*;

    fn parts() -> (EagerExecutor, Arc<Handover>, Calls) {
        let handover = Arc::<Handover>::default();
        (
            EagerExecutor::new(Arc::clone(&handover)),
            Arc::clone(&handover),
            Calls::new(handover),
        )
    }

    /// A call that waits for the sender and then counts itself.
    fn waits(ended: &Arc<AtomicUsize>) -> (oneshot::Sender<()>, impl Future<Output = ()> + use<>) {
        let (go_on, waiting) = oneshot::channel();
        let ended = Arc::clone(ended);
        let call = async move {
            waiting.await.expect("the test sends");
            ended.fetch_add(1, Ordering::Relaxed);
        };
        (go_on, call)
    }

    #[test]
    fn a_call_that_stays_goes_on_when_its_connection_is_polled() {
        let (executor, handover, mut calls) = parts();
        let ended = Arc::new(AtomicUsize::new(0));
        let (go_on, call) = waits(&ended);
        handover.place_next(Place::Connection);
        executor.execute(call);
        let (waker, woken) = futures_test_waker();
        let mut context = Context::from_waker(&waker);
        calls.poll(&mut context);
        assert_eq!(ended.load(Ordering::Relaxed), 0);
        let before = woken.load(Ordering::Relaxed);
        go_on.send(()).expect("the call waits");
        assert!(
            woken.load(Ordering::Relaxed) > before,
            "the connection is woken"
        );
        calls.poll(&mut context);
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn the_choice_of_a_place_holds_for_one_call() {
        let (executor, handover, mut calls) = parts();
        let ended = Arc::new(AtomicUsize::new(0));
        handover.place_next(Place::Connection);
        executor.execute(async {});
        let (go_on, call) = waits(&ended);
        let (done, is_done) = oneshot::channel();
        executor.execute(async move {
            call.await;
            done.send(()).expect("the test waits");
        });
        go_on.send(()).expect("the call waits");
        is_done
            .await
            .expect("it became a task, although nobody polls the connection");
        assert_eq!(ended.load(Ordering::Relaxed), 1);
        calls.poll(&mut Context::from_waker(Waker::noop()));
    }

    #[test]
    fn a_call_that_panics_after_it_has_waited_ends_alone() {
        let (executor, handover, mut calls) = parts();
        let ended = Arc::new(AtomicUsize::new(0));
        let (fail, failing) = oneshot::channel::<()>();
        let (go_on, call) = waits(&ended);
        handover.place_next(Place::Connection);
        executor.execute(async move {
            drop(failing.await);
            panic!("as the test wants");
        });
        handover.place_next(Place::Connection);
        executor.execute(call);
        let mut context = Context::from_waker(Waker::noop());
        calls.poll(&mut context);
        drop(fail);
        go_on.send(()).expect("the call waits");
        calls.poll(&mut context);
        assert_eq!(ended.load(Ordering::Relaxed), 1, "its neighbour goes on");
    }

    /// A waker that counts.
    fn futures_test_waker() -> (Waker, Arc<AtomicUsize>) {
        struct Count(Arc<AtomicUsize>);
        impl std::task::Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let count = Arc::new(AtomicUsize::new(0));
        (Waker::from(Arc::new(Count(Arc::clone(&count)))), count)
    }
}
