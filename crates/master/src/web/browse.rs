//! Browse: directories a page at a time, and files with their blocks and bytes.

use std::sync::Arc;

use alluxio_common::date::date_text;
use alluxio_common::{AlluxioPath, ByteSize, Describe, Hint};
use alluxio_web::{bad_query, render};
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::content;
use super::render::{frame, in_link, problem};
use super::view::WebView;
use crate::error::FileSystemError;
use crate::file_system::{
    FileBlock, FileInfo, GetStatusOptions, ListStatusOptions, ListStatusPartialOptions, Offset,
};

/// Entries on one page, when the address does not say how many.
const ROWS_PER_PAGE: usize = 100;
/// Entries on one page at most.
const MOST_ROWS_PER_PAGE: usize = 1000;

/// What is to be shown.
#[derive(Debug, Deserialize)]
pub(super) struct BrowseQuery {
    /// The root when it is absent or empty.
    #[serde(default)]
    path: String,
    /// The last name of the page before.
    after: Option<String>,
    /// How many entries of a directory.
    limit: Option<usize>,
    /// Where in a file to begin; the beginning when absent.
    offset: Option<u64>,
    /// Counted from the end instead.
    end: Option<u64>,
}

/// A part of the path, with its link.
#[derive(Debug)]
struct Crumb {
    name: String,
    link: String,
}

#[derive(Debug)]
struct Row {
    name: String,
    link: String,
    size: String,
    block_size: String,
    in_alluxio: String,
    persistence: &'static str,
    mode: String,
    owner: String,
    group: String,
    pinned: bool,
    modified: String,
}

#[derive(Template)]
#[template(path = "browse.html")]
struct DirectoryPage {
    crumbs: Vec<Crumb>,
    rows: Vec<Row>,
    count: i64,
    path_link: String,
    next_after: String,
    limit: Option<usize>,
}

#[derive(Debug)]
struct BlockRow {
    id: i64,
    offset: u64,
    length: u64,
    places: Vec<String>,
}

#[derive(Template)]
#[template(path = "file.html")]
struct FilePage {
    crumbs: Vec<Crumb>,
    details: Vec<(&'static str, String)>,
    blocks: Vec<BlockRow>,
    path_link: String,
    offset: u64,
    text: String,
    problem: String,
    shows_content: bool,
}

pub(super) async fn browse(
    State(view): State<WebView>,
    query: Result<Query<BrowseQuery>, QueryRejection>,
) -> Response {
    let query = match query {
        Ok(Query(query)) => query,
        Err(rejection) => return bad_query(&frame("Error", &view), &rejection),
    };
    match show(&view, query).await {
        Ok(page) => page,
        Err(error) => {
            let mut text = error.to_string();
            if let Some(Hint::CheckProperty(name)) = error.hint() {
                text.push_str(&format!(" Check the property {name}."));
            }
            problem(&view, StatusCode::NOT_FOUND, &text)
        }
    }
}

async fn show(view: &WebView, query: BrowseQuery) -> Result<Response, FileSystemError> {
    let path = match query.path.as_str() {
        "" => AlluxioPath::root(),
        path => AlluxioPath::parse(path)?,
    };
    let files = &view.parts.files;
    let request = files.own_request();
    let info = files
        .get_status(&request, &path, GetStatusOptions::default())
        .await?;
    if info.folder {
        return show_directory(view, &path, query).await;
    }
    show_file(view, &path, info, query).await
}

async fn show_directory(
    view: &WebView,
    path: &AlluxioPath,
    query: BrowseQuery,
) -> Result<Response, FileSystemError> {
    let files = Arc::clone(&view.parts.files);
    let rows = query.limit.unwrap_or(ROWS_PER_PAGE);
    let rows = rows.clamp(1, MOST_ROWS_PER_PAGE);
    let options = ListStatusPartialOptions {
        listing: ListStatusOptions::default(),
        offset: query.after.map_or(Offset::Start, Offset::AfterPath),
        batch_size: Some(rows),
        prefix: String::new(),
    };
    let mut entries = Vec::with_capacity(rows);
    let listing = files
        .list_status_partial(&files.own_request(), path, &options, |status| {
            entries.push(status.to_info());
        })
        .await?;
    let next_after = match entries.last() {
        Some(last) if listing.is_truncated => in_link(&last.name),
        Some(_) | None => String::new(),
    };
    let page = DirectoryPage {
        crumbs: crumbs(path),
        rows: entries.iter().map(row).collect(),
        count: listing.file_count,
        path_link: in_link(path.as_str()),
        next_after,
        limit: query.limit,
    };
    Ok(render(&frame("Browse", view), &page))
}

fn crumbs(path: &AlluxioPath) -> Vec<Crumb> {
    let mut at = AlluxioPath::root();
    let mut crumbs = vec![Crumb {
        name: "root".to_owned(),
        link: in_link("/"),
    }];
    for component in path.components() {
        at = at.child(component);
        crumbs.push(Crumb {
            name: component.to_owned(),
            link: in_link(at.as_str()),
        });
    }
    crumbs
}

fn size_text(bytes: i64) -> String {
    match u64::try_from(bytes) {
        Ok(bytes) => ByteSize::from_bytes(bytes).to_string(),
        Err(_unknown) => "unknown".to_owned(),
    }
}

fn mode_text(info: &FileInfo) -> String {
    format!("{}{}", if info.folder { 'd' } else { '-' }, info.mode)
}

fn row(info: &FileInfo) -> Row {
    let of_file = |text: String| if info.folder { String::new() } else { text };
    Row {
        name: info.name.clone(),
        link: in_link(&info.path),
        size: if info.folder {
            format!("{} items", info.length)
        } else {
            size_text(info.length)
        },
        block_size: of_file(size_text(info.block_size)),
        in_alluxio: of_file(format!("{}%", info.in_alluxio_percentage)),
        persistence: info.persistence.as_str(),
        mode: mode_text(info),
        owner: info.owner.clone(),
        group: info.group.clone(),
        pinned: info.pinned,
        modified: date_text(info.modification_time),
    }
}

async fn show_file(
    view: &WebView,
    path: &AlluxioPath,
    info: FileInfo,
    query: BrowseQuery,
) -> Result<Response, FileSystemError> {
    let length = info.length.max(0).unsigned_abs();
    let offset = match (query.end, query.offset) {
        (Some(end), _) => length.saturating_sub(end),
        (None, offset) => offset.unwrap_or(0).min(length),
    };
    let shows_content = view.parts.conf.shows_content;
    let (mut text, mut problem) = (String::new(), String::new());
    if shows_content && info.completed {
        match content::read(&view.parts, &info, offset).await {
            Ok(bytes) => text = String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => problem = error.to_string(),
        }
    }
    let details = vec![
        ("File id", info.file_id.to_string()),
        ("Store", info.ufs_path.clone()),
        (
            "Size",
            format!("{} ({length} bytes)", size_text(info.length)),
        ),
        ("Block size", size_text(info.block_size)),
        (
            "State",
            if info.completed {
                "complete"
            } else {
                "being written"
            }
            .to_owned(),
        ),
        ("Persistence", info.persistence.to_string()),
        ("In Alluxio", format!("{}%", info.in_alluxio_percentage)),
        ("Mode", mode_text(&info)),
        ("Owner", info.owner.clone()),
        ("Group", info.group.clone()),
        ("Pinned", if info.pinned { "yes" } else { "no" }.to_owned()),
        ("Created", date_text(info.creation_time)),
        ("Modified", date_text(info.modification_time)),
    ];
    let page = FilePage {
        crumbs: crumbs(path),
        details,
        blocks: info.blocks.iter().map(block_row).collect(),
        path_link: in_link(path.as_str()),
        offset,
        text,
        problem,
        shows_content,
    };
    Ok(render(&frame("Browse", view), &page))
}

fn block_row(block: &FileBlock) -> BlockRow {
    let places = block
        .copies
        .iter()
        .map(|copy| format!("{} ({})", copy.address.data_address(), copy.tier_alias));
    BlockRow {
        id: block.block_id.raw(),
        offset: block.offset,
        length: block.length,
        places: places.collect(),
    }
}
