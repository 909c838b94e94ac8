//! Time is an argument: the only reads of the machine's clocks stand in this file.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A point in time: milliseconds since 1970-01-01 UTC, as the wire and the journal carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }
}

/// Tells the time. [`SystemClock`] in a process, [`ManualClock`] in a test.
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// The wall clock: for timestamps that people and journals see. It may jump.
    fn now(&self) -> Timestamp;

    /// Time since an arbitrary start: for measuring and for deadlines. It never goes back.
    fn monotonic(&self) -> Duration;
}

/// The clocks of the machine.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A clock whose monotonic side starts now.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that others are passed"
    )]
    pub fn new() -> Self {
        Self {
            start: std::time::Instant::now(),
        }
    }

    /// A shared clock, as most constructors take it.
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(Self::new())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that others are passed"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        // A machine whose clock stands before 1970 gets 1970.
        let millis = since_epoch.map_or(0, |span| span.as_millis());
        Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock {
    millis: AtomicI64,
    origin: i64,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn starting_at(start: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            millis: AtomicI64::new(start.0),
            origin: start.0,
        })
    }

    /// Moves both sides of the clock forward.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.millis.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        let millis = self.millis.load(Ordering::SeqCst) - self.origin;
        Duration::from_millis(millis.max(0).unsigned_abs())
    }
}
