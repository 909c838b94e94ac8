//! `logLevel`: shows or changes what this process logs.

use alluxio_common::logging::LogLevels;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogLevelQuery {
    /// The logger.
    log_name: String,
    /// Its new level; only shown without one.
    level: Option<String>,
}

/// `POST /api/v1/<process>/logLevel?logName=...&level=...`
pub async fn log_level(Query(query): Query<LogLevelQuery>) -> Response {
    let Some(levels) = LogLevels::of_process() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let answer = levels.answer(&query.log_name, query.level.as_deref());
    let body = json!({
        "message": answer.message,
        "level": answer.level,
        "logName": query.log_name,
    });
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
