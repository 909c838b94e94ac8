//! The settings of a job worker.

use alluxio_common::LocalityTier;
use alluxio_common::conf::{Conf, key};
use alluxio_ufs::UfsProperties;
use alluxio_worker::JobWorkerConf;

use super::security;
use crate::cmd::version::{REVISION, VERSION};

/// The settings of a job worker.
pub(in super::super) fn job_worker(conf: &Conf) -> JobWorkerConf {
    JobWorkerConf {
        host: conf.host(key::JOB_WORKER_HOSTNAME),
        rpc_port: conf.port(key::JOB_WORKER_RPC_PORT),
        data_port: conf.port(key::JOB_WORKER_DATA_PORT),
        web_bind_host: conf.string(key::JOB_WORKER_WEB_BIND_HOST).to_owned(),
        web_port: conf.port(key::JOB_WORKER_WEB_PORT),
        locality: locality(conf),
        login: security::login(conf),
        heartbeat_interval: conf.duration(key::JOB_MASTER_WORKER_HEARTBEAT_INTERVAL),
        pool_size: conf.count(key::JOB_WORKER_THREADPOOL_SIZE).max(1),
        ufs_properties: UfsProperties::of_site(conf),
        version: VERSION.to_owned(),
        revision: REVISION.to_owned(),
    }
}

/// The levels of locality, nearest first; the nearest is the host, unless it is named.
fn locality(conf: &Conf) -> Vec<LocalityTier> {
    let order = conf.list(key::LOCALITY_ORDER);
    let tiers = order.into_iter().enumerate().map(|(index, name)| {
        let configured = conf.find_string(&format!("alluxio.locality.{name}"));
        let host = (index == 0).then(|| conf.host(key::JOB_WORKER_HOSTNAME));
        LocalityTier {
            value: configured.map(str::to_owned).or(host),
            name,
        }
    });
    tiers.collect()
}
