//! Rates over the last 1, 5 and 15 minutes, worked out when somebody looks.

use std::time::Duration;

/// Events per second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Rates {
    pub(super) mean: f64,
    pub(super) one_minute: f64,
    pub(super) five_minutes: f64,
    pub(super) fifteen_minutes: f64,
}

/// Exponentially weighted averages. Each look folds in what happened since the one before, so
/// counting itself costs nothing.
#[derive(Debug)]
pub(super) struct RateTracker {
    start: Duration,
    last: Duration,
    counted: u64,
    rates: Rates,
    has_looked: bool,
}

/// Two looks in a shorter time give the same answer: the average of a moment means nothing.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

impl RateTracker {
    pub(super) const fn new(now: Duration) -> Self {
        Self {
            start: now,
            last: now,
            counted: 0,
            rates: Rates {
                mean: 0.0,
                one_minute: 0.0,
                five_minutes: 0.0,
                fifteen_minutes: 0.0,
            },
            has_looked: false,
        }
    }

    pub(super) fn look(&mut self, count: u64, now: Duration) -> Rates {
        let interval = now.saturating_sub(self.last);
        if interval >= SHORTEST_INTERVAL {
            let seconds = interval.as_secs_f64();
            let rate = count.saturating_sub(self.counted) as f64 / seconds;
            let fold = |average: f64, minutes: f64| {
                if !self.has_looked {
                    return rate;
                }
                let weight = 1.0 - (-seconds / (60.0 * minutes)).exp();
                average + weight * (rate - average)
            };
            self.rates.one_minute = fold(self.rates.one_minute, 1.0);
            self.rates.five_minutes = fold(self.rates.five_minutes, 5.0);
            self.rates.fifteen_minutes = fold(self.rates.fifteen_minutes, 15.0);
            self.has_looked = true;
            self.last = now;
            self.counted = count;
        }
        let age = now.saturating_sub(self.start).as_secs_f64();
        self.rates.mean = if age > 0.0 { count as f64 / age } else { 0.0 };
        self.rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_shows_its_rate_and_fades_when_it_stops() {
        let mut tracker = RateTracker::new(Duration::ZERO);
        for second in 1..=60 {
            let rates = tracker.look(second * 10, Duration::from_secs(second));
            assert!((rates.one_minute - 10.0).abs() < 1e-9);
        }
        let rates = tracker.look(600, Duration::from_secs(120));
        assert!((rates.one_minute - 10.0 / std::f64::consts::E).abs() < 1e-6);
        assert!(rates.one_minute < rates.five_minutes);
        assert!(rates.five_minutes < rates.fifteen_minutes);
        assert_eq!(rates.mean, 5.0);
    }
}
