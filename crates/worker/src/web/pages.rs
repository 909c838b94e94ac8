//! The pages for people.

use std::sync::Arc;

use alluxio_common::ByteSize;
use alluxio_common::date::date_text;
use alluxio_web::{
    Frame, Link, LogQuery, bad_query, configuration_page, logs_page, render, unknown_page,
};
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;

use super::view::WebView;
use crate::blocking::run;

/// Blocks on one page.
const BLOCKS_PER_PAGE: usize = 100;

/// The frame of the page with this title.
fn frame(title: &'static str, view: &WebView) -> Frame {
    let (host, port) = (&view.conf.master_host, view.conf.master_web_port);
    Frame {
        title,
        process: "worker",
        host: view.worker.address.host.clone(),
        version: view.version.to_string(),
        links: vec![
            Link::new("Overview", "/overview"),
            Link::new("BlockInfo", "/blockInfo"),
            Link::new("Configuration", "/config"),
            Link::new("Logs", "/logs"),
            Link::new("Metrics", "/metrics/json/"),
            Link::new("Master", format!("http://{host}:{port}/")),
        ],
    }
}

/// A size as people read it, and how full it is.
#[derive(Debug)]
struct Usage {
    name: String,
    place: String,
    capacity: String,
    used: String,
    percent: u64,
    serving: bool,
}

impl Usage {
    fn new(name: &str, place: &str, capacity: u64, used: u64) -> Self {
        Self {
            name: name.to_owned(),
            place: place.to_owned(),
            capacity: ByteSize::from_bytes(capacity).to_string(),
            used: ByteSize::from_bytes(used).to_string(),
            percent: used.saturating_mul(100).checked_div(capacity).unwrap_or(0),
            serving: true,
        }
    }
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    address: String,
    worker_id: String,
    version: String,
    started: String,
    uptime: String,
    revision: String,
    blocks: usize,
    total: Usage,
    tiers: Vec<Usage>,
    dirs: Vec<Usage>,
}

pub(super) async fn overview(State(view): State<WebView>) -> Response {
    let store = &view.worker.store;
    let tiers = store.tiers().iter().map(|tier| {
        let (capacity, used) = (tier.capacity().bytes(), tier.used().bytes());
        Usage::new(tier.alias(), "", capacity, used)
    });
    let dirs = store.tiers().iter().flat_map(|tier| {
        tier.dirs().iter().map(move |dir| Usage {
            serving: dir.is_serving(),
            ..Usage::new(
                tier.alias(),
                &dir.root().display().to_string(),
                dir.quota(),
                dir.used(),
            )
        })
    });
    let worker_id = view.worker.master.worker_id();
    let page = OverviewPage {
        address: view.address_text(),
        worker_id: worker_id.map_or_else(|| "not registered".to_owned(), |id| id.to_string()),
        version: view.version.to_string(),
        started: date_text(view.started),
        uptime: view.uptime_text(),
        revision: view.revision.to_string(),
        blocks: store.block_count(),
        total: Usage::new(
            "All tiers",
            "",
            store.capacity().bytes(),
            store.used().bytes(),
        ),
        tiers: tiers.collect(),
        dirs: dirs.collect(),
    };
    render(&frame("Overview", &view), &page)
}

/// Which page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct PageQuery {
    #[serde(default)]
    page: usize,
}

#[derive(Debug)]
struct BlockRow {
    id: i64,
    file_id: i64,
    index: u32,
    length: String,
    tier: String,
    medium: String,
    path: String,
}

#[derive(Template)]
#[template(path = "blocks.html")]
struct BlocksPage {
    rows: Vec<BlockRow>,
    total: usize,
    page: usize,
    last_page: usize,
}

pub(super) async fn blocks(
    State(view): State<WebView>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Response {
    let Query(query) = match query {
        Ok(query) => query,
        Err(rejection) => return bad_query(&frame("Error", &view), &rejection),
    };
    let store = Arc::clone(&view.worker.store);
    let last_page = store.block_count().saturating_sub(1) / BLOCKS_PER_PAGE;
    let page = query.page.min(last_page);
    let (shown, total) = run(move || store.page(page * BLOCKS_PER_PAGE, BLOCKS_PER_PAGE)).await;
    let rows = shown
        .iter()
        .map(|meta| BlockRow {
            id: meta.block_id.raw(),
            file_id: meta.block_id.file_id().raw(),
            index: meta.block_id.index(),
            length: ByteSize::from_bytes(meta.length).to_string(),
            tier: meta.place.tier.to_string(),
            medium: meta.place.medium.to_string(),
            path: meta.path.display().to_string(),
        })
        .collect();
    let page = BlocksPage {
        rows,
        total,
        page,
        last_page,
    };
    render(&frame("BlockInfo", &view), &page)
}

pub(super) async fn log_files(
    State(view): State<WebView>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Response {
    let folder = view.conf.logs.clone();
    let frame = frame("Logs", &view);
    match query {
        Ok(Query(query)) => logs_page(&frame, folder, query).await,
        Err(rejection) => bad_query(&frame, &rejection),
    }
}

pub(super) async fn unknown(State(view): State<WebView>, address: Uri) -> Response {
    unknown_page(&frame("Error", &view), &address)
}

pub(super) async fn configuration(State(view): State<WebView>) -> Response {
    configuration_page(&frame("Configuration", &view), &view.conf.properties)
}
