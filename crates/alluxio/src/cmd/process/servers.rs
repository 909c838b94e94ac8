//! Which server a role is: the only place that knows the servers' crates.

use std::sync::Arc;

use alluxio_common::conf::Conf;
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{BoxedError, Clock, Describe, ErrorCode, Tasks};
use alluxio_ufs::UfsRegistry;
use alluxio_worker::block::BootId;
use alluxio_worker::process::{WorkerDeps, WorkerProcess};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::role::Role;
use super::settings;
use crate::connect;

/// What every server is given.
#[derive(Debug)]
pub(super) struct Ambient<'a> {
    pub(super) conf: &'a Conf,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tasks: Tasks,
    pub(super) levels: LogLevels,
}

/// A server that serves.
#[derive(Debug)]
pub(super) enum Server {
    Worker(Box<WorkerProcess>),
}

impl Server {
    /// Stops taking calls, finishes what is under way, and lets go of everything.
    pub(super) async fn stop(self) {
        match self {
            Self::Worker(worker) => worker.shutdown().await,
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
        Role::Worker => worker(ambient).await,
        Role::Master | Role::JobMaster | Role::JobWorker => {
            let _unused = (&ambient.tasks, &ambient.levels);
            Err(BoxedError::new(NotBuilt { role: role.words() }))
        }
    }
}

/// A worker serves when the master knows it: before, no client finds it.
async fn worker(ambient: &Ambient<'_>) -> Result<Server, BoxedError> {
    let conf = settings::worker(ambient.conf, &ambient.clock)?;
    let mut rng = rand::rng();
    let deps = WorkerDeps {
        clock: Arc::clone(&ambient.clock),
        rng: SmallRng::from_rng(&mut rng),
        registry: UfsRegistry::standard(Arc::clone(&ambient.clock)),
        inquiry: connect::inquiry(connect::master_addresses(ambient.conf)),
        metrics: Metrics::new(Arc::clone(&ambient.clock)),
        boot: BootId::of_this_machine(rng.random()),
    };
    let worker = WorkerProcess::start(conf, deps).await?;
    worker.wait_registered().await;
    Ok(Server::Worker(Box::new(worker)))
}
