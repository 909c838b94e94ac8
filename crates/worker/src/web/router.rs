//! Which address shows what.

use std::io;
use std::net::{SocketAddr, TcpListener};

use alluxio_common::Tasks;
use alluxio_web::{log_level, metrics_routes};
use axum::Router;
use axum::routing::get;

use super::view::WebView;
use super::{api, pages};

/// Serves the pages until the tasks end. Returns where.
///
/// # Errors
/// When the listener cannot be handed to the runtime.
pub fn serve(view: WebView, listener: TcpListener, tasks: &Tasks) -> io::Result<SocketAddr> {
    alluxio_web::serve(router(view), listener, "worker web", tasks)
}

fn router(view: WebView) -> Router {
    Router::new()
        .route("/", get(pages::overview))
        .route("/overview", get(pages::overview))
        .route("/blockInfo", get(pages::blocks))
        .route("/logs", get(pages::log_files))
        .route("/config", get(pages::configuration))
        .route("/configuration", get(pages::configuration))
        .merge(metrics_routes(view.metrics.clone()))
        .route("/api/v1/worker/info", get(api::info))
        .route("/api/v1/worker/info/", get(api::info))
        .route("/api/v1/worker/operations", get(api::operations))
        .route("/api/v1/worker/webui_init", get(api::webui_init))
        .route("/api/v1/worker/webui_overview", get(api::webui_overview))
        .route("/api/v1/worker/webui_blockinfo", get(api::webui_blockinfo))
        .route("/api/v1/worker/webui_metrics", get(api::webui_metrics))
        .route("/api/v1/worker/webui_logs", get(api::webui_logs))
        .route("/api/v1/worker/webui_config", get(api::webui_config))
        .route("/api/v1/worker/logLevel", log_level(view.levels.clone()))
        .fallback(pages::unknown)
        .with_state(view)
}
