//! Which address shows what.

use std::io;
use std::net::{SocketAddr, TcpListener};

use alluxio_common::Tasks;
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use super::log_level::log_level;
use super::view::WebView;
use super::{api, browse, cluster, logs};

/// Serves on this listener until the tasks stop.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(view: WebView, listener: TcpListener, tasks: &Tasks) -> io::Result<SocketAddr> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tasks.spawn("master web", async move {
        if let Err(error) = axum::serve(listener, router(view)).await {
            tracing::error!(%error, "the web server ended");
        }
    });
    Ok(address)
}

/// All pages and answers.
pub fn router(view: WebView) -> Router {
    Router::new()
        .route("/", get(cluster::overview))
        .route("/overview", get(cluster::overview))
        .route("/browse", get(browse::browse))
        .route("/workers", get(cluster::workers))
        .route("/mounttable", get(cluster::mounts))
        .route("/mounts", get(cluster::mounts))
        .route("/config", get(cluster::configuration))
        .route("/configuration", get(cluster::configuration))
        .route("/logs", get(logs::logs))
        .route(
            "/metrics",
            get(|| async { Redirect::temporary("/metrics/json/") }),
        )
        .route("/metrics/json", get(metrics_json))
        .route("/metrics/json/", get(metrics_json))
        .route("/metrics/prometheus", get(metrics_prometheus))
        .route("/metrics/prometheus/", get(metrics_prometheus))
        .route("/api/v1/master/info", get(api::info))
        .route("/api/v1/master/info/", get(api::info))
        .route("/api/v1/master/logLevel", post(log_level))
        .with_state(view)
}

async fn metrics_json(State(view): State<WebView>) -> Response {
    let text = view.parts.metrics.snapshot().to_json();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

async fn metrics_prometheus(State(view): State<WebView>) -> Response {
    let text = view.parts.metrics.snapshot().to_prometheus();
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response()
}
