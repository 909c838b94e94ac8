//! [`Done`]: what a benchmark says of itself, in JSON.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Where the 99th percentile is among `mTime99PercentileMs`: 99 %, 99.9 %, and so on.
const P99: usize = 0;

/// Where the median is among `mTimePercentileMs`: 0 % to 100 %.
const P50: usize = 50;

/// What a thread says that began later than it should, because the machine was busy.
const LATE: &str = "missed barrier";

/// What one run of a benchmark has done, by its own account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Done {
    /// How much.
    pub(crate) amount: f64,
    /// How long it took.
    pub(crate) seconds: f64,
    /// How long half of the operations took at most, and all but a hundredth, in milliseconds. A
    /// benchmark that moves bytes does not tell.
    pub(crate) latency: Option<(f64, f64)>,
}

/// What came of a run.
#[derive(Debug, PartialEq)]
pub(crate) enum Ending {
    /// All of it was done.
    Done(Done),
    /// Some threads were not ready when it began, and have done nothing.
    Late,
}

/// What is read of the JSON of all three benchmarks. Each has some of it.
#[derive(Debug, Deserialize)]
struct Summary {
    statistics: Option<Statistics>,
    /// Operations a second.
    throughput: Option<f64>,
    #[serde(rename = "iobytes")]
    bytes: Option<u64>,
    #[serde(rename = "durationMs")]
    duration: Option<f64>,
    #[serde(rename = "nodeResults", default)]
    nodes: BTreeMap<String, Node>,
}

#[derive(Debug, Deserialize)]
struct Statistics {
    #[serde(rename = "mNumSuccesses")]
    operations: u64,
    #[serde(rename = "mTimePercentileMs")]
    percentiles: Vec<f64>,
    #[serde(rename = "mTime99PercentileMs")]
    last_percentiles: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct Node {
    #[serde(default)]
    errors: Vec<Option<String>>,
    #[serde(rename = "threadCountResults", default)]
    thread_counts: BTreeMap<String, ThreadCount>,
}

#[derive(Debug, Deserialize)]
struct ThreadCount {
    #[serde(rename = "recordStartMs")]
    started: f64,
    #[serde(rename = "endMs")]
    ended: f64,
    #[serde(default)]
    errors: Vec<Option<String>>,
    #[serde(rename = "iobytes")]
    bytes: u64,
}

impl Ending {
    /// Reads what a benchmark has printed.
    ///
    /// # Errors
    /// When this is not what a benchmark prints, or when something has failed in it.
    pub(crate) fn read(json: &str) -> Result<Self> {
        let summary: Summary = serde_json::from_str(json)
            .with_context(|| format!("no result of a benchmark: {json}"))?;
        let counts = || {
            summary
                .nodes
                .values()
                .flat_map(|node| node.thread_counts.values())
        };
        let of_nodes = summary.nodes.values().flat_map(|node| &node.errors);
        let errors: Vec<&str> = of_nodes
            .chain(counts().flat_map(|count| &count.errors))
            .map(|error| error.as_deref().unwrap_or("an exception without a text"))
            .collect();
        if errors.iter().any(|error| error.contains(LATE)) {
            return Ok(Self::Late);
        }
        if let Some(first) = errors.first() {
            bail!("{} threads have failed: {first}", errors.len());
        }
        let done = match (&summary.statistics, counts().next()) {
            (Some(statistics), _) => of_operations(statistics, summary.throughput),
            (None, Some(count)) => Some(of_bytes(count.bytes, count.ended - count.started)),
            (None, None) => summary
                .bytes
                .zip(summary.duration)
                .map(|(b, ms)| of_bytes(b, ms)),
        };
        done.map(Self::Done)
            .with_context(|| format!("nothing of what a benchmark tells: {json}"))
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts so far")]
fn of_operations(statistics: &Statistics, throughput: Option<f64>) -> Option<Done> {
    let p50 = *statistics.percentiles.get(P50)?;
    let p99 = *statistics.last_percentiles.get(P99)?;
    let amount = statistics.operations as f64;
    Some(Done {
        amount,
        seconds: amount / throughput?,
        latency: Some((p50, p99)),
    })
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts so far")]
fn of_bytes(bytes: u64, milliseconds: f64) -> Done {
    Done {
        amount: bytes as f64,
        seconds: milliseconds / 1e3,
        latency: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master(errors: &str) -> String {
        let percentiles: Vec<String> = (0..101).map(|at| format!("{at}.5")).collect();
        format!(
            r#"{{"parameters": {{"mThreads": 32}},
                "statistics": {{"mNumSuccesses": 5000, "mTimePercentileMs": [{}],
                    "mTime99PercentileMs": [268.25, 411.5], "mMaxTimeMs": [426.0, -1e-06]}},
                "durationMs": 6911, "throughput": 625.0, "errors": [],
                "nodeResults": {{"local-task-0": {{"recordStartMs": 1, "errors": [{errors}]}}}},
                "className": "alluxio.stress.master.MasterBenchSummary"}}"#,
            percentiles.join(", ")
        )
    }

    #[test]
    fn operations_are_read_with_their_median_and_their_99th_percentile() {
        let done = Done {
            amount: 5_000.0,
            seconds: 8.0,
            latency: Some((50.5, 268.25)),
        };
        assert_eq!(Ending::read(&master("")).unwrap(), Ending::Done(done));
    }

    #[test]
    fn bytes_of_the_client_bench_are_those_of_its_one_thread_count() {
        let json = r#"{"threadCountIoMbps": {"4": 193.9}, "throughput": 0.0,
            "nodeResults": {"local-task-0": {"recordStartMs": 0, "endMs": 0, "errors": [],
                "threadCountResults": {"4": {"recordStartMs": 1000, "endMs": 3500, "errors": [],
                    "iobytes": 536870912}}}}}"#;
        let done = Done {
            amount: 536_870_912.0,
            seconds: 2.5,
            latency: None,
        };
        assert_eq!(Ending::read(json).unwrap(), Ending::Done(done));
    }

    #[test]
    fn bytes_of_the_worker_bench_stand_on_top() {
        let json = r#"{"iombps": 1072.0607, "durationMs": 3164, "iobytes": 3556769792,
            "throughput": 1072.0, "nodeResults": {"local-task-0": {"errors": [], "iobytes": 1}}}"#;
        let done = Done {
            amount: 3_556_769_792.0,
            seconds: 3.164,
            latency: None,
        };
        assert_eq!(Ending::read(json).unwrap(), Ending::Done(done));
    }

    #[test]
    fn threads_that_began_late_are_no_failure_and_no_result() {
        let late = r#""Thread missed barrier. Increase the start delay. start: 1 current: 2""#;
        assert_eq!(Ending::read(&master(late)).unwrap(), Ending::Late);
    }

    #[test]
    fn what_failed_in_a_thread_fails_the_run() {
        for (errors, said) in [
            (
                r#""Failed to delete (/a)", "b""#,
                "2 threads have failed: Failed to delete (/a)",
            ),
            ("null", "1 threads have failed: an exception without a text"),
        ] {
            assert_eq!(Ending::read(&master(errors)).unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn other_text_is_refused() {
        assert!(Ending::read("Usage: StressMasterBench").is_err());
        assert!(Ending::read("{}").is_err());
    }
}
