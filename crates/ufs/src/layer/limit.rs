//! [`LimitLayer`]: spares a store that cannot take everything at once.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::Clock;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::layered::{Call, Layer, Payload};
use crate::UfsError;

/// How much a store is asked at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls under way at the same time, at least one.
    pub concurrent_calls: usize,
    /// Calls that begin in a second; `None` for any number.
    pub calls_per_second: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent_calls: 256,
            calls_per_second: None,
        }
    }
}

/// Lets calls and pieces of streams wait for their turn, in the order in which they came. A stream
/// that nobody reads or writes takes up nothing.
#[derive(Debug)]
pub struct LimitLayer {
    turns: Semaphore,
    pace: Option<Pace>,
}

#[derive(Debug)]
struct Pace {
    interval: Duration,
    clock: Arc<dyn Clock>,
    /// When the next call may begin.
    next: Mutex<Duration>,
}

impl LimitLayer {
    /// A layer with these limits.
    pub fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let pace = limits.calls_per_second.map(|calls| Pace {
            interval: Duration::from_secs(1) / calls.max(1),
            next: Mutex::new(clock.monotonic()),
            clock,
        });
        let turns = limits.concurrent_calls.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            turns: Semaphore::new(turns),
            pace,
        }
    }
}

impl Pace {
    /// Takes the next free place in time and waits for it.
    async fn wait(&self) {
        let now = self.clock.monotonic();
        let begin = {
            let mut next = self.next.lock();
            let begin = (*next).max(now);
            *next = begin + self.interval;
            begin
        };
        if begin > now {
            tokio::time::sleep(begin - now).await;
        }
    }
}

impl Layer for LimitLayer {
    async fn around<'a, T, F>(&'a self, call: Call<'a>, attempt: F) -> Result<T, UfsError>
    where
        T: Payload + 'a,
        F: Fn() -> BoxFuture<'a, Result<T, UfsError>> + Send + Sync + 'a,
    {
        self.around_once(call, attempt()).await
    }

    async fn around_once<'a, T: Payload + 'a>(
        &'a self,
        _call: Call<'a>,
        attempt: BoxFuture<'a, Result<T, UfsError>>,
    ) -> Result<T, UfsError> {
        if let Some(pace) = &self.pace {
            pace.wait().await;
        }
        let turn = self.turns.acquire().await;
        let _turn = turn.expect("the semaphore is never closed");
        attempt.await
    }
}
