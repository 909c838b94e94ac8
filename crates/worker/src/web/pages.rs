//! The pages for people.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use alluxio_common::ByteSize;
use alluxio_common::date::date_text;

use super::view::{ShownProperty, WebView};
use alluxio_common::logging::folder::{self as logs, LogFile, Start};

/// Nothing but our own style runs or loads: a hostile name that slipped through would stay text.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'";

/// Blocks on one page.
const BLOCKS_PER_PAGE: usize = 100;

/// What stands on every page.
#[derive(Debug)]
struct Frame {
    title: &'static str,
    host: String,
    version: String,
    master: String,
}

impl Frame {
    fn new(title: &'static str, view: &WebView) -> Self {
        Self {
            title,
            host: view.worker.address.host.clone(),
            version: view.version.to_string(),
            master: format!(
                "http://{}:{}/",
                view.conf.master_host, view.conf.master_web_port
            ),
        }
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
    frame: Frame,
    address: String,
    worker_id: String,
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
    render(&OverviewPage {
        frame: Frame::new("Overview", &view),
        address: view.address_text(),
        worker_id: worker_id.map_or_else(|| "not registered".to_owned(), |id| id.to_string()),
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
    })
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
    frame: Frame,
    rows: Vec<BlockRow>,
    total: usize,
    page: usize,
    last_page: usize,
}

pub(super) async fn blocks(
    State(view): State<WebView>,
    Query(query): Query<PageQuery>,
) -> Response {
    let mut all = view.worker.store.list();
    all.sort_unstable_by_key(|meta| meta.block_id);
    let last_page = all.len().saturating_sub(1) / BLOCKS_PER_PAGE;
    let page = query.page.min(last_page);
    let rows = all
        .iter()
        .skip(page * BLOCKS_PER_PAGE)
        .take(BLOCKS_PER_PAGE)
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
    render(&BlocksPage {
        frame: Frame::new("BlockInfo", &view),
        rows,
        total: all.len(),
        page,
        last_page,
    })
}

/// Which log, and how much of it.
#[derive(Debug, Deserialize)]
pub(super) struct LogQuery {
    #[serde(default)]
    path: String,
    offset: Option<u64>,
}

#[derive(Template)]
#[template(path = "logs.html")]
struct LogsPage {
    frame: Frame,
    files: Vec<LogFile>,
    path: String,
    text: String,
    problem: String,
    offset: u64,
}

pub(super) async fn log_files(
    State(view): State<WebView>,
    Query(query): Query<LogQuery>,
) -> Response {
    let frame = Frame::new("Logs", &view);
    let conf = std::sync::Arc::clone(&view.conf);
    let page = crate::blocking::run(move || {
        let folder = conf.logs.as_deref();
        let mut page = LogsPage {
            frame,
            files: logs::list(folder),
            path: query.path,
            text: String::new(),
            problem: String::new(),
            offset: 0,
        };
        if page.path.is_empty() {
            return page;
        }
        let start = query.offset.map_or(Start::End, Start::Offset);
        match logs::read(folder, &page.path, start) {
            Ok(part) => (page.text, page.offset) = (part.text, part.offset),
            Err(problem) => page.problem = problem.to_string(),
        }
        page
    });
    render(&page.await)
}

#[derive(Template)]
#[template(path = "configuration.html")]
struct ConfigurationPage<'a> {
    frame: Frame,
    properties: &'a [ShownProperty],
}

pub(super) async fn configuration(State(view): State<WebView>) -> Response {
    render(&ConfigurationPage {
        frame: Frame::new("Configuration", &view),
        properties: &view.conf.properties,
    })
}

fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => {
            let headers = [
                (CONTENT_SECURITY_POLICY, POLICY),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, Html(text)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
