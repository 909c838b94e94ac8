//! Which server a role is: the only place that knows the servers' crates.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use alluxio_common::conf::{Conf, key};
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{BoxedError, Clock, Describe, ErrorCode, Hint};
use alluxio_master::audit::AuditLog;
use alluxio_master::job::{JobMasterProcess, JobMasterProcessDeps};
use alluxio_master::process::{MasterConf, MasterDeps, MasterProcess};
use alluxio_ufs::UfsRegistry;
use alluxio_ufs::object::UploadLedger;
use alluxio_worker::block::BootId;
use alluxio_worker::process::{ProgramVersion, WorkerConf, WorkerDeps, WorkerProcess};
use alluxio_worker::{JobWorkerDeps, JobWorkerProcess};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::audit::AuditFile;
use super::role::Role;
use super::settings;
use crate::cmd::version;
use crate::connect;
use crate::shell::advice;

/// What every server is given.
#[derive(Debug)]
pub(super) struct Ambient<'a> {
    pub(super) conf: &'a Conf,
    pub(super) clock: Arc<dyn Clock>,
    /// What this process logs.
    pub(super) levels: LogLevels,
}

/// A server that serves.
#[derive(Debug)]
pub(super) enum Server {
    Master(Box<MasterProcess>),
    JobMaster(Box<JobMasterProcess>),
    Worker(Box<WorkerProcess>),
    JobWorker(Box<JobWorkerProcess>),
}

impl Server {
    /// What whoever starts it should know although it serves: a sentence, and what to look at.
    pub(super) fn warning(&self, conf: &Conf) -> Option<String> {
        match self {
            Self::Master(server) => server.root_store_problem().map(|problem| {
                let advice = advice(conf, &Hint::CheckProperty(problem.check));
                format!("{problem}\n  try     {advice}")
            }),
            Self::JobMaster(_) | Self::Worker(_) | Self::JobWorker(_) => None,
        }
    }

    /// Stops taking calls, finishes what is under way, and lets go of everything.
    pub(super) async fn stop(self) {
        match self {
            Self::Master(server) => server.shutdown().await,
            Self::JobMaster(server) => server.shutdown().await,
            Self::Worker(server) => server.shutdown().await,
            Self::JobWorker(server) => server.shutdown().await,
        }
    }
}

/// The audit log cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the audit log in {}: {source}", folder.display())]
struct OpenAuditError {
    folder: PathBuf,
    source: io::Error,
}

impl Describe for OpenAuditError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unavailable
    }
}

/// Starts a server; it serves when this returns.
pub(super) async fn start(role: Role, ambient: &Ambient<'_>) -> Result<Server, BoxedError> {
    match role {
        Role::Master => master(ambient).await,
        Role::JobMaster => job_master(ambient),
        Role::Worker => worker(ambient).await,
        Role::JobWorker => job_worker(ambient).await,
    }
}

async fn master(ambient: &Ambient<'_>) -> Result<Server, BoxedError> {
    let authentication = settings::authentication(ambient.conf, &ambient.clock)?;
    let program = alluxio_master::process::ProgramVersion {
        version: version::VERSION,
        revision: version::REVISION,
    };
    let conf = MasterConf::from_properties(ambient.conf, program, authentication)?;
    let deps = MasterDeps {
        clock: Arc::clone(&ambient.clock),
        rng: SmallRng::from_rng(&mut rand::rng()),
        registry: ambient.stores_of_writer("master", key::MASTER_HOSTNAME, key::MASTER_RPC_PORT),
        groups: settings::groups(ambient.conf, &ambient.clock)?,
        job_master: connect::inquiry(connect::job_master_addresses(ambient.conf)),
        metrics: ambient.metrics(),
        levels: ambient.levels.clone(),
        audit: ambient.audit()?,
    };
    Ok(Server::Master(Box::new(
        MasterProcess::start(conf, deps).await?,
    )))
}

fn job_master(ambient: &Ambient<'_>) -> Result<Server, BoxedError> {
    let conf = settings::job_master(ambient.conf, &ambient.clock)?;
    let deps = JobMasterProcessDeps {
        clock: Arc::clone(&ambient.clock),
        metrics: ambient.metrics(),
        levels: ambient.levels.clone(),
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
    let authentication = settings::authentication(ambient.conf, &ambient.clock)?;
    let conf = WorkerConf::from_properties(ambient.conf, program, authentication)?;
    let deps = WorkerDeps {
        clock: Arc::clone(&ambient.clock),
        rng: SmallRng::from_rng(&mut rand::rng()),
        registry: ambient.stores_of_writer("worker", key::WORKER_HOSTNAME, key::WORKER_RPC_PORT),
        inquiry: connect::inquiry(connect::master_addresses(ambient.conf)),
        metrics: ambient.metrics(),
        levels: ambient.levels.clone(),
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
        registry: ambient.stores_of_writer(
            "job_worker",
            key::JOB_WORKER_HOSTNAME,
            key::JOB_WORKER_RPC_PORT,
        ),
        master: connect::inquiry(connect::master_addresses(ambient.conf)),
        job_master: connect::inquiry(connect::job_master_addresses(ambient.conf)),
        metrics: ambient.metrics(),
        levels: ambient.levels.clone(),
    };
    let worker = JobWorkerProcess::start(settings::job_worker(ambient.conf), deps)?;
    worker.wait_registered().await;
    Ok(Server::JobWorker(Box::new(worker)))
}

impl Ambient<'_> {
    fn metrics(&self) -> Metrics {
        Metrics::new(Arc::clone(&self.clock))
    }

    fn audit(&self) -> Result<Option<Arc<dyn AuditLog>>, OpenAuditError> {
        if !self.conf.bool(key::MASTER_AUDIT_LOGGING_ENABLED) {
            return Ok(None);
        }
        let folder = PathBuf::from(self.conf.string(key::LOGS_DIR));
        let capacity = self.conf.count(key::MASTER_AUDIT_LOGGING_QUEUE_CAPACITY);
        match AuditFile::open(&folder, capacity, Arc::clone(&self.clock)) {
            Ok(file) => Ok(Some(Arc::new(file))),
            Err(source) => Err(OpenAuditError { folder, source }),
        }
    }

    /// The stores of a process that uploads files: it notes what it has begun, so that it finds it
    /// after a crash. Several processes of a role differ in their ports, and in their hosts where the
    /// working folder is on a file system that all hosts share.
    fn stores_of_writer(&self, role: &str, host: &str, port: &str) -> UfsRegistry {
        let name = format!("{role}-{}-{}", self.conf.host(host), self.conf.port(port));
        let folder = PathBuf::from(self.conf.string(key::WORK_DIR));
        let folder = folder.join("uploads").join(name);
        let ledger = match UploadLedger::open(&folder, Arc::clone(&self.clock)) {
            Ok(ledger) => Some(Arc::new(ledger)),
            Err(error) => {
                let folder = folder.display();
                tracing::warn!(%folder, %error, "uploads cannot be noted, a crash may leave some behind");
                None
            }
        };
        UfsRegistry::with_ledger(Arc::clone(&self.clock), ledger)
    }
}
