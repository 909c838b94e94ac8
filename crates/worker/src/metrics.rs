//! What a worker counts, under the names that Alluxio publishes.

use std::sync::Arc;

use alluxio_common::metrics::{Counter, Metrics, name};

use crate::block::{BlockStore, StoreCounters};

/// The instance that stands in front of the names of a worker.
const INSTANCE: &str = "Worker.";

/// The instruments of a worker. Counts of blocks are in [`StoreCounters`].
#[derive(Debug)]
pub struct WorkerMetrics {
    /// Streams of blocks being read from here.
    pub active_reads: Counter,
    /// Streams of data being written to here.
    pub active_writes: Counter,
    /// All of them, and block files that clients of this machine have open.
    pub active_clients: Counter,
    /// Bytes sent to clients from blocks that were here.
    pub bytes_read_cache: Counter,
    /// Bytes sent to clients, wherever they came from.
    pub bytes_read_remote: Counter,
    /// Bytes received from clients for blocks.
    pub bytes_written_remote: Counter,
    /// Bytes that clients of this machine wrote into block files.
    pub bytes_written_direct: Counter,
    /// Bytes read from under stores.
    pub bytes_read_ufs: Counter,
    /// Bytes written to under stores.
    pub bytes_written_ufs: Counter,
    /// Blocks opened by clients of this machine.
    pub blocks_read_local: Counter,
    /// Blocks opened by a stream.
    pub blocks_read_remote: Counter,
    /// Blocks fetched from under stores.
    pub blocks_read_ufs: Counter,
    /// Requests to cache a block.
    pub cache_requests: Counter,
    /// Those that did not want to wait.
    pub cache_requests_async: Counter,
    /// Those that did.
    pub cache_requests_sync: Counter,
    /// Blocks that were cached on request.
    pub cache_succeeded: Counter,
    /// Blocks that could not be cached.
    pub cache_failed: Counter,
    /// Requests that found the queue full.
    pub cache_rejected: Counter,
    /// Blocks cached from another worker.
    pub cache_remote_blocks: Counter,
    /// Blocks cached from an under store.
    pub cache_ufs_blocks: Counter,
    /// Successful registrations.
    pub registrations: Counter,
    names: Names,
}

/// The registry, and the host that stands behind every name.
#[derive(Debug, Clone)]
struct Names {
    metrics: Metrics,
    host: String,
}

impl Names {
    fn full(&self, name: &str) -> String {
        // Dots separate the parts of a name.
        format!("{name}.{}", self.host.replace('.', "_"))
    }

    fn counter(&self, name: &str) -> Counter {
        self.metrics.counter(&self.full(name))
    }

    fn own(&self, name: &str) -> Counter {
        self.counter(&format!("{INSTANCE}{name}"))
    }
}

impl WorkerMetrics {
    /// Puts the instruments of the worker on `host` into the registry.
    pub fn new(metrics: Metrics, host: &str) -> Self {
        let names = Names {
            metrics,
            host: host.to_owned(),
        };
        Self {
            active_reads: names.counter(name::WORKER_ACTIVE_RPC_READ_COUNT),
            active_writes: names.counter(name::WORKER_ACTIVE_RPC_WRITE_COUNT),
            active_clients: names.counter(name::WORKER_ACTIVE_CLIENTS),
            bytes_read_cache: names.counter(name::WORKER_BYTES_READ_CACHE),
            bytes_read_remote: names.counter(name::WORKER_BYTES_READ_REMOTE),
            bytes_written_remote: names.counter(name::WORKER_BYTES_WRITTEN_REMOTE),
            bytes_written_direct: names.counter(name::WORKER_BYTES_WRITTEN_DIRECT),
            bytes_read_ufs: names.counter(name::WORKER_BYTES_READ_PER_UFS),
            bytes_written_ufs: names.counter(name::WORKER_BYTES_WRITTEN_PER_UFS),
            blocks_read_local: names.counter(name::WORKER_BLOCKS_READ_LOCAL),
            blocks_read_remote: names.counter(name::WORKER_BLOCKS_READ_REMOTE),
            blocks_read_ufs: names.counter(name::WORKER_BLOCKS_READ_UFS),
            cache_requests: names.own("CacheRequests"),
            cache_requests_async: names.own("CacheRequestsAsync"),
            cache_requests_sync: names.own("CacheRequestsSync"),
            cache_succeeded: names.counter(name::WORKER_CACHE_SUCCEEDED_BLOCKS),
            cache_failed: names.counter(name::WORKER_CACHE_FAILED_BLOCKS),
            cache_rejected: names.counter(name::WORKER_CACHE_REJECTED_BLOCKS),
            cache_remote_blocks: names.counter(name::WORKER_CACHE_REMOTE_BLOCKS),
            cache_ufs_blocks: names.counter(name::WORKER_CACHE_UFS_BLOCKS),
            registrations: names.counter(name::WORKER_MASTER_REGISTRATION_SUCCESS_COUNT),
            names,
        }
    }

    /// The registry that everything is in.
    pub fn registry(&self) -> &Metrics {
        &self.names.metrics
    }

    /// The counts of the block store, in the registry.
    pub fn store_counters(&self) -> StoreCounters {
        StoreCounters {
            accessed: self.names.counter(name::WORKER_BLOCKS_ACCESSED),
            evicted: self.names.counter(name::WORKER_BLOCKS_EVICTED),
            deleted: self.names.counter(name::WORKER_BLOCKS_DELETED),
            cancelled: self.names.counter(name::WORKER_BLOCKS_CANCELLED),
            lost: self.names.counter(name::WORKER_BLOCKS_LOST),
            promoted: self.names.counter(name::WORKER_BLOCKS_PROMOTED),
        }
    }

    /// Shows how full the store is.
    pub fn show_store(&self, store: &Arc<BlockStore>) {
        let shown = Arc::clone(store);
        let blocks = self.names.full(name::WORKER_BLOCKS_CACHED);
        self.names
            .metrics
            .gauge(&blocks, move || to_signed(shown.block_count() as u64));
        self.show_space("", store, None);
        for (level, tier) in store.tiers().iter().enumerate() {
            self.show_space(&format!("Tier{}", tier.alias()), store, Some(level));
        }
    }

    fn show_space(&self, suffix: &str, store: &Arc<BlockStore>, level: Option<usize>) {
        let space = move |store: &BlockStore| match level {
            Some(level) => {
                let tier = &store.tiers()[level];
                (tier.capacity().bytes(), tier.used().bytes())
            }
            None => (store.capacity().bytes(), store.used().bytes()),
        };
        let show = |name: &str, read: fn((u64, u64)) -> u64| {
            let (full, shown) = (
                self.names.full(&format!("{name}{suffix}")),
                Arc::clone(store),
            );
            self.names
                .metrics
                .gauge(&full, move || to_signed(read(space(&shown))));
        };
        show(name::WORKER_CAPACITY_TOTAL, |(total, _)| total);
        show(name::WORKER_CAPACITY_USED, |(_, used)| used);
        show(name::WORKER_CAPACITY_FREE, |(total, used)| {
            total.saturating_sub(used)
        });
    }

    /// What the master adds up over the cluster: name without instance and host, and the counter.
    pub fn for_the_cluster(&self) -> [(&'static str, &Counter); 9] {
        [
            ("ActiveRpcReadCount", &self.active_reads),
            ("ActiveRpcWriteCount", &self.active_writes),
            ("ActiveClients", &self.active_clients),
            ("BytesReadCache", &self.bytes_read_cache),
            ("BytesReadRemote", &self.bytes_read_remote),
            ("BytesWrittenRemote", &self.bytes_written_remote),
            ("BytesWrittenDirect", &self.bytes_written_direct),
            ("BytesReadPerUfs", &self.bytes_read_ufs),
            ("BytesWrittenPerUfs", &self.bytes_written_ufs),
        ]
    }

    /// Starts the counts again, as `fsadmin metrics clear` asks. What is active stays counted.
    pub fn clear(&self) {
        let counts = [
            &self.bytes_read_cache,
            &self.bytes_read_remote,
            &self.bytes_written_remote,
            &self.bytes_written_direct,
            &self.bytes_read_ufs,
            &self.bytes_written_ufs,
            &self.blocks_read_local,
            &self.blocks_read_remote,
            &self.blocks_read_ufs,
            &self.cache_requests,
            &self.cache_requests_async,
            &self.cache_requests_sync,
            &self.cache_succeeded,
            &self.cache_failed,
            &self.cache_rejected,
            &self.cache_remote_blocks,
            &self.cache_ufs_blocks,
        ];
        for counter in counts {
            counter.subtract(counter.value().max(0).unsigned_abs());
        }
    }
}

fn to_signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Counts something as active for as long as it lives.
#[derive(Debug)]
pub struct Active {
    kind: Counter,
    clients: Counter,
}

impl Active {
    /// One more of this kind, and one more client.
    pub fn new(metrics: &WorkerMetrics, kind: &Counter) -> Self {
        kind.increment();
        metrics.active_clients.increment();
        Self {
            kind: kind.clone(),
            clients: metrics.active_clients.clone(),
        }
    }

    /// One more client.
    pub fn client(metrics: &WorkerMetrics) -> Self {
        Self::new(metrics, &Counter::default())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.kind.subtract(1);
        self.clients.subtract(1);
    }
}
