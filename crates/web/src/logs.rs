//! The page about the log files of this machine.

use std::path::PathBuf;

use alluxio_common::logging::folder::{self, LogFile, Start};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::page::{Frame, render};

/// Which log, and how much of it.
#[derive(Debug, Deserialize)]
pub struct LogQuery {
    /// The name of a file in the folder; all are listed without it.
    #[serde(default)]
    path: String,
    /// From which byte on; the end of the file without it.
    offset: Option<u64>,
}

#[derive(Template)]
#[template(path = "logs.html")]
struct Logs {
    files: Vec<LogFile>,
    path: String,
    text: String,
    problem: String,
    offset: u64,
}

/// The page that lists the logs in this folder, or shows a part of one.
pub async fn logs_page(frame: &Frame, folder: Option<PathBuf>, query: LogQuery) -> Response {
    match tokio::task::spawn_blocking(move || Logs::read(folder, query)).await {
        Ok(logs) => render(frame, &logs),
        // The process is ending: another answer is not to be had.
        Err(_stopped) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

impl Logs {
    fn read(folder: Option<PathBuf>, query: LogQuery) -> Self {
        let folder = folder.as_deref();
        let mut logs = Self {
            files: folder::list(folder),
            path: query.path,
            text: String::new(),
            problem: String::new(),
            offset: 0,
        };
        if logs.path.is_empty() {
            return logs;
        }
        let start = query.offset.map_or(Start::End, Start::Offset);
        match folder::read(folder, &logs.path, start) {
            Ok(part) => (logs.text, logs.offset) = (part.text, part.offset),
            Err(problem) => logs.problem = problem.to_string(),
        }
        logs
    }
}
