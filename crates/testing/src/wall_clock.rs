//! [`WallClock`]: the clocks of the machine, of which a test may set the one on the wall.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use alluxio_common::{Clock, SystemClock, Timestamp};

/// The clocks of the machine; the wall clock is ahead by as much as a test says.
#[derive(Debug, Default)]
pub(crate) struct WallClock {
    machine: SystemClock,
    ahead_millis: AtomicI64,
}

impl WallClock {
    /// Sets the wall clock so much ahead of that of the machine; behind it, below zero.
    pub(crate) fn set_ahead(&self, millis: i64) {
        self.ahead_millis.store(millis, Ordering::SeqCst);
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead_millis.load(Ordering::SeqCst);
        Timestamp::from_millis(self.machine.now().millis() + ahead)
    }

    fn monotonic(&self) -> Duration {
        self.machine.monotonic()
    }
}
