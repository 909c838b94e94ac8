//! What counts: [`Counter`], [`Meter`], [`Timer`], and the values of gauges.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::histogram::{Distribution, Histogram};
use super::rate::{RateTracker, Rates};

/// A number that goes up, and sometimes down. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicI64>);

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.add(1);
    }

    /// This many more.
    pub fn add(&self, count: u64) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// This many fewer: for counts of what is there, such as open streams.
    pub fn subtract(&self, count: u64) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.0.fetch_sub(count, Ordering::Relaxed);
    }

    /// The count.
    pub fn value(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// Events, or bytes, and how many of them there are per second. Clones count together.
#[derive(Debug, Clone)]
pub struct Meter(Arc<MeterState>);

#[derive(Debug)]
struct MeterState {
    count: AtomicU64,
    rates: Mutex<RateTracker>,
}

impl Meter {
    pub(super) fn new(now: Duration) -> Self {
        Self(Arc::new(MeterState {
            count: AtomicU64::new(0),
            rates: Mutex::new(RateTracker::new(now)),
        }))
    }

    /// This many more.
    pub fn mark(&self, count: u64) {
        self.0.count.fetch_add(count, Ordering::Relaxed);
    }

    /// All since the start.
    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::Relaxed)
    }

    pub(super) fn clear(&self, now: Duration) {
        let mut rates = self.0.rates.lock();
        self.0.count.store(0, Ordering::Relaxed);
        *rates = RateTracker::new(now);
    }

    pub(super) fn look(&self, now: Duration) -> (u64, Rates) {
        let count = self.count();
        (count, self.0.rates.lock().look(count, now))
    }
}

/// How often something is done and how long it takes. Clones count together.
#[derive(Debug, Clone)]
pub struct Timer(Arc<TimerState>);

#[derive(Debug)]
struct TimerState {
    meter: Meter,
    current: Histogram,
    previous: Mutex<(Duration, Distribution)>,
}

/// Percentiles cover the time since one to two such windows ago.
const WINDOW: Duration = Duration::from_secs(60);

impl Timer {
    pub(super) fn new(now: Duration) -> Self {
        Self(Arc::new(TimerState {
            meter: Meter::new(now),
            current: Histogram::new(),
            previous: Mutex::new((now, Distribution::empty())),
        }))
    }

    /// It was done once more and took this long.
    pub fn record(&self, elapsed: Duration) {
        self.0.meter.mark(1);
        self.0.current.record(elapsed);
    }

    /// How often it was done.
    pub fn count(&self) -> u64 {
        self.0.meter.count()
    }

    pub(super) fn clear(&self, now: Duration) {
        let mut previous = self.0.previous.lock();
        self.0.meter.clear(now);
        self.0.current.take();
        *previous = (now, Distribution::empty());
    }

    pub(super) fn look(&self, now: Duration) -> (u64, Rates, Distribution) {
        let (count, rates) = self.0.meter.look(now);
        let mut previous = self.0.previous.lock();
        let distribution = self.0.current.peek().merged(&previous.1);
        if now.saturating_sub(previous.0) >= WINDOW {
            *previous = (now, self.0.current.take());
        }
        (count, rates, distribution)
    }
}

/// The value of a gauge at one moment.
#[derive(Debug, Clone, PartialEq)]
pub enum GaugeValue {
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Number(f64),
    /// A text; monitoring systems that know only numbers leave it out.
    Text(String),
    /// Nothing right now.
    Absent,
}

impl From<i64> for GaugeValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u64> for GaugeValue {
    fn from(value: u64) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<usize> for GaugeValue {
    fn from(value: usize) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for GaugeValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<String> for GaugeValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
