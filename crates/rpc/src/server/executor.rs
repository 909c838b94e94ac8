//! Where the calls of a connection run.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Waker};

use hyper::rt::Executor;
use hyper_util::rt::TokioExecutor;

/// Runs a call at once, on the task of its connection, up to the first point where it waits; only
/// what waits becomes a task of its own.
///
/// Most calls of a master wait for nothing. Run like this, the answers to all requests that came
/// with one read leave with one write, and no other thread is woken: together that halves what such
/// a call costs. A call that computes for long, or answers with a stream, must not hold up its
/// neighbours: the router lets it wait once at the very beginning.
#[derive(Debug, Clone, Copy)]
pub(super) struct EagerExecutor;

impl<F> Executor<F> for EagerExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, call: F) {
        let mut call = Box::pin(call);
        // Nobody is to be woken: a call that waits is polled again by its own task right away.
        let mut context = Context::from_waker(Waker::noop());
        // A panic ends this call and resets its stream. It must not end the connection.
        let first = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut context)));
        match first {
            Ok(polled) if polled.is_ready() => {}
            Ok(_waits) => TokioExecutor::new().execute(call),
            Err(_panic) => tracing::error!("a call panicked"),
        }
    }
}
