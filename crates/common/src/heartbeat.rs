//! [`Heartbeat`]: work that is done again and again.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::time::MissedTickBehavior;
use tracing::error;

use crate::Tasks;

/// Runs one piece of work at an interval, never twice at once; a slow round delays the next one.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    name: &'static str,
    interval: Duration,
    panic: Panic,
}

/// What a panic in a round means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Panic {
    EndsTheRound,
    EndsTheProcess,
}

impl Heartbeat {
    /// A heartbeat of this name; an interval of zero is taken as one millisecond. A round that panics
    /// is told of in the log, and the next one comes in its time.
    pub fn new(name: &'static str, interval: Duration) -> Self {
        Self {
            name,
            interval: interval.max(Duration::from_millis(1)),
            panic: Panic::EndsTheRound,
        }
    }

    /// One that the process cannot do without: a panic in a round ends the process.
    pub fn vital(name: &'static str, interval: Duration) -> Self {
        Self {
            panic: Panic::EndsTheProcess,
            ..Self::new(name, interval)
        }
    }

    /// Starts it. The first round comes at once.
    pub fn start<F, Fut>(self, tasks: &Tasks, mut round: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send,
    {
        let Self {
            name,
            interval,
            panic,
        } = self;
        let rounds = async move {
            let mut ticks = tokio::time::interval(interval);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                // The round itself says what it leaves behind: no lock, and nothing half done.
                let round = AssertUnwindSafe(async { round().await });
                match panic {
                    Panic::EndsTheProcess => round.await,
                    Panic::EndsTheRound => {
                        if round.catch_unwind().await.is_err() {
                            error!(task = name, "a round panicked");
                        }
                    }
                }
            }
        };
        match panic {
            Panic::EndsTheRound => drop(tasks.spawn(name, rounds)),
            Panic::EndsTheProcess => drop(tasks.spawn_vital(name, rounds)),
        }
    }
}
