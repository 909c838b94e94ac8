//! JSON under `/api/v1/master`, with the fields that 2.9 has.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::cluster::space;
use super::view::{WebParts, WebView};
use crate::block::{WorkerFilter, WorkerReport};
use crate::file_system::AskStores;

/// The tiers that every cluster is reported to have.
const TIERS: [&str; 3] = ["MEM", "SSD", "HDD"];

pub(super) async fn info(State(view): State<WebView>) -> Json<Value> {
    let parts = &view.parts;
    let identity = parts.meta.identity();
    let (capacity, used) = parts.blocks.total_bytes();
    let configuration: BTreeMap<&str, &str> = parts
        .conf
        .properties
        .iter()
        .map(|property| (property.name.as_str(), property.value.as_str()))
        .collect();
    let mounts = parts.files.mount_table(AskStores::Yes).await;
    let (mut store_total, mut store_used) = (0, 0);
    let mut mount_points = BTreeMap::new();
    for mount in mounts {
        let (total, used) = space(&mount);
        store_total += total;
        store_used += used;
        let told = |bytes: Option<u64>| bytes.map_or(-1, u64::cast_signed);
        let value = json!({
            "ufsUri": mount.ufs_uri,
            "ufsType": mount.ufs_kind,
            "ufsCapacityBytes": told(mount.space.capacity),
            "ufsUsedBytes": told(mount.space.used),
            "readOnly": mount.read_only,
            "shared": mount.shared,
            "properties": mount.properties,
            "mountId": mount.mount_id.raw(),
        });
        mount_points.insert(mount.path.to_string(), value);
    }
    let workers = |filter: WorkerFilter| -> Vec<Value> {
        parts
            .blocks
            .workers(&filter)
            .into_iter()
            .map(worker)
            .collect()
    };
    Json(json!({
        "version": identity.version,
        "revision": parts.conf.revision,
        "rpcAddress": parts.meta.printed_address(),
        "startTimeMs": identity.started.millis(),
        "uptimeMs": parts.meta.uptime_ms(),
        "capacity": {"total": capacity, "used": used},
        "tierCapacity": tier_capacity(parts),
        "ufsCapacity": {"total": store_total, "used": store_used},
        "configuration": configuration,
        "metrics": parts.metrics.snapshot().numbers(),
        "mountPoints": mount_points,
        "workers": workers(WorkerFilter::Live),
        "lostWorkers": workers(WorkerFilter::Lost),
    }))
}

fn tier_capacity(parts: &WebParts) -> BTreeMap<String, Value> {
    let cluster = parts.blocks.capacity();
    let names = TIERS
        .iter()
        .map(|tier| (*tier).to_owned())
        .chain(cluster.capacity.keys().cloned());
    names
        .map(|tier| {
            let total = cluster.capacity.get(&tier).copied().unwrap_or(0);
            let used = cluster.used.get(&tier).copied().unwrap_or(0);
            (tier, json!({"total": total, "used": used}))
        })
        .collect()
}

fn worker(worker: WorkerReport) -> Value {
    let tiers: Vec<Value> = worker
        .address
        .locality
        .iter()
        .map(|tier| json!({"tierName": tier.name, "value": tier.value}))
        .collect();
    json!({
        "id": worker.id.raw(),
        "state": worker.state_name(),
        "lastContactSec": worker.silent_seconds,
        "startTimeMs": worker.started.millis(),
        "blockCount": worker.block_count,
        "capacityBytes": worker.capacity_bytes(),
        "usedBytes": worker.used_bytes(),
        "capacityBytesOnTiers": worker.capacity,
        "usedBytesOnTiers": worker.used,
        "numVCpu": worker.build.virtual_cpus,
        "version": worker.build.version,
        "revision": worker.build.revision,
        "address": {
            "host": worker.address.host,
            "containerHost": worker.address.container_host,
            "rpcPort": worker.address.rpc_port,
            "dataPort": worker.address.data_port,
            "webPort": worker.address.web_port,
            "domainSocketPath": worker.address.domain_socket_path,
            "tieredIdentity": {"tiers": tiers},
        },
    })
}
