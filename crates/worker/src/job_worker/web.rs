//! The web server of a job worker: JSON and metrics for programs.

use std::io;
use std::net::{SocketAddr, TcpListener};

use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{Tasks, Timestamp};
use alluxio_web::{log_level, metrics_routes};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::json;

/// What the answers are made of.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) metrics: Metrics,
    pub(super) levels: LogLevels,
    pub(super) version: String,
    pub(super) started: Timestamp,
}

/// Serves on this listener until the tasks stop.
pub(super) fn serve(view: View, listener: TcpListener, tasks: &Tasks) -> io::Result<SocketAddr> {
    let router = Router::new()
        .route(
            "/",
            get(|| async { Redirect::temporary("/api/v1/job_worker/info") }),
        )
        .route("/api/v1/job_worker/info", get(info))
        .merge(metrics_routes(view.metrics.clone()))
        .route(
            "/api/v1/job_worker/logLevel",
            log_level(view.levels.clone()),
        )
        .with_state(view);
    alluxio_web::serve(router, listener, "job worker web", tasks)
}

async fn info(State(view): State<View>) -> Response {
    let body = json!({"version": view.version, "startTimeMs": view.started.millis()});
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
