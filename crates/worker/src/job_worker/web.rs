//! The web server of a job worker: JSON and metrics for programs.

use std::io;
use std::net::{SocketAddr, TcpListener};

use alluxio_common::metrics::Metrics;
use alluxio_common::{Tasks, Timestamp};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::json;

use crate::web::log_level;

/// What the answers are made of.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) metrics: Metrics,
    pub(super) version: String,
    pub(super) started: Timestamp,
}

/// Serves on this listener until the tasks stop.
pub(super) fn serve(view: View, listener: TcpListener, tasks: &Tasks) -> io::Result<SocketAddr> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = Router::new()
        .route(
            "/",
            get(|| async { Redirect::temporary("/api/v1/job_worker/info") }),
        )
        .route("/api/v1/job_worker/info", get(info))
        .route(
            "/metrics",
            get(|| async { Redirect::temporary("/metrics/json/") }),
        )
        .route("/metrics/json", get(metrics_json))
        .route("/metrics/json/", get(metrics_json))
        .route("/metrics/prometheus", get(metrics_prometheus))
        .route("/metrics/prometheus/", get(metrics_prometheus))
        .route("/api/v1/job_worker/logLevel", post(log_level))
        .with_state(view);
    tasks.spawn("job worker web", async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the web server ended");
        }
    });
    Ok(address)
}

async fn info(State(view): State<View>) -> Response {
    let body = json!({"version": view.version, "startTimeMs": view.started.millis()});
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

async fn metrics_json(State(view): State<View>) -> Response {
    (
        [(CONTENT_TYPE, "application/json")],
        view.metrics.snapshot().to_json(),
    )
        .into_response()
}

async fn metrics_prometheus(State(view): State<View>) -> Response {
    let text = view.metrics.snapshot().to_prometheus();
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response()
}
