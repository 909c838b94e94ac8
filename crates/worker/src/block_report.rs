//! What the master is told: everything at registration, changes with every heartbeat.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use alluxio_common::BlockId;
use alluxio_common::metrics::Counter;
use alluxio_proto::grpc::block::{
    BlockHeartbeatPOptions, BlockHeartbeatPRequest, BlockIdList, LocationBlockIdListEntry,
    RegisterWorkerPOptions, RegisterWorkerPRequest, StorageList,
};
use alluxio_proto::grpc::{
    BlockStoreLocationProto, BuildVersion, ConfigProperty, Metric, MetricType,
};

use crate::block::{BlockPlace, BlockStore, Changes};
use crate::master_client::to_wire;
use crate::metrics::WorkerMetrics;

/// What the master is told about this process when it registers.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The version of this program.
    pub version: String,
    /// The revision that it was built from.
    pub revision: String,
    /// Processors of this machine.
    pub cores: u32,
    /// The properties in force here, secrets masked: the master compares them.
    pub properties: Vec<ConfigProperty>,
}

/// All messages of one registration, with at most `batch` blocks each.
pub fn registration(
    store: &BlockStore,
    worker_id: i64,
    identity: &Identity,
    batch: usize,
) -> Vec<RegisterWorkerPRequest> {
    let mut batches = batches(store, batch.max(1)).into_iter();
    let first = RegisterWorkerPRequest {
        worker_id: Some(worker_id),
        storage_tiers: store
            .tiers()
            .iter()
            .map(|tier| tier.alias().to_owned())
            .collect(),
        total_bytes_on_tiers: capacity_on_tiers(store),
        used_bytes_on_tiers: used_on_tiers(store),
        current_blocks: batches.next().unwrap_or_default(),
        lost_storage: lost_storage(store),
        options: Some(RegisterWorkerPOptions {
            configs: identity.properties.clone(),
            build_version: Some(BuildVersion {
                version: Some(identity.version.clone()),
                revision: Some(identity.revision.clone()),
            }),
            num_v_cpu: Some(i32::try_from(identity.cores).unwrap_or(i32::MAX)),
        }),
        ..RegisterWorkerPRequest::default()
    };
    let others = batches.map(|current_blocks| RegisterWorkerPRequest {
        worker_id: Some(worker_id),
        current_blocks,
        ..RegisterWorkerPRequest::default()
    });
    std::iter::once(first).chain(others).collect()
}

/// The blocks of the store by place, cut into parts of at most `batch` blocks.
fn batches(store: &BlockStore, batch: usize) -> Vec<Vec<LocationBlockIdListEntry>> {
    let mut by_place: HashMap<BlockPlace, Vec<BlockId>> = HashMap::new();
    for meta in store.list() {
        by_place.entry(meta.place).or_default().push(meta.block_id);
    }
    let mut parts = Vec::new();
    let mut part = Vec::new();
    let mut room = batch;
    for (place, blocks) in by_place {
        let mut rest = blocks.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(room.min(rest.len()));
            part.push(location(&place, now.iter().copied()));
            room -= now.len();
            rest = later;
            if room == 0 {
                parts.push(std::mem::take(&mut part));
                room = batch;
            }
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

fn location(place: &BlockPlace, blocks: impl Iterator<Item = BlockId>) -> LocationBlockIdListEntry {
    LocationBlockIdListEntry {
        key: Some(BlockStoreLocationProto {
            tier_alias: Some(place.tier.to_string()),
            medium_type: Some(place.medium.to_string()),
        }),
        value: Some(BlockIdList {
            block_id: blocks.map(BlockId::raw).collect(),
        }),
    }
}

/// One heartbeat.
pub fn heartbeat(
    store: &BlockStore,
    changes: &Changes,
    metrics: Vec<Metric>,
) -> BlockHeartbeatPRequest {
    let mut by_place: HashMap<&BlockPlace, Vec<BlockId>> = HashMap::new();
    for (block_id, place) in &changes.added {
        by_place.entry(place).or_default().push(*block_id);
    }
    let added = by_place
        .into_iter()
        .map(|(place, blocks)| location(place, blocks.into_iter()));
    BlockHeartbeatPRequest {
        worker_id: None,
        used_bytes_on_tiers: used_on_tiers(store),
        removed_block_ids: changes.removed.iter().map(|id| id.raw()).collect(),
        added_blocks: added.collect(),
        lost_storage: lost_storage(store),
        options: Some(BlockHeartbeatPOptions {
            metrics,
            capacity_bytes_on_tiers: capacity_on_tiers(store),
        }),
        ..BlockHeartbeatPRequest::default()
    }
}

fn capacity_on_tiers(store: &BlockStore) -> BTreeMap<String, i64> {
    let tiers = store.tiers().iter();
    tiers
        .map(|tier| (tier.alias().to_owned(), to_wire(tier.capacity().bytes())))
        .collect()
}

fn used_on_tiers(store: &BlockStore) -> BTreeMap<String, i64> {
    let tiers = store.tiers().iter();
    tiers
        .map(|tier| (tier.alias().to_owned(), to_wire(tier.used().bytes())))
        .collect()
}

fn lost_storage(store: &BlockStore) -> BTreeMap<String, StorageList> {
    let mut lost: BTreeMap<String, StorageList> = BTreeMap::new();
    for (tier, path) in store.lost_storage() {
        lost.entry(tier.to_string()).or_default().storage.push(path);
    }
    lost
}

/// The metrics that the master adds up: it is told how much each has grown since it last heard.
#[derive(Debug)]
pub struct MetricsReport {
    host: String,
    metrics: Arc<WorkerMetrics>,
    told: HashMap<&'static str, i64>,
}

impl MetricsReport {
    /// Nothing was told yet.
    pub fn new(metrics: Arc<WorkerMetrics>, host: &str) -> Self {
        Self {
            host: host.to_owned(),
            metrics,
            told: HashMap::new(),
        }
    }

    /// What has grown, and the values to remember once the master has heard it.
    pub fn growth(&self) -> (Vec<Metric>, HashMap<&'static str, i64>) {
        let values: HashMap<_, _> = self
            .metrics
            .for_the_cluster()
            .into_iter()
            .map(|(name, counter): (&'static str, &Counter)| (name, counter.value()))
            .collect();
        let growth = values
            .iter()
            .map(|(name, value)| (*name, value - self.told.get(name).copied().unwrap_or(0)))
            .filter(|(_, growth)| *growth != 0)
            .map(|(name, growth)| self.metric(name, growth));
        (growth.collect(), values)
    }

    /// The master has heard these values.
    pub fn remember(&mut self, told: HashMap<&'static str, i64>) {
        self.told = told;
    }

    fn metric(&self, name: &str, growth: i64) -> Metric {
        Metric {
            instance: Some("Worker".to_owned()),
            source: Some(self.host.clone()),
            name: Some(name.to_owned()),
            value: Some(growth as f64),
            metric_type: MetricType::Counter.into(),
            tags: BTreeMap::new(),
        }
    }
}
