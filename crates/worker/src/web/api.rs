//! JSON under `/api/v1/worker`, with the fields that 2.9 has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::date::date_text;
use alluxio_common::logging::folder as logs;
use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::view::WebView;
use crate::block::{BlockMeta, StorageTier};
use crate::blocking::run;

/// A part of a capacity.
#[derive(Debug, Serialize)]
struct Capacity {
    total: u64,
    used: u64,
}

impl Capacity {
    fn of(tier: &StorageTier) -> Self {
        Self {
            total: tier.capacity().bytes(),
            used: tier.used().bytes(),
        }
    }
}

/// `/api/v1/worker/info`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Info {
    capacity: Capacity,
    configuration: BTreeMap<String, String>,
    metrics: BTreeMap<String, f64>,
    rpc_address: String,
    start_time_ms: i64,
    tier_capacity: BTreeMap<String, Capacity>,
    tier_paths: BTreeMap<String, Vec<String>>,
    uptime_ms: u64,
    version: String,
    revision: String,
}

pub(super) async fn info(State(view): State<WebView>) -> Json<Info> {
    let store = &view.worker.store;
    let tiers = || store.tiers().iter();
    let configuration = view
        .conf
        .properties
        .iter()
        .map(|property| (property.name.clone(), property.value.clone()));
    Json(Info {
        capacity: Capacity {
            total: store.capacity().bytes(),
            used: store.used().bytes(),
        },
        configuration: configuration.collect(),
        metrics: view.metrics.snapshot().numbers(),
        rpc_address: view.address_text(),
        start_time_ms: view.started.millis(),
        tier_capacity: tiers()
            .map(|tier| (tier.alias().to_owned(), Capacity::of(tier)))
            .collect(),
        tier_paths: tiers()
            .map(|tier| (tier.alias().to_owned(), paths(tier)))
            .collect(),
        uptime_ms: millis(view.uptime()),
        version: view.version.to_string(),
        revision: view.revision.to_string(),
    })
}

fn paths(tier: &StorageTier) -> Vec<String> {
    let serving = tier.dirs().iter().filter(|dir| dir.is_serving());
    serving
        .map(|dir| dir.root().display().to_string())
        .collect()
}

pub(super) async fn webui_init(State(view): State<WebView>) -> Json<Value> {
    Json(json!({
        "debug": view.conf.debug,
        "webFileInfoEnabled": view.conf.file_info,
        "securityAuthorizationPermissionEnabled": view.conf.authorization,
        "masterHostname": view.conf.master_host,
        "masterPort": view.conf.master_web_port,
        "refreshInterval": millis(view.conf.refresh_interval),
    }))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) async fn webui_overview(State(view): State<WebView>) -> Json<Value> {
    let store = &view.worker.store;
    let dirs = store.tiers().iter().flat_map(|tier| {
        tier.dirs().iter().map(move |dir| {
            json!({
                "dirPath": dir.root().display().to_string(),
                "tierAlias": tier.alias(),
                "capacityBytes": dir.quota(),
                "usedBytes": dir.used(),
            })
        })
    });
    let tiers = store.tiers().iter().map(|tier| {
        json!({
            "tierAlias": tier.alias(),
            "capacityBytes": tier.capacity().bytes(),
            "usedBytes": tier.used().bytes(),
        })
    });
    Json(json!({
        "storageDirs": dirs.collect::<Vec<_>>(),
        "version": &*view.version,
        "revision": &*view.revision,
        "capacityBytes": store.capacity().to_string(),
        "usedBytes": store.used().to_string(),
        "workerInfo": {
            "uptime": view.uptime_text(),
            "startTime": date_text(view.started),
            "workerAddress": view.address_text(),
        },
        "usageOnTiers": tiers.collect::<Vec<_>>(),
        "blockCount": store.block_count().to_string(),
    }))
}

/// A part of a long list.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    offset: usize,
    limit: Option<usize>,
}

/// Entries of a page when the request does not say.
const PAGE: usize = 20;
/// Entries of a page at most.
const LARGEST_PAGE: usize = 1000;

/// The blocks, by id. The worker does not know the paths of files; the master's pages show them.
pub(super) async fn webui_blockinfo(
    State(view): State<WebView>,
    Query(page): Query<Page>,
) -> Json<Value> {
    let limit = page.limit.unwrap_or(PAGE).min(LARGEST_PAGE);
    let store = Arc::clone(&view.worker.store);
    let (shown, total) = run(move || store.page(page.offset, limit)).await;
    let shown: Vec<_> = shown.iter().map(block_json).collect();
    let aliases: Vec<_> = view
        .worker
        .store
        .tiers()
        .iter()
        .map(StorageTier::alias)
        .collect();
    Json(json!({
        "path": null,
        "blockSizeBytes": null,
        "invalidPathError": "",
        "fatalError": "",
        "ntotalFile": total,
        "fileInfos": shown,
        "fileBlocksOnTier": null,
        "orderedTierAliases": aliases,
    }))
}

fn block_json(meta: &BlockMeta) -> Value {
    json!({
        "id": meta.block_id.file_id().raw(),
        "blockIds": [meta.block_id.raw()],
        "size": format!("{}B", meta.length),
        "blocksOnTier": {
            &*meta.place.tier: [{
                "id": meta.block_id.raw(),
                "blockLength": meta.length,
                "isInHighestTier": meta.level == 0,
                "lastAccessTimeMs": -1,
                "locations": [],
            }],
        },
        "inAlluxio": true,
        "isDirectory": false,
    })
}

/// What the worker is doing, for whoever wants to stop it.
pub(super) async fn operations(State(view): State<WebView>) -> Json<Value> {
    let active = view.worker.metrics.active_clients.value();
    // Calls do not wait in a queue here.
    Json(json!({ "operationCount": active, "rpcQueueLength": 0 }))
}

pub(super) async fn webui_metrics(State(view): State<WebView>) -> Json<Value> {
    let store = &view.worker.store;
    let (total, used) = (store.capacity().bytes().max(1), store.used().bytes());
    let percentage = used.saturating_mul(100) / total;
    let suffix = format!(".{}", view.worker.address.host.replace('.', "_"));
    let operations: BTreeMap<_, _> = view
        .metrics
        .snapshot()
        .numbers()
        .into_iter()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix("Worker.")?;
            let name = name.strip_suffix(suffix.as_str()).unwrap_or(name);
            Some((name.to_owned(), json!({ "count": value })))
        })
        .collect();
    Json(json!({
        "workerCapacityUsedPercentage": percentage,
        "workerCapacityFreePercentage": 100 - percentage.min(100),
        "operationMetrics": operations,
    }))
}

pub(super) async fn webui_config(State(view): State<WebView>) -> Json<Value> {
    let properties = view.conf.properties.iter().map(|property| {
        json!({ "left": property.name, "middle": property.value, "right": property.source })
    });
    Json(json!({
        "configuration": properties.collect::<Vec<_>>(),
        "whitelist": ["/"],
    }))
}

/// Which log, and from where.
#[derive(Debug, Deserialize)]
pub(super) struct LogQuery {
    #[serde(default)]
    path: String,
    #[serde(default)]
    offset: u64,
}

pub(super) async fn webui_logs(
    State(view): State<WebView>,
    Query(query): Query<LogQuery>,
) -> Json<Value> {
    let conf = Arc::clone(&view.conf);
    let answer = run(move || {
        let folder = conf.logs.as_deref();
        if query.path.is_empty() {
            let files = logs::list(folder);
            let infos: Vec<_> = files
                .iter()
                .map(|file| json!({ "name": file.name, "absolutePath": file.name, "size": file.size_text() }))
                .collect();
            return json!({
                "debug": false, "invalidPathError": "", "viewingOffset": 0, "currentPath": "",
                "ntotalFile": infos.len(), "fileInfos": infos, "fatalError": null, "fileData": null,
            });
        }
        let read = logs::read(folder, &query.path, logs::Start::Offset(query.offset));
        let (data, problem) = match read {
            Ok(part) => (Some(part.text), String::new()),
            Err(problem) => (None, problem.to_string()),
        };
        json!({
            "debug": false, "invalidPathError": problem, "viewingOffset": query.offset,
            "currentPath": query.path, "ntotalFile": 0, "fileInfos": null, "fatalError": null,
            "fileData": data,
        })
    });
    Json(answer.await)
}
