//! The pages about the cluster: Overview, Workers, Mounts, Configuration.

use alluxio_common::ByteSize;
use alluxio_common::date::{date_text, span_text};
use alluxio_web::{configuration_page, render};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::time::Duration;

use super::render::{frame, in_link};
use super::view::WebView;
use crate::block::{WorkerFilter, WorkerReport};
use crate::file_system::{AskStores, MountInfo, MountProblem};
use crate::inode::InodeTree;

/// A part of a capacity, for people.
#[derive(Debug)]
struct Usage {
    name: String,
    capacity: String,
    used: String,
    free: String,
    percent: u64,
}

impl Usage {
    fn new(name: &str, capacity: u64, used: u64) -> Self {
        let text = |bytes: u64| ByteSize::from_bytes(bytes).to_string();
        Self {
            name: name.to_owned(),
            capacity: text(capacity),
            used: text(used),
            free: text(capacity.saturating_sub(used)),
            percent: used.saturating_mul(100).checked_div(capacity).unwrap_or(0),
        }
    }
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    address: String,
    version: String,
    cluster_id: String,
    started: String,
    uptime: String,
    safe_mode: bool,
    live: usize,
    lost: usize,
    files: u64,
    directories: u64,
    total: Usage,
    tiers: Vec<Usage>,
    problems: Vec<MountProblem>,
    stores: Vec<Usage>,
}

pub(super) async fn overview(State(view): State<WebView>) -> Response {
    let parts = &view.parts;
    let cluster = parts.blocks.capacity();
    let tiers = cluster.capacity.iter().map(|(tier, capacity)| {
        Usage::new(
            tier,
            *capacity,
            cluster.used.get(tier).copied().unwrap_or(0),
        )
    });
    let tiers = tiers.collect();
    let (capacity, used) = parts.blocks.total_bytes();
    let (mounts, problems) = tokio::join!(
        parts.files.mount_table(AskStores::Yes),
        parts.files.mount_problems(&parts.tasks),
    );
    let stores = mounts.iter().map(|mount| {
        let (total, used) = space(mount);
        Usage::new(&format!("{} on {}", mount.ufs_uri, mount.path), total, used)
    });
    let counts = parts.files.read(InodeTree::counts);
    let identity = parts.meta.identity();
    let page = OverviewPage {
        address: format!("{}:{}", identity.hostname, identity.rpc_port),
        version: identity.version.clone(),
        cluster_id: identity.cluster_id.clone(),
        started: date_text(identity.started),
        uptime: span_text(Duration::from_millis(parts.meta.uptime_ms().unsigned_abs())),
        safe_mode: parts.blocks.is_in_safe_mode(),
        live: cluster.live,
        lost: cluster.lost,
        files: counts.files,
        directories: counts.directories,
        total: Usage::new("All workers", capacity, used),
        tiers,
        problems,
        stores: stores.collect(),
    };
    render(&frame("Overview", &view), &page)
}

/// The room of a store, and what is taken of it; 0 when it does not tell.
pub(super) fn space(mount: &MountInfo) -> (u64, u64) {
    (
        mount.space.capacity.unwrap_or(0),
        mount.space.used.unwrap_or(0),
    )
}

#[derive(Debug)]
struct WorkerRow {
    name: String,
    link: String,
    id: i64,
    state: &'static str,
    heartbeat: u64,
    uptime: String,
    blocks: u64,
    usage: Usage,
    version: String,
}

impl WorkerRow {
    fn new(worker: WorkerReport, now_ms: i64) -> Self {
        let up = Duration::from_millis((now_ms - worker.started.millis()).max(0).unsigned_abs());
        Self {
            name: worker.address.data_address(),
            link: format!(
                "http://{}:{}/",
                worker.address.host, worker.address.web_port
            ),
            id: worker.id.raw(),
            state: worker.state_name(),
            heartbeat: worker.silent_seconds,
            uptime: span_text(up),
            blocks: worker.block_count,
            usage: Usage::new("", worker.capacity_bytes(), worker.used_bytes()),
            version: worker.build.version,
        }
    }
}

#[derive(Template)]
#[template(path = "workers.html")]
struct WorkersPage {
    live: Vec<WorkerRow>,
    others: Vec<WorkerRow>,
}

pub(super) async fn workers(State(view): State<WebView>) -> Response {
    let parts = &view.parts;
    let now_ms = parts.meta.identity().started.millis() + parts.meta.uptime_ms();
    let rows = |filter: WorkerFilter| {
        let workers = parts.blocks.workers(&filter).into_iter();
        workers
            .map(|worker| WorkerRow::new(worker, now_ms))
            .collect::<Vec<_>>()
    };
    let mut others = rows(WorkerFilter::Lost);
    others.extend(rows(WorkerFilter::Decommissioned));
    let page = WorkersPage {
        live: rows(WorkerFilter::Live),
        others,
    };
    render(&frame("Workers", &view), &page)
}

#[derive(Debug)]
struct MountRow {
    path: String,
    link: String,
    ufs_uri: String,
    kind: &'static str,
    usage: Usage,
    read_only: bool,
    shared: bool,
    properties: String,
}

#[derive(Template)]
#[template(path = "mounts.html")]
struct MountsPage {
    problems: Vec<MountProblem>,
    mounts: Vec<MountRow>,
}

pub(super) async fn mounts(State(view): State<WebView>) -> Response {
    let parts = &view.parts;
    let (mounts, problems) = tokio::join!(
        parts.files.mount_table(AskStores::Yes),
        parts.files.mount_problems(&parts.tasks),
    );
    let rows = mounts.into_iter().map(|mount| {
        let (total, used) = space(&mount);
        let properties: Vec<String> = mount
            .properties
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        MountRow {
            path: mount.path.to_string(),
            link: in_link(mount.path.as_str()),
            ufs_uri: mount.ufs_uri,
            kind: mount.ufs_kind,
            usage: Usage::new("", total, used),
            read_only: mount.read_only,
            shared: mount.shared,
            properties: properties.join(", "),
        }
    });
    let page = MountsPage {
        problems,
        mounts: rows.collect(),
    };
    render(&frame("Mount Table", &view), &page)
}

pub(super) async fn configuration(State(view): State<WebView>) -> Response {
    let properties = &view.parts.conf.properties;
    configuration_page(&frame("Configuration", &view), properties)
}
