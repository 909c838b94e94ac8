//! [`MetricsLayer`]: tells what every call did and how long it took.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alluxio_common::Clock;
use futures::future::BoxFuture;

use super::layered::{Call, Layer, Payload};
use crate::{UfsError, UfsErrorKind, UfsOperation};

/// A call that has ended.
#[derive(Debug, Clone, Copy)]
pub struct UfsEvent {
    /// What was called.
    pub operation: UfsOperation,
    /// How long it took.
    pub elapsed: Duration,
    /// How many bytes of content went either way.
    pub bytes: u64,
    /// How it failed, if it did.
    pub error: Option<UfsErrorKind>,
}

/// Receives events; called on the path of every call, so it must be quick.
pub trait UfsMetrics: Send + Sync + fmt::Debug {
    /// A call has ended.
    fn record(&self, event: &UfsEvent);
}

/// Reports every call and every piece of a stream.
#[derive(Debug)]
pub struct MetricsLayer {
    metrics: Arc<dyn UfsMetrics>,
    clock: Arc<dyn Clock>,
}

impl MetricsLayer {
    /// A layer that reports to `metrics`.
    pub fn new(metrics: Arc<dyn UfsMetrics>, clock: Arc<dyn Clock>) -> Self {
        Self { metrics, clock }
    }
}

impl Layer for MetricsLayer {
    async fn around<'a, T, F>(&'a self, call: Call<'a>, attempt: F) -> Result<T, UfsError>
    where
        T: Payload + 'a,
        F: Fn() -> BoxFuture<'a, Result<T, UfsError>> + Send + Sync + 'a,
    {
        self.around_once(call, attempt()).await
    }

    async fn around_once<'a, T: Payload + 'a>(
        &'a self,
        call: Call<'a>,
        attempt: BoxFuture<'a, Result<T, UfsError>>,
    ) -> Result<T, UfsError> {
        let since = self.clock.monotonic();
        let answer = attempt.await;
        let (bytes, error) = match &answer {
            Ok(payload) => (call.bytes + payload.bytes(), None),
            Err(error) => (0, Some(error.kind())),
        };
        self.metrics.record(&UfsEvent {
            operation: call.operation,
            elapsed: self.clock.monotonic().saturating_sub(since),
            bytes,
            error,
        });
        answer
    }
}

/// Sums of events, for the metrics of a process and for tests.
#[derive(Debug, Default)]
pub struct UfsCounters {
    cells: [Cell; UfsOperation::ALL.len()],
}

#[derive(Debug, Default)]
struct Cell {
    calls: AtomicU64,
    errors: AtomicU64,
    bytes: AtomicU64,
    micros: AtomicU64,
}

/// The sums of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UfsCount {
    /// Calls that ended, well or not.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Bytes of content that went either way.
    pub bytes: u64,
    /// The time of all calls together.
    pub elapsed: Duration,
}

impl UfsCounters {
    /// The sums of an operation.
    pub fn of(&self, operation: UfsOperation) -> UfsCount {
        let cell = &self.cells[operation.index()];
        UfsCount {
            calls: cell.calls.load(Ordering::Relaxed),
            errors: cell.errors.load(Ordering::Relaxed),
            bytes: cell.bytes.load(Ordering::Relaxed),
            elapsed: Duration::from_micros(cell.micros.load(Ordering::Relaxed)),
        }
    }
}

impl UfsMetrics for UfsCounters {
    fn record(&self, event: &UfsEvent) {
        let cell = &self.cells[event.operation.index()];
        let micros = u64::try_from(event.elapsed.as_micros()).unwrap_or(u64::MAX);
        cell.calls.fetch_add(1, Ordering::Relaxed);
        cell.errors
            .fetch_add(u64::from(event.error.is_some()), Ordering::Relaxed);
        cell.bytes.fetch_add(event.bytes, Ordering::Relaxed);
        cell.micros.fetch_add(micros, Ordering::Relaxed);
    }
}
