//! `logLevel`: shows or changes what this process logs.

use alluxio_common::logging::LogLevels;
use axum::extract::Query;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use serde::Deserialize;
use serde_json::json;

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogLevelQuery {
    /// The logger.
    log_name: String,
    /// Its new level; only shown without one.
    level: Option<String>,
}

/// Answers `POST /api/v1/<process>/logLevel?logName=...&level=...` from these levels.
pub fn log_level<S>(levels: LogLevels) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    post(async move |Query(query): Query<LogLevelQuery>| answer(&levels, &query))
}

fn answer(levels: &LogLevels, query: &LogLevelQuery) -> Response {
    let answer = levels.answer(&query.log_name, query.level.as_deref());
    let body = json!({
        "message": answer.message,
        "level": answer.level,
        "logName": query.log_name,
    });
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
