//! [`MetaMasterClient`]: the cluster itself: its master, its configuration, its metrics.

use std::collections::BTreeMap;

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::meta as pb;
use alluxio_proto::grpc::meta::meta_master_client_service_client::MetaMasterClientServiceClient;
use alluxio_proto::grpc::meta::meta_master_configuration_service_client::MetaMasterConfigurationServiceClient;
use alluxio_proto::grpc::metric as metric_pb;
use alluxio_proto::grpc::metric::metrics_master_client_service_client::MetricsMasterClientServiceClient;

use crate::connect::{MASTER_MESSAGE_LIMIT, MasterCaller};
use crate::error::ClientError;

/// Asks the master about itself. Reports are returned as messages.
#[derive(Debug, Clone)]
pub struct MetaMasterClient {
    meta: MasterCaller,
    configuration: MasterCaller,
    metrics: MasterCaller,
}

impl MetaMasterClient {
    pub(crate) fn new(
        meta: MasterCaller,
        configuration: MasterCaller,
        metrics: MasterCaller,
    ) -> Self {
        Self {
            meta,
            configuration,
            metrics,
        }
    }

    /// Addresses, ports, versions and times of the master.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn master_info(&self) -> Result<pb::MasterInfo, ClientError> {
        let response = self
            .meta
            .call(
                pb::GetMasterInfoPOptions::default(),
                |channel, request| async move {
                    MetaMasterClientServiceClient::new(channel)
                        .max_decoding_message_size(MASTER_MESSAGE_LIMIT)
                        .get_master_info(request)
                        .await
                },
            )
            .await?;
        Ok(response.master_info.unwrap_or_default())
    }

    /// What the master found when it compared the configurations of all servers.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn config_report(&self) -> Result<pb::ConfigCheckReport, ClientError> {
        let response = self
            .meta
            .call(
                pb::GetConfigReportPOptions {},
                |channel, request| async move {
                    MetaMasterClientServiceClient::new(channel)
                        .max_decoding_message_size(MASTER_MESSAGE_LIMIT)
                        .get_config_report(request)
                        .await
                },
            )
            .await?;
        Ok(response.report.unwrap_or_default())
    }

    /// Writes a checkpoint of the journal; returns the master's host name.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn checkpoint(&self) -> Result<String, ClientError> {
        let response = self
            .meta
            .call(pb::CheckpointPOptions {}, |channel, request| async move {
                MetaMasterClientServiceClient::new(channel)
                    .max_decoding_message_size(MASTER_MESSAGE_LIMIT)
                    .checkpoint(request)
                    .await
            })
            .await?;
        Ok(response.master_hostname.unwrap_or_default())
    }

    /// Begins a backup, and says how it is going.
    ///
    /// # Errors
    /// When one is running already, or the caller is no superuser.
    pub async fn backup(
        &self,
        request: pb::BackupPRequest,
    ) -> Result<pb::BackupPStatus, ClientError> {
        self.meta
            .call(request, |channel, request| async move {
                MetaMasterClientServiceClient::new(channel)
                    .backup(request)
                    .await
            })
            .await
    }

    /// How a backup is going.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn backup_status(&self, id: &str) -> Result<pb::BackupPStatus, ClientError> {
        let request = pb::BackupStatusPRequest {
            backup_id: Some(id.to_owned()),
        };
        self.meta
            .call(request, |channel, request| async move {
                MetaMasterClientServiceClient::new(channel)
                    .get_backup_status(request)
                    .await
            })
            .await
    }

    /// The configuration that the master gives to the cluster.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn configuration(
        &self,
        options: pb::GetConfigurationPOptions,
    ) -> Result<pb::GetConfigurationPResponse, ClientError> {
        self.configuration
            .call(options, |channel, request| async move {
                MetaMasterConfigurationServiceClient::new(channel)
                    .max_decoding_message_size(MASTER_MESSAGE_LIMIT)
                    .get_configuration(request)
                    .await
            })
            .await
    }

    /// Sets default properties of clients at and below a path.
    ///
    /// # Errors
    /// When a property is unknown, or its value does not parse.
    pub async fn set_path_configuration(
        &self,
        path: &AlluxioPath,
        properties: BTreeMap<String, String>,
    ) -> Result<(), ClientError> {
        let request = pb::SetPathConfigurationPRequest {
            path: Some(path.to_string()),
            properties,
            options: None,
        };
        let done = self
            .configuration
            .call(request, |channel, request| async move {
                MetaMasterConfigurationServiceClient::new(channel)
                    .set_path_configuration(request)
                    .await
            });
        done.await.map(drop)
    }

    /// Removes these default properties of a path, or all of them when none is named.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn remove_path_configuration(
        &self,
        path: &AlluxioPath,
        names: Vec<String>,
    ) -> Result<(), ClientError> {
        let request = pb::RemovePathConfigurationPRequest {
            path: Some(path.to_string()),
            keys: names,
            options: None,
        };
        let done = self
            .configuration
            .call(request, |channel, request| async move {
                MetaMasterConfigurationServiceClient::new(channel)
                    .remove_path_configuration(request)
                    .await
            });
        done.await.map(drop)
    }

    /// Sets properties until the master stops; says of each whether that was done.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn update_configuration(
        &self,
        properties: BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, bool>, ClientError> {
        let request = pb::UpdateConfigurationPRequest { properties };
        let done = self
            .configuration
            .call(request, |channel, request| async move {
                MetaMasterConfigurationServiceClient::new(channel)
                    .update_configuration(request)
                    .await
            });
        Ok(done.await?.status)
    }

    /// All metrics of the cluster, by name.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn metrics(&self) -> Result<BTreeMap<String, metric_pb::MetricValue>, ClientError> {
        let response = self
            .metrics
            .call(
                metric_pb::GetMetricsPOptions {},
                |channel, request| async move {
                    MetricsMasterClientServiceClient::new(channel)
                        .max_decoding_message_size(MASTER_MESSAGE_LIMIT)
                        .get_metrics(request)
                        .await
                },
            )
            .await?;
        Ok(response.metrics)
    }

    /// What the master counts starts again.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn clear_metrics(&self) -> Result<(), ClientError> {
        let cleared = self.metrics.call(
            metric_pb::ClearMetricsPRequest {},
            |channel, request| async move {
                MetricsMasterClientServiceClient::new(channel)
                    .clear_metrics(request)
                    .await
            },
        );
        cleared.await.map(|_empty| ())
    }
}
