//! `MetricsMasterClientService`: what clients count, and what the master shows.

use alluxio_common::metrics::Metrics;
use alluxio_proto::grpc;
use alluxio_proto::grpc::metric as pb;
use alluxio_proto::grpc::metric::metrics_master_client_service_server::MetricsMasterClientService;
use tonic::{Request, Response, Status};

/// Answers clients about metrics.
#[derive(Debug, Clone)]
pub struct MetricsService {
    metrics: Metrics,
}

impl MetricsService {
    /// Shows these metrics.
    pub fn new(metrics: Metrics) -> Self {
        Self { metrics }
    }
}

#[tonic::async_trait]
impl MetricsMasterClientService for MetricsService {
    async fn metrics_heartbeat(
        &self,
        request: Request<pb::MetricsHeartbeatPRequest>,
    ) -> Result<Response<pb::MetricsHeartbeatPResponse>, Status> {
        // What clients count is added up per cluster: each heartbeat carries what is new.
        let options = request.into_inner().options.unwrap_or_default();
        for metric in options
            .client_metrics
            .into_iter()
            .flat_map(|client| client.metrics)
        {
            let is_count = metric.metric_type() == grpc::MetricType::Counter;
            if is_count && let Some(name) = cluster_name(metric.name()) {
                // Counts are whole and far below 2^53.
                self.metrics
                    .counter(name)
                    .add(metric.value().max(0.0) as u64);
            }
        }
        Ok(Response::new(pb::MetricsHeartbeatPResponse {}))
    }

    async fn get_metrics(
        &self,
        _request: Request<pb::GetMetricsPOptions>,
    ) -> Result<Response<pb::GetMetricsPResponse>, Status> {
        let numbers = self.metrics.snapshot().numbers();
        let metrics = numbers.into_iter().map(|(name, value)| {
            let value = pb::MetricValue {
                double_value: Some(value),
                string_value: None,
                metric_type: Some(grpc::MetricType::Gauge.into()),
            };
            (name, value)
        });
        Ok(Response::new(pb::GetMetricsPResponse {
            metrics: metrics.collect(),
        }))
    }

    async fn clear_metrics(
        &self,
        _request: Request<pb::ClearMetricsPRequest>,
    ) -> Result<Response<pb::ClearMetricsPResponse>, Status> {
        Ok(Response::new(pb::ClearMetricsPResponse {}))
    }
}

/// Under which name the cluster adds up what its clients count. A closed list: clients choose the
/// names that they send, and must not fill the master's memory with them.
fn cluster_name(client_name: &str) -> Option<&'static str> {
    match client_name {
        "BytesReadLocal" | "Client.BytesReadLocal" => Some("Cluster.BytesReadLocal"),
        "BytesWrittenLocal" | "Client.BytesWrittenLocal" => Some("Cluster.BytesWrittenLocal"),
        "BytesWrittenUfs" | "Client.BytesWrittenUfs" => Some("Cluster.BytesWrittenUfs"),
        _ => None,
    }
}
