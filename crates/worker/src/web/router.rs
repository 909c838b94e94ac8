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
use super::{api, pages};

/// Serves the pages until the tasks end. Returns where.
///
/// # Errors
/// When the listener cannot be handed to the runtime.
pub fn serve(view: WebView, listener: TcpListener, tasks: &Tasks) -> io::Result<SocketAddr> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tasks.spawn("worker web", async move {
        if let Err(error) = axum::serve(listener, router(view)).await {
            tracing::error!(%error, "the web server ended");
        }
    });
    Ok(address)
}

fn router(view: WebView) -> Router {
    Router::new()
        .route("/", get(pages::overview))
        .route("/overview", get(pages::overview))
        .route("/blockInfo", get(pages::blocks))
        .route("/logs", get(pages::log_files))
        .route("/config", get(pages::configuration))
        .route("/configuration", get(pages::configuration))
        .route(
            "/metrics",
            get(|| async { Redirect::temporary("/metrics/json/") }),
        )
        .route("/metrics/json", get(metrics_json))
        .route("/metrics/json/", get(metrics_json))
        .route("/metrics/prometheus", get(metrics_prometheus))
        .route("/metrics/prometheus/", get(metrics_prometheus))
        .route("/api/v1/worker/info", get(api::info))
        .route("/api/v1/worker/info/", get(api::info))
        .route("/api/v1/worker/webui_init", get(api::webui_init))
        .route("/api/v1/worker/webui_overview", get(api::webui_overview))
        .route("/api/v1/worker/webui_blockinfo", get(api::webui_blockinfo))
        .route("/api/v1/worker/webui_metrics", get(api::webui_metrics))
        .route("/api/v1/worker/webui_logs", get(api::webui_logs))
        .route("/api/v1/worker/webui_config", get(api::webui_config))
        .route("/api/v1/worker/logLevel", post(log_level))
        .with_state(view)
}

async fn metrics_json(State(view): State<WebView>) -> Response {
    let text = view.metrics.snapshot().to_json();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

async fn metrics_prometheus(State(view): State<WebView>) -> Response {
    let text = view.metrics.snapshot().to_prometheus();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, kind)], text).into_response()
}
