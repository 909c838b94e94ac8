//! What a worker counts, under the names that Alluxio publishes.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::block::BlockStore;

/// The instance that stands in front of every name.
pub const INSTANCE: &str = "Worker";

/// Counts since the start of the process. Fields of blocks are counted by
/// [`crate::block::StoreCounters`].
#[derive(Debug, Default)]
pub struct WorkerMetrics {
    /// Streams of blocks being read from here.
    pub active_reads: AtomicI64,
    /// Streams of data being written to here.
    pub active_writes: AtomicI64,
    /// Block files that a client of this machine has open.
    pub active_local: AtomicI64,
    /// Bytes sent to clients from blocks that were here.
    pub bytes_read_cache: AtomicU64,
    /// Bytes sent to clients, wherever they came from.
    pub bytes_read_remote: AtomicU64,
    /// Bytes received from clients for blocks.
    pub bytes_written_remote: AtomicU64,
    /// Bytes that clients of this machine wrote into block files.
    pub bytes_written_local: AtomicU64,
    /// Bytes read from under stores.
    pub bytes_read_ufs: AtomicU64,
    /// Bytes written to under stores.
    pub bytes_written_ufs: AtomicU64,
    /// Blocks opened by clients of this machine.
    pub blocks_read_local: AtomicU64,
    /// Blocks opened by a stream.
    pub blocks_read_remote: AtomicU64,
    /// Blocks fetched from under stores.
    pub blocks_read_ufs: AtomicU64,
    /// Requests to cache a block.
    pub cache_requests: AtomicU64,
    /// Those that did not want to wait.
    pub cache_requests_async: AtomicU64,
    /// Those that did.
    pub cache_requests_sync: AtomicU64,
    /// Blocks that were cached on request.
    pub cache_succeeded: AtomicU64,
    /// Blocks that could not be cached.
    pub cache_failed: AtomicU64,
    /// Requests that found the queue full.
    pub cache_rejected: AtomicU64,
    /// Blocks cached from another worker.
    pub cache_remote_blocks: AtomicU64,
    /// Blocks cached from an under store.
    pub cache_ufs_blocks: AtomicU64,
    /// Successful registrations.
    pub registrations: AtomicU64,
}

/// What kind of number a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// It goes up and down.
    Gauge,
    /// It only grows.
    Counter,
}

/// A metric that the master adds up over the cluster, or keeps to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Sent to the master with the heartbeats.
    Cluster,
    /// Shown by this worker only.
    Worker,
}

/// One number under its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name without the instance: `BytesReadRemote`.
    pub name: String,
    /// Its kind.
    pub kind: MetricKind,
    /// Who sees it.
    pub audience: Audience,
    /// The number.
    pub value: f64,
}

impl WorkerMetrics {
    /// Starts all counts again, as `fsadmin metrics clear` asks.
    pub fn clear(&self) {
        for (_, counter, _) in self.counters() {
            counter.store(0, Ordering::Relaxed);
        }
    }

    /// Every number of this worker, in the order of the names.
    pub fn samples(&self, store: &BlockStore) -> Vec<Sample> {
        let mut samples: Vec<_> = self
            .counters()
            .into_iter()
            .map(|(name, counter, audience)| Sample {
                name: name.to_owned(),
                kind: MetricKind::Counter,
                audience,
                value: as_real(counter.load(Ordering::Relaxed)),
            })
            .collect();
        samples.extend(store_samples(store));
        let reads = self.active_reads.load(Ordering::Relaxed);
        let writes = self.active_writes.load(Ordering::Relaxed);
        let local = self.active_local.load(Ordering::Relaxed);
        samples.push(gauge("ActiveRpcReadCount", reads));
        samples.push(gauge("ActiveRpcWriteCount", writes));
        samples.push(gauge("ActiveClients", reads + writes + local));
        samples.sort_by(|a, b| a.name.cmp(&b.name));
        samples
    }

    fn counters(&self) -> [(&'static str, &AtomicU64, Audience); 18] {
        use Audience::{Cluster, Worker};
        [
            ("BytesReadCache", &self.bytes_read_cache, Cluster),
            ("BytesReadRemote", &self.bytes_read_remote, Cluster),
            ("BytesWrittenRemote", &self.bytes_written_remote, Cluster),
            ("BytesWrittenDirect", &self.bytes_written_local, Cluster),
            ("BytesReadPerUfs", &self.bytes_read_ufs, Cluster),
            ("BytesWrittenPerUfs", &self.bytes_written_ufs, Cluster),
            ("BlocksReadLocal", &self.blocks_read_local, Worker),
            ("BlocksReadRemote", &self.blocks_read_remote, Worker),
            ("BlocksReadUfs", &self.blocks_read_ufs, Worker),
            ("CacheRequests", &self.cache_requests, Worker),
            ("CacheRequestsAsync", &self.cache_requests_async, Worker),
            ("CacheRequestsSync", &self.cache_requests_sync, Worker),
            ("CacheSucceededBlocks", &self.cache_succeeded, Worker),
            ("CacheFailedBlocks", &self.cache_failed, Worker),
            ("CacheRejectedBlocks", &self.cache_rejected, Worker),
            ("CacheRemoteBlocks", &self.cache_remote_blocks, Worker),
            ("CacheUfsBlocks", &self.cache_ufs_blocks, Worker),
            (
                "MasterRegistrationSuccessCount",
                &self.registrations,
                Worker,
            ),
        ]
    }
}

fn store_samples(store: &BlockStore) -> Vec<Sample> {
    let counted = store.counters();
    let mut samples: Vec<_> = [
        ("BlocksAccessed", &counted.accessed),
        ("BlocksCancelled", &counted.cancelled),
        ("BlocksDeleted", &counted.deleted),
        ("BlocksEvicted", &counted.evicted),
        ("BlocksLost", &counted.lost),
        ("BlocksPromoted", &counted.promoted),
    ]
    .into_iter()
    .map(|(name, counter)| Sample {
        name: name.to_owned(),
        kind: MetricKind::Counter,
        audience: Audience::Worker,
        value: as_real(counter.load(Ordering::Relaxed)),
    })
    .collect();
    let blocks = i64::try_from(store.block_count()).unwrap_or(i64::MAX);
    samples.push(gauge("BlocksCached", blocks));
    let (total, used) = (store.capacity().bytes(), store.used().bytes());
    samples.extend(capacity_samples("", total, used));
    for tier in store.tiers() {
        let suffix = format!("Tier{}", tier.alias());
        let (total, used) = (tier.capacity().bytes(), tier.used().bytes());
        samples.extend(capacity_samples(&suffix, total, used));
    }
    samples
}

fn capacity_samples(suffix: &str, total: u64, used: u64) -> [Sample; 3] {
    let sample = |name: &str, value: u64| Sample {
        name: format!("{name}{suffix}"),
        kind: MetricKind::Gauge,
        audience: Audience::Worker,
        value: as_real(value),
    };
    [
        sample("CapacityTotal", total),
        sample("CapacityUsed", used),
        sample("CapacityFree", total.saturating_sub(used)),
    ]
}

fn gauge(name: &str, value: i64) -> Sample {
    Sample {
        name: name.to_owned(),
        kind: MetricKind::Gauge,
        audience: Audience::Worker,
        value: value as f64,
    }
}

/// Exact up to 2^53: eight petabytes.
fn as_real(count: u64) -> f64 {
    count as f64
}

/// Counts something as active for as long as it lives.
#[derive(Debug)]
pub struct Active {
    metrics: std::sync::Arc<WorkerMetrics>,
    gauge: fn(&WorkerMetrics) -> &AtomicI64,
}

impl Active {
    /// One more.
    pub fn new(
        metrics: &std::sync::Arc<WorkerMetrics>,
        gauge: fn(&WorkerMetrics) -> &AtomicI64,
    ) -> Self {
        gauge(metrics).fetch_add(1, Ordering::Relaxed);
        Self {
            metrics: std::sync::Arc::clone(metrics),
            gauge,
        }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        (self.gauge)(&self.metrics).fetch_sub(1, Ordering::Relaxed);
    }
}
