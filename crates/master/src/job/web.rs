//! The web server of the job master: JSON and metrics for programs.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{Clock, Tasks, Timestamp};
use alluxio_web::{log_level, metrics_routes};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::json;

use super::job_master::JobMaster;

/// What the answers are made of.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) jobs: Arc<JobMaster>,
    pub(super) metrics: Metrics,
    pub(super) levels: LogLevels,
    pub(super) version: String,
    pub(super) started: Timestamp,
    pub(super) clock: Arc<dyn Clock>,
}

/// Serves on this listener until the tasks stop.
pub(super) fn serve(view: View, listener: TcpListener, tasks: &Tasks) -> io::Result<SocketAddr> {
    let router = Router::new()
        .route(
            "/",
            get(|| async { Redirect::temporary("/api/v1/job_master/info") }),
        )
        .route("/api/v1/job_master/info", get(info))
        .route("/api/v1/master/job/list", get(list))
        .merge(metrics_routes(view.metrics.clone()))
        .route(
            "/api/v1/job_master/logLevel",
            log_level(view.levels.clone()),
        )
        .with_state(view);
    alluxio_web::serve(router, listener, "job master web", tasks)
}

async fn info(State(view): State<View>) -> Response {
    let workers: Vec<_> = view
        .jobs
        .workers()
        .into_iter()
        .map(|(id, address, _health, silent_for)| {
            let tiers: Vec<_> = address
                .locality
                .iter()
                .map(|tier| json!({"tierName": tier.name, "value": tier.value}))
                .collect();
            json!({
                "id": id.raw(),
                "state": "In Service",
                "lastContactSec": silent_for.as_secs(),
                "address": {
                    "host": address.host,
                    "containerHost": address.container_host,
                    "rpcPort": address.rpc_port,
                    "dataPort": address.data_port,
                    "webPort": address.web_port,
                    "domainSocketPath": address.domain_socket_path,
                    "tieredIdentity": {"tiers": tiers},
                },
            })
        })
        .collect();
    let body = json!({
        "version": view.version,
        "startTimeMs": view.started.millis(),
        "uptimeMs": view.clock.now().millis() - view.started.millis(),
        "configuration": {},
        "workers": workers,
    });
    json_response(body.to_string())
}

async fn list(State(view): State<View>) -> Response {
    let ids: Vec<i64> = view.jobs.jobs().iter().map(|job| job.id.raw()).collect();
    json_response(json!(ids).to_string())
}

fn json_response(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}
