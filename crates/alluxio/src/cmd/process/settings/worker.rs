//! The settings of a worker.

use std::path::PathBuf;
use std::sync::Arc;

use alluxio_common::conf::{Conf, References, key};
use alluxio_common::{Clock, LocalityTier};
use alluxio_proto::grpc::ConfigProperty;
use alluxio_ufs::UfsProperties;
use alluxio_worker::block_report::Identity;
use alluxio_worker::process::WorkerConf;
use alluxio_worker::web::{ShownProperty, WebConf};

use super::security;
use super::storage::{SettingError, store_conf};
use crate::cmd::version;

/// The settings of a worker.
pub(in super::super) fn worker(
    conf: &Conf,
    clock: &Arc<dyn Clock>,
) -> Result<WorkerConf, SettingError> {
    Ok(WorkerConf {
        store: store_conf(conf)?,
        bind_host: conf.string(key::WORKER_BIND_HOST).to_owned(),
        rpc_port: conf.port(key::WORKER_RPC_PORT),
        web_bind_host: conf.string(key::WORKER_WEB_BIND_HOST).to_owned(),
        web_port: conf.port(key::WORKER_WEB_PORT),
        host: conf.host(key::WORKER_HOSTNAME),
        container_host: conf.string(key::WORKER_CONTAINER_HOSTNAME).to_owned(),
        locality: locality(conf),
        authentication: security::authentication(conf, clock)?,
        login: security::login(conf),
        max_message_bytes: message_limit(conf, key::WORKER_NETWORK_MAX_INBOUND_MESSAGE_SIZE),
        heartbeat_interval: conf.duration(key::WORKER_BLOCK_HEARTBEAT_INTERVAL),
        register_batch: conf.count(key::WORKER_REGISTER_STREAM_BATCH_SIZE).max(1),
        ufs_properties: site_properties(conf),
        identity: Identity {
            version: version::VERSION.to_owned(),
            revision: version::REVISION.to_owned(),
            cores: conf.machine().cores,
            properties: wire_properties(conf),
        },
        web: WebConf {
            properties: shown_properties(conf),
            logs: Some(PathBuf::from(conf.string(key::LOGS_DIR))),
            master_host: conf.host(key::MASTER_HOSTNAME),
            master_web_port: conf.port(key::MASTER_WEB_PORT),
        },
    })
}

/// The levels of locality, nearest first: what is configured, the node always.
pub(super) fn locality(conf: &Conf) -> Vec<LocalityTier> {
    let names = conf.list(key::LOCALITY_ORDER);
    let tiers = names.into_iter().map(|name| {
        let configured = conf
            .find_string(&format!("alluxio.locality.{name}"))
            .map(str::to_owned);
        let value = match (configured, name.as_str()) {
            (None, "node") => Some(conf.host(key::WORKER_HOSTNAME)),
            (configured, _) => configured,
        };
        LocalityTier { name, value }
    });
    tiers.collect()
}

/// The longest request that a server takes.
pub(super) fn message_limit(conf: &Conf, key: &str) -> usize {
    usize::try_from(conf.bytes(key).bytes()).unwrap_or(usize::MAX)
}

/// Everything that is set: a store takes what it knows.
pub(super) fn site_properties(conf: &Conf) -> UfsProperties {
    let mut properties = UfsProperties::new();
    for (name, _) in conf.all_written() {
        properties.set(name, conf.string(name));
    }
    properties
}

/// What the master compares with what other servers have.
pub(super) fn wire_properties(conf: &Conf) -> Vec<ConfigProperty> {
    conf.wire_properties(References::Replaced)
        .into_iter()
        .map(|property| ConfigProperty {
            name: Some(property.name),
            source: Some(property.source),
            value: property.value,
        })
        .collect()
}

fn shown_properties(conf: &Conf) -> Vec<ShownProperty> {
    conf.entries()
        .into_iter()
        .map(|entry| ShownProperty {
            name: entry.name,
            value: entry.value,
            source: entry.source.to_string(),
        })
        .collect()
}
