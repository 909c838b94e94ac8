//! `MetaMasterClientService`: the master about itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use alluxio_common::Clock;
use alluxio_common::conf::property::Scope;
use alluxio_proto::grpc;
use alluxio_proto::grpc::meta as pb;
use alluxio_proto::grpc::meta::meta_master_client_service_server::MetaMasterClientService;
use alluxio_rpc::{AuthenticatedUser, Call, convert};
use async_trait::async_trait;
use tonic::{Request, Response, Status};

use crate::backup::{BackupError, BackupStatus, Backups, Place, Progress};
use crate::block::{BlockMaster, WorkerFilter};
use crate::error::FileSystemError;
use crate::meta::{ConfigReport, Disagreement, MetaMaster};

/// What stands in a report for a property that has no value on a server.
const NO_VALUE: &str = "__Optional__";

/// Writes a checkpoint of the journal when an administrator asks.
#[async_trait]
pub trait CheckpointNow: Send + Sync + std::fmt::Debug {
    /// Returns when it is on the disk.
    async fn checkpoint_now(&self) -> Result<(), FileSystemError>;
}

/// Answers clients about the cluster.
#[derive(Debug, Clone)]
pub struct MetaClientService {
    meta: Arc<MetaMaster>,
    blocks: Arc<BlockMaster>,
    checkpoints: Arc<dyn CheckpointNow>,
    backups: Arc<Backups>,
    clock: Arc<dyn Clock>,
}

impl MetaClientService {
    /// Serves this master.
    pub fn new(
        meta: Arc<MetaMaster>,
        blocks: Arc<BlockMaster>,
        checkpoints: Arc<dyn CheckpointNow>,
        backups: Arc<Backups>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            meta,
            blocks,
            checkpoints,
            backups,
            clock,
        }
    }

    fn master_info(&self) -> pb::MasterInfo {
        let identity = self.meta.identity();
        let master = convert::net_address_to_proto(&identity.hostname, identity.rpc_port);
        let workers = self.blocks.workers(&WorkerFilter::Live);
        pb::MasterInfo {
            leader_master_address: Some(self.meta.printed_address()),
            master_addresses: vec![master.clone()],
            rpc_port: Some(identity.rpc_port.into()),
            safe_mode: Some(self.blocks.is_in_safe_mode()),
            start_time_ms: Some(identity.started.millis()),
            up_time_ms: Some(self.meta.uptime_ms()),
            version: Some(identity.version.clone()),
            web_port: Some(identity.web_port.into()),
            worker_addresses: workers
                .iter()
                .map(|worker| {
                    convert::net_address_to_proto(&worker.address.host, worker.address.rpc_port)
                })
                .collect(),
            zookeeper_addresses: identity.zookeeper.clone(),
            cluster_id: Some(identity.cluster_id.clone()),
            raft_journal: Some(!identity.raft.is_empty()),
            raft_address: identity.raft.clone(),
            master_versions: vec![pb::MasterVersion {
                addresses: Some(master),
                version: Some(identity.version.clone()),
                state: Some("PRIMARY".to_owned()),
            }],
        }
    }
}

#[tonic::async_trait]
impl MetaMasterClientService for MetaClientService {
    async fn get_master_info(
        &self,
        _request: Request<pb::GetMasterInfoPOptions>,
    ) -> Result<Response<pb::GetMasterInfoPResponse>, Status> {
        // A client that asked for some fields skips the others.
        Ok(Response::new(pb::GetMasterInfoPResponse {
            master_info: Some(self.master_info()),
        }))
    }

    async fn get_config_report(
        &self,
        _request: Request<pb::GetConfigReportPOptions>,
    ) -> Result<Response<pb::GetConfigReportPResponse>, Status> {
        let report = self.meta.config_report(&self.blocks.settings());
        Ok(Response::new(pb::GetConfigReportPResponse {
            report: Some(config_report(report)),
        }))
    }

    async fn checkpoint(
        &self,
        _request: Request<pb::CheckpointPOptions>,
    ) -> Result<Response<pb::CheckpointPResponse>, Status> {
        let call = Call::start("Checkpoint", &*self.clock);
        let written = self.checkpoints.checkpoint_now().await;
        call.answer(written.map(|()| pb::CheckpointPResponse {
            master_hostname: Some(self.meta.identity().hostname.clone()),
        }))
    }

    async fn backup(
        &self,
        request: Request<pb::BackupPRequest>,
    ) -> Result<Response<pb::BackupPStatus>, Status> {
        let user = AuthenticatedUser::of(&request)?;
        let call = Call::start("Backup", &*self.clock);
        let message = request.into_inner();
        let options = message.options.unwrap_or_default();
        let place = match options.local_file_system() {
            true => Place::ThisMachine,
            false => Place::RootStore,
        };
        let done = async {
            self.backups.check_allowed(user.name()).await?;
            let begun = self
                .backups
                .begin(message.target_directory.as_deref(), place)?;
            match options.run_async() {
                true => Ok(begun),
                false => self.backups.wait(&begun.id).await,
            }
        };
        let done: Result<BackupStatus, BackupError> = done.await;
        call.answer(done.map(backup_status))
    }

    async fn get_backup_status(
        &self,
        request: Request<pb::BackupStatusPRequest>,
    ) -> Result<Response<pb::BackupPStatus>, Status> {
        let call = Call::start("GetBackupStatus", &*self.clock);
        let status = self.backups.status(request.get_ref().backup_id());
        call.answer(status.map(backup_status))
    }

    async fn list_proxy_status(
        &self,
        _request: Request<pb::ListProxyStatusPRequest>,
    ) -> Result<Response<pb::ListProxyStatusPResponse>, Status> {
        Ok(Response::new(pb::ListProxyStatusPResponse::default()))
    }
}

/// One that has failed is told of by an error: 2.9 clients expect an exception of Java in the message.
fn backup_status(status: BackupStatus) -> pb::BackupPStatus {
    let state = match status.progress {
        Progress::Running => pb::BackupState::Running,
        Progress::Completed => pb::BackupState::Completed,
        Progress::Failed(..) => pb::BackupState::Failed,
    };
    pb::BackupPStatus {
        backup_id: Some(status.id),
        backup_state: Some(state.into()),
        backup_host: Some(status.host),
        backup_uri: Some(status.uri),
        entry_count: Some(status.entries.cast_signed()),
        backup_error: None,
    }
}

fn config_report(report: ConfigReport) -> pb::ConfigCheckReport {
    let status = match (report.errors.is_empty(), report.warnings.is_empty()) {
        (true, true) => pb::ConfigStatus::Passed,
        (true, false) => pb::ConfigStatus::Warn,
        (false, _) => pb::ConfigStatus::Failed,
    };
    pb::ConfigCheckReport {
        errors: by_scope(report.errors),
        warns: by_scope(report.warnings),
        status: Some(status.into()),
    }
}

fn by_scope(found: Vec<Disagreement>) -> BTreeMap<String, pb::InconsistentProperties> {
    let mut scopes: BTreeMap<String, pb::InconsistentProperties> = BTreeMap::new();
    for property in found {
        // Only servers are compared, so what everybody reads is shown as theirs.
        let scope = match property.scope {
            Scope::All => Scope::Server,
            own @ (Scope::Master | Scope::Worker | Scope::Client | Scope::Server | Scope::None) => {
                own
            }
        };
        let values = property.values.into_iter().map(|(value, servers)| {
            let servers = pb::InconsistentPropertyValues { values: servers };
            (value.unwrap_or_else(|| NO_VALUE.to_owned()), servers)
        });
        let property = pb::InconsistentProperty {
            name: Some(property.name),
            values: values.collect(),
        };
        let of_scope = scopes.entry(scope.name().to_owned()).or_default();
        of_scope.properties.push(property);
    }
    scopes
}

/// A property as the protocol carries it.
pub(crate) fn config_property(
    name: String,
    value: Option<String>,
    source: String,
) -> grpc::ConfigProperty {
    grpc::ConfigProperty {
        name: Some(name),
        source: Some(source),
        value,
    }
}
