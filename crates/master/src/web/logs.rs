//! The log files of this machine.

use alluxio_common::logging::folder::{self, LogFile, Start};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::render::{Frame, render};
use super::view::WebView;

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

pub(super) async fn logs(State(view): State<WebView>, Query(query): Query<LogQuery>) -> Response {
    let frame = Frame::new("Logs", &view);
    let page = tokio::task::spawn_blocking(move || {
        let logs = view.parts.conf.logs.as_deref();
        let mut page = LogsPage {
            frame,
            files: folder::list(logs),
            path: query.path,
            text: String::new(),
            problem: String::new(),
            offset: 0,
        };
        if page.path.is_empty() {
            return page;
        }
        let start = query.offset.map_or(Start::End, Start::Offset);
        match folder::read(logs, &page.path, start) {
            Ok(part) => (page.text, page.offset) = (part.text, part.offset),
            Err(problem) => page.problem = problem.to_string(),
        }
        page
    });
    match page.await {
        Ok(page) => render(&page),
        Err(_stopped) => {
            axum::response::IntoResponse::into_response(axum::http::StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
