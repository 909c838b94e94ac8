//! [`Heartbeat`]: work that is done again and again.

use std::future::Future;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::Tasks;

/// Runs one piece of work at an interval, never twice at once; a slow round delays the next one.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    name: &'static str,
    interval: Duration,
}

impl Heartbeat {
    /// A heartbeat of this name; an interval of zero is taken as one millisecond.
    pub fn new(name: &'static str, interval: Duration) -> Self {
        Self {
            name,
            interval: interval.max(Duration::from_millis(1)),
        }
    }

    /// Starts it. The first round comes at once. A panic in a round ends the process.
    pub fn start<F, Fut>(self, tasks: &Tasks, mut round: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send,
    {
        tasks.spawn_vital(self.name, async move {
            let mut ticks = tokio::time::interval(self.interval);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                round().await;
            }
        });
    }
}
