//! Durations, counted in buckets: cheap to record, good enough for percentiles.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets per doubling: a percentile is at most 1/8 too high.
const STEPS: u64 = 8;

/// Doublings: from one nanosecond to more than an hour.
const DOUBLINGS: u64 = 43;

const BUCKETS: usize = (DOUBLINGS * STEPS) as usize;

/// Counts of durations. Recording is a handful of relaxed atomic additions.
#[derive(Debug)]
pub(super) struct Histogram {
    buckets: Box<[AtomicU64]>,
    sum_nanos: AtomicU64,
    max_nanos: AtomicU64,
    min_nanos: AtomicU64,
}

/// What a histogram held at one moment.
#[derive(Debug, Clone)]
pub(super) struct Distribution {
    buckets: Vec<u64>,
    count: u64,
    sum_nanos: u64,
    max_nanos: u64,
    min_nanos: u64,
}

impl Histogram {
    pub(super) fn new() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            sum_nanos: AtomicU64::new(0),
            max_nanos: AtomicU64::new(0),
            min_nanos: AtomicU64::new(u64::MAX),
        }
    }

    pub(super) fn record(&self, span: Duration) {
        let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX).max(1);
        self.buckets[bucket_of(nanos)].fetch_add(1, Ordering::Relaxed);
        self.sum_nanos.fetch_add(nanos, Ordering::Relaxed);
        // Almost every record passes both tests, which cost no write.
        if nanos > self.max_nanos.load(Ordering::Relaxed) {
            self.max_nanos.fetch_max(nanos, Ordering::Relaxed);
        }
        if nanos < self.min_nanos.load(Ordering::Relaxed) {
            self.min_nanos.fetch_min(nanos, Ordering::Relaxed);
        }
    }

    /// Takes everything out.
    pub(super) fn take(&self) -> Distribution {
        let read = |counter: &AtomicU64, rest| counter.swap(rest, Ordering::Relaxed);
        Distribution::of(
            self.buckets.iter().map(|bucket| read(bucket, 0)).collect(),
            [
                read(&self.sum_nanos, 0),
                read(&self.max_nanos, 0),
                read(&self.min_nanos, u64::MAX),
            ],
        )
    }

    /// Looks without taking.
    pub(super) fn peek(&self) -> Distribution {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Distribution::of(
            self.buckets.iter().map(read).collect(),
            [
                read(&self.sum_nanos),
                read(&self.max_nanos),
                read(&self.min_nanos),
            ],
        )
    }
}

impl Distribution {
    fn of(buckets: Vec<u64>, [sum_nanos, max_nanos, min_nanos]: [u64; 3]) -> Self {
        Self {
            count: buckets.iter().sum(),
            buckets,
            sum_nanos,
            max_nanos,
            min_nanos,
        }
    }

    pub(super) fn empty() -> Self {
        Self::of(vec![0; BUCKETS], [0, 0, u64::MAX])
    }

    /// Both together.
    pub(super) fn merged(mut self, other: &Self) -> Self {
        for (bucket, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *bucket += more;
        }
        self.count += other.count;
        self.sum_nanos = self.sum_nanos.wrapping_add(other.sum_nanos);
        self.max_nanos = self.max_nanos.max(other.max_nanos);
        self.min_nanos = self.min_nanos.min(other.min_nanos);
        self
    }

    pub(super) const fn max_nanos(&self) -> f64 {
        self.max_nanos as f64
    }

    pub(super) fn min_nanos(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        self.min_nanos as f64
    }

    pub(super) fn mean_nanos(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        self.sum_nanos as f64 / self.count as f64
    }

    pub(super) fn deviation_nanos(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let mean = self.mean_nanos();
        let squares: f64 = (0..)
            .zip(&self.buckets)
            .map(|(index, count)| *count as f64 * (middle_of(index) - mean).powi(2))
            .sum();
        (squares / self.count as f64).sqrt()
    }

    /// The duration that this part of all records does not exceed.
    pub(super) fn quantile_nanos(&self, part: f64) -> f64 {
        let wanted = (self.count as f64 * part).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, count) in (0..).zip(&self.buckets) {
            seen += count;
            if seen >= wanted {
                return middle_of(index).clamp(self.min_nanos(), self.max_nanos());
            }
        }
        0.0
    }
}

fn bucket_of(nanos: u64) -> usize {
    let doubling = u64::from(nanos.ilog2());
    // The part of the doubling, in eighths; small doublings have fewer values than that.
    let step = if doubling >= 3 {
        (nanos >> (doubling - 3)) - STEPS
    } else {
        (nanos << (3 - doubling)) - STEPS
    };
    let index = doubling * STEPS + step;
    usize::try_from(index).map_or(BUCKETS - 1, |index| index.min(BUCKETS - 1))
}

fn middle_of(index: u64) -> f64 {
    let (doubling, step) = (index / STEPS, index % STEPS);
    let start = 2_f64.powi(i32::try_from(doubling).unwrap_or(0));
    start * (1.0 + (step as f64 + 0.5) / STEPS as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_an_eighth() {
        let histogram = Histogram::new();
        for micros in 1..=1000 {
            histogram.record(Duration::from_micros(micros));
        }
        let all = histogram.peek();
        for (part, micros) in [(0.5, 500.0), (0.75, 750.0), (0.99, 990.0)] {
            let found = all.quantile_nanos(part) / 1000.0;
            assert!((found - micros).abs() < micros / 8.0, "{part}: {found}");
        }
        assert_eq!(all.max_nanos(), 1e6);
        assert_eq!(all.min_nanos(), 1e3);
        assert_eq!(all.mean_nanos(), 500_500.0);
        assert!((all.deviation_nanos() - 288_675.0).abs() < 20_000.0);
    }

    #[test]
    fn the_shortest_and_the_longest_duration_have_a_bucket() {
        for nanos in [1, 2, 3, 7, 8, 9, u64::MAX] {
            assert!(bucket_of(nanos) < BUCKETS);
        }
        let histogram = Histogram::new();
        histogram.record(Duration::ZERO);
        histogram.record(Duration::MAX);
        assert_eq!(histogram.take().count, 2);
        assert_eq!(histogram.peek().count, 0);
        assert_eq!(histogram.peek().quantile_nanos(0.5), 0.0);
    }
}
