//! The instruments of a process, for programs that collect them.

use alluxio_common::metrics::Metrics;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

/// `/metrics/json`, `/metrics/prometheus`, and `/metrics`, which leads to the first.
pub fn metrics_routes<S>(metrics: Metrics) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let counted = metrics.clone();
    let json = get(async move || json(&counted));
    let prometheus = get(async move || prometheus(&metrics));
    Router::new()
        .route(
            "/metrics",
            get(|| async { Redirect::temporary("/metrics/json/") }),
        )
        .route("/metrics/json", json.clone())
        .route("/metrics/json/", json)
        .route("/metrics/prometheus", prometheus.clone())
        .route("/metrics/prometheus/", prometheus)
}

fn json(metrics: &Metrics) -> Response {
    let text = metrics.snapshot().to_json();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

fn prometheus(metrics: &Metrics) -> Response {
    let text = metrics.snapshot().to_prometheus();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, kind)], text).into_response()
}
