//! Which server a role is: the only place that knows the servers' crates.

use std::sync::Arc;

use alluxio_common::conf::Conf;
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{BoxedError, Clock, Describe, ErrorCode};
use alluxio_master::job::{JobMasterProcess, JobMasterProcessDeps};
use alluxio_ufs::UfsRegistry;
use alluxio_worker::block::BootId;
use alluxio_worker::process::{ProgramVersion, WorkerConf, WorkerDeps, WorkerProcess};
use alluxio_worker::{JobWorkerDeps, JobWorkerProcess};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::role::Role;
use super::settings;
use crate::cmd::version;
use crate::connect;

/// What every server is given.
#[derive(Debug)]
pub(super) struct Ambient<'a> {
    pub(super) conf: &'a Conf,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) levels: LogLevels,
}

/// A server that serves.
#[derive(Debug)]
pub(super) enum Server {
    JobMaster(Box<JobMasterProcess>),
    Worker(Box<WorkerProcess>),
    JobWorker(Box<JobWorkerProcess>),
}

impl Server {
    /// Stops taking calls, finishes what is under way, and lets go of everything.
    pub(super) async fn stop(self) {
        match self {
            Self::JobMaster(server) => server.shutdown().await,
            Self::Worker(server) => server.shutdown().await,
            Self::JobWorker(server) => server.shutdown().await,
        }
    }
}

/// A role that this program cannot fill.
#[derive(Debug, thiserror::Error)]
#[error("this program has no {role}")]
struct NotBuilt {
    role: &'static str,
}

impl Describe for NotBuilt {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unsupported
    }
}

/// Starts a server; it serves when this returns.
pub(super) async fn start(role: Role, ambient: &Ambient<'_>) -> Result<Server, BoxedError> {
    match role {
        Role::Master => {
            let _unused = &ambient.levels;
            Err(BoxedError::new(NotBuilt { role: role.words() }))
        }
        Role::JobMaster => job_master(ambient),
        Role::Worker => worker(ambient).await,
        Role::JobWorker => job_worker(ambient).await,
    }
}

fn job_master(ambient: &Ambient<'_>) -> Result<Server, BoxedError> {
    let conf = settings::job_master(ambient.conf, &ambient.clock)?;
    let deps = JobMasterProcessDeps {
        clock: Arc::clone(&ambient.clock),
        metrics: ambient.metrics(),
    };
    Ok(Server::JobMaster(Box::new(JobMasterProcess::start(
        conf, deps,
    )?)))
}

/// A worker serves when the master knows it: before, no client finds it.
async fn worker(ambient: &Ambient<'_>) -> Result<Server, BoxedError> {
    let program = ProgramVersion {
        version: version::VERSION,
        revision: version::REVISION,
    };
    let conf = WorkerConf::from_properties(ambient.conf, program, &ambient.clock)?;
    let deps = WorkerDeps {
        clock: Arc::clone(&ambient.clock),
        rng: SmallRng::from_rng(&mut rand::rng()),
        registry: ambient.stores(),
        inquiry: connect::inquiry(connect::master_addresses(ambient.conf)),
        metrics: ambient.metrics(),
        boot: BootId::of_this_machine(rand::rng().random()),
    };
    let worker = WorkerProcess::start(conf, deps).await?;
    worker.wait_registered().await;
    Ok(Server::Worker(Box::new(worker)))
}

async fn job_worker(ambient: &Ambient<'_>) -> Result<Server, BoxedError> {
    let deps = JobWorkerDeps {
        clock: Arc::clone(&ambient.clock),
        rng: SmallRng::from_rng(&mut rand::rng()),
        registry: ambient.stores(),
        master: connect::inquiry(connect::master_addresses(ambient.conf)),
        job_master: connect::inquiry(connect::job_master_addresses(ambient.conf)),
        metrics: ambient.metrics(),
    };
    let worker = JobWorkerProcess::start(settings::job_worker(ambient.conf), deps)?;
    worker.wait_registered().await;
    Ok(Server::JobWorker(Box::new(worker)))
}

impl Ambient<'_> {
    fn metrics(&self) -> Metrics {
        Metrics::new(Arc::clone(&self.clock))
    }

    fn stores(&self) -> UfsRegistry {
        UfsRegistry::standard(Arc::clone(&self.clock))
    }
}
