//! [`SafeMode`]: the first moments, in which an empty list of workers says nothing.

use std::time::Duration;

/// Lasts until the wait is over, or until every expected worker has registered.
#[derive(Debug, Clone, Copy)]
pub(super) struct SafeMode {
    until: Duration,
    expected: Option<usize>,
    ended: bool,
}

impl SafeMode {
    /// Begins now. `expected` is the number of workers that are known to come, if it is known.
    pub(super) fn begin(now: Duration, wait: Duration, expected: Option<usize>) -> Self {
        Self {
            until: now + wait,
            expected,
            ended: false,
        }
    }

    /// Notes how many workers have registered by now.
    pub(super) fn registered(&mut self, count: usize) {
        if self
            .expected
            .is_some_and(|expected| expected > 0 && count >= expected)
        {
            self.ended = true;
        }
    }

    /// Whether it still lasts.
    pub(super) fn is_on(&self, now: Duration) -> bool {
        !self.ended && now < self.until
    }
}
