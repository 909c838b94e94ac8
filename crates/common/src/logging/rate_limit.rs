//! [`RateLimit`]: a warning that repeats is written once in a while, with how often it was left out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::Clock;

/// Keys that are remembered; with more, all may speak again. Keys may come from clients.
const KEY_LIMIT: usize = 1_000;

/// Lets one of many equal events through per interval.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// # use alluxio_common::{SystemClock, logging::RateLimit};
/// let limit = RateLimit::new(Duration::from_secs(60), SystemClock::shared());
/// if let Some(left_out) = limit.admit("worker 5") {
///     tracing::warn!(left_out, "worker sends no heartbeat");
/// }
/// assert_eq!(limit.admit("worker 5"), None);
/// ```
#[derive(Debug)]
pub struct RateLimit {
    interval: Duration,
    clock: Arc<dyn Clock>,
    keys: Mutex<HashMap<String, Seen>>,
}

#[derive(Debug)]
struct Seen {
    last: Duration,
    left_out: u64,
}

impl RateLimit {
    /// One event per key and interval.
    pub fn new(interval: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            interval,
            clock,
            keys: Mutex::new(HashMap::new()),
        }
    }

    /// Whether to write this one: `Some` with the number that were left out since the last.
    pub fn admit(&self, key: &str) -> Option<u64> {
        let now = self.clock.monotonic();
        let mut keys = self.keys.lock();
        if let Some(seen) = keys.get_mut(key) {
            if now.saturating_sub(seen.last) < self.interval {
                seen.left_out += 1;
                return None;
            }
            seen.last = now;
            return Some(std::mem::take(&mut seen.left_out));
        }
        if keys.len() >= KEY_LIMIT {
            keys.clear();
        }
        let seen = Seen {
            last: now,
            left_out: 0,
        };
        keys.insert(key.to_owned(), seen);
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, Timestamp};

    #[test]
    fn one_event_per_key_and_interval_passes_and_the_others_are_counted() {
        let clock = ManualClock::starting_at(Timestamp::from_millis(0));
        let limit = RateLimit::new(Duration::from_secs(10), Arc::<ManualClock>::clone(&clock));
        assert_eq!(limit.admit("a"), Some(0));
        assert_eq!(limit.admit("a"), None);
        assert_eq!(limit.admit("a"), None);
        assert_eq!(limit.admit("b"), Some(0));
        clock.advance(Duration::from_secs(10));
        assert_eq!(limit.admit("a"), Some(2));
        assert_eq!(limit.admit("a"), None);
    }
}
