//! Which address shows what.

use std::io;
use std::net::{SocketAddr, TcpListener};

use alluxio_common::Tasks;
use alluxio_web::{LogQuery, bad_query, log_level, logs_page, metrics_routes, unknown_page};
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::Uri;
use axum::response::Response;
use axum::routing::get;

use super::render::frame;
use super::view::WebView;
use super::{api, browse, cluster};

/// Serves on this listener until the tasks stop.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(view: WebView, listener: TcpListener, tasks: &Tasks) -> io::Result<SocketAddr> {
    alluxio_web::serve(router(view), listener, "master web", tasks)
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
        .route("/logs", get(logs))
        .merge(metrics_routes(view.parts.metrics.clone()))
        .route("/api/v1/master/info", get(api::info))
        .route("/api/v1/master/info/", get(api::info))
        .route(
            "/api/v1/master/logLevel",
            log_level(view.parts.levels.clone()),
        )
        .fallback(unknown)
        .with_state(view)
}

async fn logs(
    State(view): State<WebView>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Response {
    let folder = view.parts.conf.logs.clone();
    let frame = frame("Logs", &view);
    match query {
        Ok(Query(query)) => logs_page(&frame, folder, query).await,
        Err(rejection) => bad_query(&frame, &rejection),
    }
}

async fn unknown(State(view): State<WebView>, address: Uri) -> Response {
    unknown_page(&frame("Error", &view), &address)
}
