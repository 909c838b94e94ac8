//! [`ClusterMetrics`]: what all workers and clients count, added up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alluxio_common::Clock;
use alluxio_common::metrics::{Counter, GaugeValue, Metrics, name};

const MINUTE_MS: u64 = 60_000;

/// Everything that is added up.
const COUNTS: [&str; 8] = [
    name::CLUSTER_BYTES_READ_CACHE,
    name::CLUSTER_BYTES_READ_LOCAL,
    name::CLUSTER_BYTES_READ_REMOTE,
    name::CLUSTER_BYTES_READ_UFS_ALL,
    name::CLUSTER_BYTES_WRITTEN_LOCAL,
    name::CLUSTER_BYTES_WRITTEN_REMOTE,
    name::CLUSTER_BYTES_WRITTEN_UFS_ALL,
    CLIENT_BYTES_WRITTEN_UFS,
];

/// What clients report of their own writes to stores.
const CLIENT_BYTES_WRITTEN_UFS: &str = "Cluster.BytesWrittenUfs";

/// Counts, and under which name they are shown per minute.
const PER_MINUTE: [(&str, &str); 6] = [
    (
        name::CLUSTER_BYTES_READ_LOCAL,
        name::CLUSTER_BYTES_READ_LOCAL_THROUGHPUT,
    ),
    (
        name::CLUSTER_BYTES_READ_REMOTE,
        name::CLUSTER_BYTES_READ_REMOTE_THROUGHPUT,
    ),
    (
        name::CLUSTER_BYTES_READ_UFS_ALL,
        name::CLUSTER_BYTES_READ_UFS_THROUGHPUT,
    ),
    (
        name::CLUSTER_BYTES_WRITTEN_LOCAL,
        name::CLUSTER_BYTES_WRITTEN_LOCAL_THROUGHPUT,
    ),
    (
        name::CLUSTER_BYTES_WRITTEN_REMOTE,
        name::CLUSTER_BYTES_WRITTEN_REMOTE_THROUGHPUT,
    ),
    (
        name::CLUSTER_BYTES_WRITTEN_UFS_ALL,
        name::CLUSTER_BYTES_WRITTEN_UFS_THROUGHPUT,
    ),
];

/// The sums over the cluster, among the metrics of the master. Clones add up together.
#[derive(Debug, Clone)]
pub struct ClusterMetrics {
    metrics: Metrics,
    clock: Arc<dyn Clock>,
    /// When counting began, in milliseconds of the monotonic clock.
    since_ms: Arc<AtomicU64>,
}

impl ClusterMetrics {
    /// Sums that begin now, in this registry.
    pub fn new(metrics: Metrics, clock: Arc<dyn Clock>) -> Self {
        let cluster = Self {
            since_ms: Arc::new(AtomicU64::new(milliseconds(clock.monotonic()))),
            metrics,
            clock,
        };
        for count in COUNTS {
            cluster.metrics.counter(count);
        }
        for (count, shown) in PER_MINUTE {
            cluster.show_per_minute(count, shown);
        }
        cluster.show_hit_rate();
        cluster
    }

    /// A worker says how much one of its counts has grown since it last said so.
    pub fn add_of_worker(&self, worker_name: &str, growth: f64) {
        self.add(of_worker(worker_name), growth);
    }

    /// The same of a client.
    pub fn add_of_client(&self, client_name: &str, growth: f64) {
        self.add(of_client(client_name), growth);
    }

    /// Everything in the registry that counts starts again, also what counts the master alone.
    pub fn clear(&self) {
        self.metrics.clear();
        let now = milliseconds(self.clock.monotonic());
        self.since_ms.store(now, Ordering::Relaxed);
    }

    /// The registry.
    pub fn registry(&self) -> &Metrics {
        &self.metrics
    }

    /// A count that has shrunk was cleared by its owner: what was added up stays.
    fn add(&self, name: Option<&'static str>, growth: f64) {
        if let Some(name) = name {
            // Counts are whole and far below 2^53.
            self.metrics.counter(name).add(growth.max(0.0) as u64);
        }
    }

    fn show_per_minute(&self, count: &str, shown: &str) {
        let counter = self.metrics.counter(count);
        let (clock, since_ms) = (Arc::clone(&self.clock), Arc::clone(&self.since_ms));
        self.metrics.gauge(shown, move || {
            let since = since_ms.load(Ordering::Relaxed);
            let elapsed = milliseconds(clock.monotonic()).saturating_sub(since);
            // The first minute counts as a whole one.
            value(&counter) * MINUTE_MS / elapsed.max(MINUTE_MS)
        });
    }

    /// The part of what was read that did not have to come from a store.
    fn show_hit_rate(&self) {
        let [local, remote, ufs] = [
            name::CLUSTER_BYTES_READ_LOCAL,
            name::CLUSTER_BYTES_READ_REMOTE,
            name::CLUSTER_BYTES_READ_UFS_ALL,
        ]
        .map(|count| self.metrics.counter(count));
        self.metrics.gauge(name::CLUSTER_CACHE_HIT_RATE, move || {
            let total = value(&local) + value(&remote);
            // What is loaded ahead is more than what is read.
            let missed = value(&ufs).min(total);
            match total {
                0 => GaugeValue::Number(0.0),
                total => GaugeValue::Number(1.0 - missed as f64 / total as f64),
            }
        });
    }
}

fn value(counter: &Counter) -> u64 {
    u64::try_from(counter.value()).unwrap_or(0)
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Under which name the cluster adds up what its workers count. Closed lists: whoever sends names
/// must not fill the master's memory with them.
fn of_worker(name: &str) -> Option<&'static str> {
    match name.strip_prefix("Worker.").unwrap_or(name) {
        "BytesReadCache" => Some(name::CLUSTER_BYTES_READ_CACHE),
        "BytesReadRemote" => Some(name::CLUSTER_BYTES_READ_REMOTE),
        "BytesReadPerUfs" => Some(name::CLUSTER_BYTES_READ_UFS_ALL),
        "BytesWrittenRemote" => Some(name::CLUSTER_BYTES_WRITTEN_REMOTE),
        "BytesWrittenPerUfs" => Some(name::CLUSTER_BYTES_WRITTEN_UFS_ALL),
        _ => None,
    }
}

fn of_client(name: &str) -> Option<&'static str> {
    match name.strip_prefix("Client.").unwrap_or(name) {
        "BytesReadLocal" => Some(name::CLUSTER_BYTES_READ_LOCAL),
        "BytesWrittenLocal" => Some(name::CLUSTER_BYTES_WRITTEN_LOCAL),
        "BytesWrittenUfs" => Some(CLIENT_BYTES_WRITTEN_UFS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::{ManualClock, Timestamp};

    use super::*;

    #[test]
    fn what_workers_and_clients_count_is_added_up_until_it_is_cleared() {
        let clock = ManualClock::starting_at(Timestamp::from_millis(0));
        let shared: Arc<dyn Clock> = clock.clone();
        let metrics = Metrics::new(Arc::clone(&shared));
        let cluster = ClusterMetrics::new(metrics.clone(), shared);
        cluster.add_of_worker("BytesReadRemote", 100.0);
        cluster.add_of_worker("Worker.BytesReadRemote", 60.0);
        cluster.add_of_worker("BytesReadRemote", -500.0);
        cluster.add_of_worker("BytesReadPerUfs", 40.0);
        cluster.add_of_client("BytesReadLocal", 40.0);
        cluster.add_of_client("Client.Invented", 1.0);
        clock.advance(Duration::from_secs(120));
        let number = |name: &str| metrics.snapshot().number(name);
        assert_eq!(number("Cluster.BytesReadRemote"), Some(160.0));
        assert_eq!(number("Cluster.BytesReadRemoteThroughput"), Some(80.0));
        assert_eq!(number("Cluster.BytesReadUfsAll"), Some(40.0));
        assert_eq!(number("Cluster.BytesReadLocal"), Some(40.0));
        assert_eq!(number("Cluster.CacheHitRate"), Some(0.8));
        assert_eq!(number("Client.Invented"), None);

        cluster.clear();
        assert_eq!(number("Cluster.BytesReadRemote"), Some(0.0));
        assert_eq!(number("Cluster.CacheHitRate"), Some(0.0));
        cluster.add_of_worker("BytesReadRemote", 6.0);
        assert_eq!(number("Cluster.BytesReadRemoteThroughput"), Some(6.0));
    }
}
