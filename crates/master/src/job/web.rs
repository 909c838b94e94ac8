//! The web server of the job master: JSON and metrics for programs.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use alluxio_common::conf::ConfProperty;
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{Clock, Tasks, Timestamp};
use alluxio_web::{log_level, metrics_routes};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::job_master::JobMaster;

/// What the answers are made of.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) jobs: Arc<JobMaster>,
    pub(super) metrics: Metrics,
    pub(super) levels: LogLevels,
    pub(super) version: String,
    pub(super) configuration: Arc<[ConfProperty]>,
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
    json_response(told(&view).to_string())
}

/// Everything about this job master.
fn told(view: &View) -> Value {
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
    let configuration: BTreeMap<&str, &str> = view
        .configuration
        .iter()
        .filter_map(|property| Some((property.name.as_str(), property.value.as_deref()?)))
        .collect();
    json!({
        "version": view.version,
        "startTimeMs": view.started.millis(),
        "uptimeMs": view.clock.now().millis() - view.started.millis(),
        "configuration": configuration,
        "workers": workers,
    })
}

async fn list(State(view): State<View>) -> Response {
    let ids: Vec<i64> = view.jobs.jobs().iter().map(|job| job.id.raw()).collect();
    json_response(json!(ids).to_string())
}

fn json_response(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alluxio_common::ManualClock;

    use super::super::job_master::JobMasterConf;
    use super::*;

    #[test]
    fn the_information_shows_the_start_and_the_configuration() {
        let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
        let shared: Arc<dyn Clock> = clock.clone();
        let property = |name: &str, value: Option<&str>| ConfProperty {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            source: String::new(),
        };
        let view = View {
            jobs: JobMaster::new(JobMasterConf::default(), Arc::clone(&shared)),
            metrics: Metrics::new(Arc::clone(&shared)),
            levels: LogLevels::default(),
            version: "2.9.4".to_owned(),
            configuration: [property("a", Some("1")), property("b", None)].into(),
            started: shared.now(),
            clock: shared,
        };
        clock.advance(Duration::from_secs(2));
        let told = told(&view);
        assert_eq!(told["configuration"], json!({"a": "1"}));
        assert_eq!(told["startTimeMs"], 1_000);
        assert_eq!(told["uptimeMs"], 2_000);
    }
}
