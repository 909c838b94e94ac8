//! The settings of a job master.

use std::sync::Arc;

use alluxio_common::conf::{Conf, References, key};
use alluxio_common::{BoxedError, Clock};
use alluxio_master::job::{JobMasterConf, JobMasterProcessConf};

use super::security;
use crate::cmd::version::{REVISION, VERSION};

/// The settings of a job master.
pub(in super::super) fn job_master(
    conf: &Conf,
    clock: &Arc<dyn Clock>,
) -> Result<JobMasterProcessConf, BoxedError> {
    let message_limit = conf.bytes(key::JOB_MASTER_NETWORK_MAX_INBOUND_MESSAGE_SIZE);
    Ok(JobMasterProcessConf {
        jobs: JobMasterConf {
            capacity: conf.count(key::JOB_MASTER_JOB_CAPACITY),
            retention: conf.duration(key::JOB_MASTER_FINISHED_JOB_RETENTION_TIME),
            worker_timeout: conf.duration(key::JOB_MASTER_WORKER_TIMEOUT),
        },
        hostname: conf.host(match conf.find_string(key::JOB_MASTER_HOSTNAME) {
            Some(_) => key::JOB_MASTER_HOSTNAME,
            None => key::MASTER_HOSTNAME,
        }),
        bind_host: conf.string(key::JOB_MASTER_BIND_HOST).to_owned(),
        rpc_port: conf.port(key::JOB_MASTER_RPC_PORT),
        web_bind_host: conf.string(key::JOB_MASTER_WEB_BIND_HOST).to_owned(),
        web_port: conf.port(key::JOB_MASTER_WEB_PORT),
        authentication: security::authentication(conf, clock)?,
        max_message_bytes: usize::try_from(message_limit.bytes()).unwrap_or(usize::MAX),
        lost_worker_interval: conf.duration(key::JOB_MASTER_LOST_WORKER_INTERVAL),
        version: VERSION.to_owned(),
        revision: REVISION.to_owned(),
        configuration: conf.wire_properties(References::Replaced),
    })
}
