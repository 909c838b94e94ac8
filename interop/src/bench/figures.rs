//! [`Figures`]: what several runs of one benchmark come to.

use super::done::Done;
use super::process::TICK;

/// One run of a benchmark.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) done: Done,
    /// What the server has used for it, in seconds.
    pub(crate) processor: f64,
}

/// The medians of several runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figures {
    /// How much was done in a second on the clock.
    pub(crate) rate: f64,
    /// How much was done in a second of the server's processor time.
    pub(crate) per_processor: f64,
    /// The median and the 99th percentile of an operation, in milliseconds.
    pub(crate) latency: Option<(f64, f64)>,
}

impl Figures {
    pub(crate) fn of(samples: &[Sample]) -> Self {
        let medians = |figure: fn(&Sample) -> f64| median(samples.iter().map(figure));
        let latencies = || samples.iter().filter_map(|sample| sample.done.latency);
        let (p50, p99) = (
            median(latencies().map(|(p50, _)| p50)),
            median(latencies().map(|(_, p99)| p99)),
        );
        Self {
            rate: medians(|sample| sample.done.amount / sample.done.seconds),
            per_processor: medians(|sample| sample.done.amount / sample.spent()),
            latency: latencies().next().map(|_| (p50, p99)),
        }
    }
}

impl Sample {
    /// What the server has used, no less than can be measured.
    fn spent(&self) -> f64 {
        self.processor.max(TICK)
    }
}

/// The middle of several figures, or the mean of the two in the middle.
pub(crate) fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let above = figures.len() / 2;
    match (figures.get(above), figures.len() % 2) {
        (Some(middle), 1) => *middle,
        (Some(upper), _) => f64::midpoint(figures[above - 1], *upper),
        (None, _) => f64::NAN,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::bench) fn sample(
        amount: f64,
        processor: f64,
        latency: Option<(f64, f64)>,
    ) -> Sample {
        let done = Done {
            amount,
            seconds: 2.0,
            latency,
        };
        Sample { done, processor }
    }

    #[test]
    fn the_median_is_the_middle_one_or_between_the_two_in_the_middle() {
        let of = |figures: &[f64]| median(figures.iter().copied());
        assert!((of(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((of(&[4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < 1e-9);
        assert!(of(&[]).is_nan());
    }

    #[test]
    fn every_figure_has_a_median_of_its_own() {
        let samples = [
            sample(100.0, 1.0, Some((1.0, 30.0))),
            sample(400.0, 1.0, Some((3.0, 10.0))),
            sample(200.0, 4.0, Some((2.0, 20.0))),
        ];
        let figures = Figures {
            rate: 100.0,
            per_processor: 100.0,
            latency: Some((2.0, 20.0)),
        };
        assert_eq!(Figures::of(&samples), figures);
    }

    #[test]
    fn a_server_that_used_nothing_measurable_is_counted_with_one_tick() {
        let figures = Figures::of(&[sample(100.0, 0.0, None)]);
        assert!((figures.per_processor - 100.0 / TICK).abs() < 1e-6);
        assert_eq!(figures.latency, None);
    }
}
