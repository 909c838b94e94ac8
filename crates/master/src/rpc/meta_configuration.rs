//! `MetaMasterConfigurationService`: the configuration that clients and workers merge. It is open
//! to everybody, because clients ask before they log in.

use std::sync::Arc;

use alluxio_common::conf::ConfProperty;
use alluxio_common::{AlluxioPath, Clock};
use alluxio_proto::grpc::meta as pb;
use alluxio_proto::grpc::meta::meta_master_configuration_service_server::MetaMasterConfigurationService;
use alluxio_rpc::{AuthenticatedUser, Call};
use tonic::{Request, Response, Status};
use tracing::info;

use super::meta_client::config_property;
use crate::error::FileSystemError;
use crate::file_system::FileSystemMaster;
use crate::meta::{ConfigurationView, MetaMaster, hash_of_paths};

/// Answers everybody about the configuration.
#[derive(Debug, Clone)]
pub struct MetaConfigurationService {
    meta: Arc<MetaMaster>,
    files: Arc<FileSystemMaster>,
    clock: Arc<dyn Clock>,
}

impl MetaConfigurationService {
    /// Serves this master, whose journal keeps the properties by path.
    pub fn new(meta: Arc<MetaMaster>, files: Arc<FileSystemMaster>, clock: Arc<dyn Clock>) -> Self {
        Self { meta, files, clock }
    }
}

#[tonic::async_trait]
impl MetaMasterConfigurationService for MetaConfigurationService {
    async fn get_configuration(
        &self,
        request: Request<pb::GetConfigurationPOptions>,
    ) -> Result<Response<pb::GetConfigurationPResponse>, Status> {
        let options = request.into_inner();
        let paths = self.files.path_configuration();
        let path_hash = hash_of_paths(&paths);
        // References stand as they were written unless they are refused: `getConf --master` of 2.9
        // leaves the option out, and shows them. Who merges these values into its own, where a
        // property of this site may be unknown, says that it wants none.
        let ConfigurationView { resolved, raw } = self.meta.configuration();
        let cluster = match (options.ignore_cluster_conf(), options.raw_value) {
            (true, _) => Vec::new(),
            (false, Some(false)) => resolved,
            (false, Some(true) | None) => raw,
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
            cluster_config_hash: Some(self.meta.hash()),
            path_config_hash: Some(path_hash),
            cluster_config_last_update_time: Some(self.meta.configured_at().millis()),
            path_config_last_update_time: Some(self.meta.identity().started.millis()),
        }))
    }

    async fn get_config_hash(
        &self,
        _request: Request<pb::GetConfigHashPOptions>,
    ) -> Result<Response<pb::GetConfigHashPResponse>, Status> {
        let path_hash = hash_of_paths(&self.files.path_configuration());
        Ok(Response::new(pb::GetConfigHashPResponse {
            cluster_config_hash: Some(self.meta.hash()),
            path_config_hash: Some(path_hash),
        }))
    }

    async fn set_path_configuration(
        &self,
        request: Request<pb::SetPathConfigurationPRequest>,
    ) -> Result<Response<pb::SetPathConfigurationPResponse>, Status> {
        let call = Call::start("SetPathConfiguration", &*self.clock);
        let from = peer(&request);
        let message = request.into_inner();
        let names: Vec<&String> = message.properties.keys().collect();
        info!(%from, path = message.path(), ?names, "properties of a path are to be set");
        let done = async {
            let path = AlluxioPath::parse(message.path())?;
            self.files
                .set_path_configuration(&path, &message.properties)
                .await
        };
        let done: Result<(), FileSystemError> = done.await;
        call.answer(done.map(|()| pb::SetPathConfigurationPResponse {}))
    }

    async fn remove_path_configuration(
        &self,
        request: Request<pb::RemovePathConfigurationPRequest>,
    ) -> Result<Response<pb::RemovePathConfigurationPResponse>, Status> {
        let call = Call::start("RemovePathConfiguration", &*self.clock);
        let from = peer(&request);
        let message = request.into_inner();
        info!(%from, path = message.path(), names = ?message.keys, "properties of a path are to go");
        let done = async {
            let path = AlluxioPath::parse(message.path())?;
            self.files
                .remove_path_configuration(&path, &message.keys)
                .await
        };
        let done: Result<(), FileSystemError> = done.await;
        call.answer(done.map(|()| pb::RemovePathConfigurationPResponse {}))
    }

    async fn update_configuration(
        &self,
        request: Request<pb::UpdateConfigurationPRequest>,
    ) -> Result<Response<pb::UpdateConfigurationPResponse>, Status> {
        let from = peer(&request);
        info!(%from, "properties are to be set while the master runs");
        let status = self
            .meta
            .update_configuration(request.into_inner().properties);
        Ok(Response::new(pb::UpdateConfigurationPResponse { status }))
    }
}

/// Where a call comes from: there may be no name.
fn peer<T>(request: &Request<T>) -> String {
    if let Ok(user) = AuthenticatedUser::of(request) {
        return format!("{} at {}", user.name(), user.peer());
    }
    let address = request.remote_addr();
    address.map_or_else(|| "somebody".to_owned(), |address| address.to_string())
}

fn to_proto(property: ConfProperty) -> alluxio_proto::grpc::ConfigProperty {
    config_property(property.name, property.value, property.source)
}
