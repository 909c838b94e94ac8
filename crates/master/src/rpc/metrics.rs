//! `MetricsMasterClientService`: what clients count, and what the master shows.

use alluxio_proto::grpc;
use alluxio_proto::grpc::metric as pb;
use alluxio_proto::grpc::metric::metrics_master_client_service_server::MetricsMasterClientService;
use tonic::{Request, Response, Status};

use crate::meta::ClusterMetrics;

/// Answers clients about metrics.
#[derive(Debug, Clone)]
pub struct MetricsService {
    metrics: ClusterMetrics,
}

impl MetricsService {
    /// Shows these metrics.
    pub fn new(metrics: ClusterMetrics) -> Self {
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
            if metric.metric_type() == grpc::MetricType::Counter {
                self.metrics.add_of_client(metric.name(), metric.value());
            }
        }
        Ok(Response::new(pb::MetricsHeartbeatPResponse {}))
    }

    async fn get_metrics(
        &self,
        _request: Request<pb::GetMetricsPOptions>,
    ) -> Result<Response<pb::GetMetricsPResponse>, Status> {
        let snapshot = self.metrics.registry().snapshot();
        let metrics = snapshot.numbers().into_iter().map(|(name, value)| {
            let kind = match snapshot.is_counter(&name) {
                true => grpc::MetricType::Counter,
                false => grpc::MetricType::Gauge,
            };
            let value = pb::MetricValue {
                double_value: Some(value),
                string_value: None,
                metric_type: Some(kind.into()),
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
        self.metrics.clear();
        Ok(Response::new(pb::ClearMetricsPResponse {}))
    }
}
