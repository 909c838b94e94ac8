//! `MetaMasterConfigurationService`: the configuration that clients and workers merge. It is open
//! to everybody, because clients ask before they log in.

use std::sync::Arc;

use alluxio_common::Clock;
use alluxio_common::conf::ConfProperty;
use alluxio_proto::grpc::meta as pb;
use alluxio_proto::grpc::meta::meta_master_configuration_service_server::MetaMasterConfigurationService;
use alluxio_rpc::Call;
use tonic::{Request, Response, Status};

use super::meta_client::config_property;
use crate::error::FileSystemError;
use crate::meta::{ConfigurationView, MetaMaster};

/// Answers everybody about the configuration.
#[derive(Debug, Clone)]
pub struct MetaConfigurationService {
    meta: Arc<MetaMaster>,
    clock: Arc<dyn Clock>,
}

impl MetaConfigurationService {
    /// Serves this master.
    pub fn new(meta: Arc<MetaMaster>, clock: Arc<dyn Clock>) -> Self {
        Self { meta, clock }
    }
}

#[tonic::async_trait]
impl MetaMasterConfigurationService for MetaConfigurationService {
    async fn get_configuration(
        &self,
        request: Request<pb::GetConfigurationPOptions>,
    ) -> Result<Response<pb::GetConfigurationPResponse>, Status> {
        let options = request.into_inner();
        let ConfigurationView {
            resolved,
            raw,
            paths,
        } = self.meta.configuration();
        let (cluster_hash, path_hash) = self.meta.hashes();
        let cluster = match (options.ignore_cluster_conf(), options.raw_value()) {
            (true, _) => Vec::new(),
            (false, true) => raw,
            (false, false) => resolved,
        };
        let path_properties = paths.into_iter().map(|(path, properties)| {
            let properties = properties
                .into_iter()
                .map(|(name, value)| config_property(name, Some(value), "PATH_DEFAULT".to_owned()))
                .collect();
            (path, pb::ConfigProperties { properties })
        });
        Ok(Response::new(pb::GetConfigurationPResponse {
            cluster_configs: cluster.into_iter().map(to_proto).collect(),
            path_configs: if options.ignore_path_conf() {
                Default::default()
            } else {
                path_properties.collect()
            },
            cluster_config_hash: Some(cluster_hash),
            path_config_hash: Some(path_hash),
            cluster_config_last_update_time: Some(self.meta.identity().started.millis()),
            path_config_last_update_time: Some(self.meta.identity().started.millis()),
        }))
    }

    async fn get_config_hash(
        &self,
        _request: Request<pb::GetConfigHashPOptions>,
    ) -> Result<Response<pb::GetConfigHashPResponse>, Status> {
        let (cluster_hash, path_hash) = self.meta.hashes();
        Ok(Response::new(pb::GetConfigHashPResponse {
            cluster_config_hash: Some(cluster_hash),
            path_config_hash: Some(path_hash),
        }))
    }

    async fn set_path_configuration(
        &self,
        _request: Request<pb::SetPathConfigurationPRequest>,
    ) -> Result<Response<pb::SetPathConfigurationPResponse>, Status> {
        let call = Call::start("SetPathConfiguration", &*self.clock);
        call.answer(Err(FileSystemError::Unsupported {
            what: "configuration by path",
        }))
    }

    async fn remove_path_configuration(
        &self,
        _request: Request<pb::RemovePathConfigurationPRequest>,
    ) -> Result<Response<pb::RemovePathConfigurationPResponse>, Status> {
        let call = Call::start("RemovePathConfiguration", &*self.clock);
        call.answer(Err(FileSystemError::Unsupported {
            what: "configuration by path",
        }))
    }

    async fn update_configuration(
        &self,
        request: Request<pb::UpdateConfigurationPRequest>,
    ) -> Result<Response<pb::UpdateConfigurationPResponse>, Status> {
        // Properties change with a restart: each one is answered as refused.
        let names = request.into_inner().properties.into_keys();
        let status = names.map(|name| (name, false)).collect();
        Ok(Response::new(pb::UpdateConfigurationPResponse { status }))
    }
}

fn to_proto(property: ConfProperty) -> alluxio_proto::grpc::ConfigProperty {
    config_property(property.name, property.value, property.source)
}
