//! Starting one part, with the settings that the properties give it and a free port.

use std::sync::Arc;

use alluxio_common::conf::{Conf, References, key};
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::user::{group_mapping, login_user};
use alluxio_common::{Clock, LocalityTier};
use alluxio_master::job::{
    JobMasterConf, JobMasterProcess, JobMasterProcessConf, JobMasterProcessDeps,
};
use alluxio_master::process::{MasterConf, MasterDeps, MasterProcess};
use alluxio_rpc::{
    Authentication, ChannelsConf, Impersonation, Login, MasterInquiry, SimpleAuthentication,
    UserGroups,
};
use alluxio_ufs::{UfsProperties, UfsRegistry};
use alluxio_worker::block::BootId;
use alluxio_worker::{
    JobWorkerConf, JobWorkerDeps, JobWorkerProcess, WorkerConf, WorkerDeps, WorkerProcess,
};
use anyhow::{Context, Result};
use async_trait::async_trait;
use rand::SeedableRng;
use rand::rngs::SmallRng;

/// Everything listens here only.
const LOOPBACK: &str = "127.0.0.1";

/// What all parts share.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    pub(crate) conf: Conf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) master: Arc<dyn MasterInquiry>,
    pub(crate) job_master: Arc<dyn MasterInquiry>,
    /// Grows with every part, so that no two get the same numbers.
    pub(crate) seed: u64,
}

impl Surroundings {
    fn rng(&mut self) -> SmallRng {
        self.seed += 1;
        SmallRng::seed_from_u64(self.seed)
    }

    fn metrics(&self) -> Metrics {
        Metrics::new(Arc::clone(&self.clock))
    }

    pub(crate) async fn start_master(&mut self, registry: UfsRegistry) -> Result<MasterProcess> {
        let program = alluxio_master::process::ProgramVersion {
            version: "2.9.4",
            revision: "",
        };
        let mut conf = MasterConf::from_properties(&self.conf, program, authentication())?;
        LOOPBACK.clone_into(&mut conf.bind_host);
        LOOPBACK.clone_into(&mut conf.web_bind_host);
        (conf.rpc_port, conf.web_port) = (0, 0);
        let deps = MasterDeps {
            clock: Arc::clone(&self.clock),
            rng: self.rng(),
            registry,
            groups: group_mapping(self.conf.string(key::SECURITY_GROUP_MAPPING_CLASS))?,
            job_master: Arc::clone(&self.job_master),
            metrics: self.metrics(),
            levels: LogLevels::default(),
            audit: None,
        };
        MasterProcess::start(conf, deps).await.context("master")
    }

    /// A worker over its own directories, for which `conf` is.
    pub(crate) async fn start_worker(
        &mut self,
        conf: &Conf,
        registry: UfsRegistry,
        ports: (u16, u16),
    ) -> Result<WorkerProcess> {
        let program = alluxio_worker::process::ProgramVersion {
            version: "2.9.4",
            revision: "",
        };
        let mut conf = WorkerConf::from_properties(conf, program, authentication())?;
        LOOPBACK.clone_into(&mut conf.bind_host);
        LOOPBACK.clone_into(&mut conf.web_bind_host);
        (conf.rpc_port, conf.web_port) = ports;
        let deps = WorkerDeps {
            clock: Arc::clone(&self.clock),
            rng: self.rng(),
            registry,
            inquiry: Arc::clone(&self.master),
            metrics: self.metrics(),
            levels: LogLevels::default(),
            boot: BootId::from_bytes([7; 16]),
        };
        WorkerProcess::start(conf, deps).await.context("worker")
    }

    pub(crate) fn start_job_master(&self) -> Result<JobMasterProcess> {
        let conf = JobMasterProcessConf {
            jobs: JobMasterConf {
                worker_timeout: self.conf.duration(key::JOB_MASTER_WORKER_TIMEOUT),
                ..JobMasterConf::default()
            },
            hostname: "localhost".to_owned(),
            bind_host: LOOPBACK.to_owned(),
            rpc_port: 0,
            web_bind_host: LOOPBACK.to_owned(),
            web_port: 0,
            authentication: authentication(),
            max_message_bytes: alluxio_rpc::DEFAULT_MAX_MESSAGE_BYTES,
            lost_worker_interval: self.conf.duration(key::JOB_MASTER_LOST_WORKER_INTERVAL),
            version: "2.9.4".to_owned(),
            revision: String::new(),
            configuration: self.conf.wire_properties(References::Replaced),
        };
        let deps = JobMasterProcessDeps {
            clock: Arc::clone(&self.clock),
            metrics: self.metrics(),
            levels: LogLevels::default(),
        };
        JobMasterProcess::start(conf, deps).context("job master")
    }

    pub(crate) fn start_job_worker(&mut self, registry: UfsRegistry) -> Result<JobWorkerProcess> {
        let host = self.conf.host(key::WORKER_HOSTNAME);
        let conf = JobWorkerConf {
            host: host.clone(),
            rpc_port: 0,
            data_port: 0,
            web_bind_host: LOOPBACK.to_owned(),
            web_port: 0,
            locality: vec![LocalityTier {
                name: "node".to_owned(),
                value: Some(host),
            }],
            login: Login::simple(login_user(&self.conf)),
            heartbeat_interval: self
                .conf
                .duration(key::JOB_MASTER_WORKER_HEARTBEAT_INTERVAL),
            pool_size: self.conf.count(key::JOB_WORKER_THREADPOOL_SIZE).max(1),
            ufs_properties: UfsProperties::of_site(&self.conf),
            version: "2.9.4".to_owned(),
            revision: String::new(),
        };
        let deps = JobWorkerDeps {
            clock: Arc::clone(&self.clock),
            rng: self.rng(),
            registry,
            master: Arc::clone(&self.master),
            job_master: Arc::clone(&self.job_master),
            metrics: self.metrics(),
            levels: LogLevels::default(),
        };
        JobWorkerProcess::start(conf, deps).context("job worker")
    }
}

fn authentication() -> Authentication {
    Authentication::Simple(SimpleAuthentication {
        impersonation: Impersonation::default(),
        groups: Arc::new(OwnGroup),
        channels: ChannelsConf::default(),
    })
}

/// Everybody is in a group of the same name.
#[derive(Debug)]
struct OwnGroup;

#[async_trait]
impl UserGroups for OwnGroup {
    async fn groups_of(&self, user: &str) -> Vec<String> {
        vec![user.to_owned()]
    }
}
