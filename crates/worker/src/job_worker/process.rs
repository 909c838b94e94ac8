//! [`JobWorkerProcess`]: a whole job worker, from its settings to its sockets, and back.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{Clock, Describe, ErrorCode, Hint, LocalityTier, Tasks, WorkerAddress};
use alluxio_proto::grpc::BuildVersion;
use alluxio_rpc::{
    ClientConf, Connections, Login, MasterInquiry, Retries, RetryPolicy, ServiceClient, ServiceConf,
};
use alluxio_ufs::{UfsProperties, UfsRegistry};
use rand::rngs::SmallRng;
use rand::{RngCore, SeedableRng};
use tokio::sync::watch;
use tracing::{debug, info};

use super::job_master_client::JobMasterClient;
use super::persist::PersistContext;
use super::runner::{Known, Runner};
use super::web;
use crate::master_client::MasterClient;
use crate::mounts::Mounts;

/// A job worker asks again with its next heartbeat, so it does not insist.
const IMPATIENT: RetryPolicy = RetryPolicy {
    base: Duration::from_millis(50),
    max: Duration::from_millis(500),
    total: Duration::from_secs(2),
};

/// The settings of a job worker. Plain data.
#[derive(Debug)]
pub struct JobWorkerConf {
    /// The name that the job master knows this worker by.
    pub host: String,
    /// Shown in the worker's address. Nothing listens there: tasks come with heartbeats.
    pub rpc_port: u16,
    /// Shown in the worker's address, as `rpc_port`.
    pub data_port: u16,
    /// The local address of the web server.
    pub web_bind_host: String,
    /// The port of the web server; 0 for any free one.
    pub web_port: u16,
    /// The levels of locality, nearest first.
    pub locality: Vec<LocalityTier>,
    /// Who this process is for the masters and for workers.
    pub login: Login,
    /// Between two heartbeats.
    pub heartbeat_interval: Duration,
    /// How many tasks run at once.
    pub pool_size: usize,
    /// The properties that hold for every mount.
    pub ufs_properties: UfsProperties,
    /// What `/api/v1/job_worker/info` calls the release.
    pub version: String,
    /// The revision that the program was built from.
    pub revision: String,
}

/// What a job worker is handed instead of reaching for it.
#[derive(Debug)]
pub struct JobWorkerDeps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness; only for spreading retries.
    pub rng: SmallRng,
    /// The connectors to stores.
    pub registry: UfsRegistry,
    /// Finds the primary master.
    pub master: Arc<dyn MasterInquiry>,
    /// Finds the primary job master.
    pub job_master: Arc<dyn MasterInquiry>,
    /// The instruments of this process.
    pub metrics: Metrics,
    /// What this process logs, for `logLevel`.
    pub levels: LogLevels,
}

/// A port that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct StartJobWorkerError {
    /// Host and port.
    pub address: String,
    /// The property that names the port.
    pub property: &'static str,
    /// The operating system's answer.
    pub source: io::Error,
}

impl Describe for StartJobWorkerError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unavailable
    }

    fn hint(&self) -> Option<Hint> {
        Some(Hint::CheckProperty(self.property))
    }
}

/// A job worker that runs tasks. It stops with [`JobWorkerProcess::shutdown`].
#[derive(Debug)]
pub struct JobWorkerProcess {
    web_address: SocketAddr,
    registered: watch::Receiver<bool>,
    tasks: Tasks,
}

impl JobWorkerProcess {
    /// Listens, and begins to register with the job master. Returns before it has answered: see
    /// [`JobWorkerProcess::wait_registered`].
    ///
    /// # Errors
    /// When a port is taken.
    pub fn start(
        conf: JobWorkerConf,
        mut deps: JobWorkerDeps,
    ) -> Result<Self, StartJobWorkerError> {
        let tasks = Tasks::new();
        let failed = |source| StartJobWorkerError {
            address: format!("{}:{}", conf.web_bind_host, conf.web_port),
            property: "alluxio.job.worker.web.port",
            source,
        };
        let listener =
            TcpListener::bind((conf.web_bind_host.as_str(), conf.web_port)).map_err(failed)?;
        let started = deps.clock.now();
        let view = web::View {
            metrics: deps.metrics.clone(),
            levels: deps.levels.clone(),
            version: conf.version.clone(),
            started,
        };
        let web_address = web::serve(view, listener, &tasks).map_err(failed)?;
        let address = WorkerAddress {
            host: conf.host.clone(),
            container_host: String::new(),
            rpc_port: conf.rpc_port,
            data_port: conf.data_port,
            web_port: web_address.port(),
            domain_socket_path: String::new(),
            locality: conf.locality.clone(),
        };
        let connections = Connections::new(ClientConf::default(), tasks.clone());
        let job_master = JobMasterClient::new(service(
            &mut deps,
            &conf,
            &connections,
            ServiceConf::JOB_MASTER_WORKER,
        ));
        let context = persist_context(&mut deps, &conf, connections);
        context.mounts.end_stale_uploads(&tasks);
        let build = BuildVersion {
            version: Some(conf.version.clone()),
            revision: Some(conf.revision.clone()),
        };
        let runner = Runner::new(
            context,
            Arc::clone(&deps.clock),
            (conf.host.clone(), build),
            conf.pool_size,
        );
        let (registration, registered) = watch::channel(false);
        let beats = Beats {
            job_master,
            runner,
            address,
            registration,
            id: None,
        };
        let (interval, running) = (conf.heartbeat_interval, tasks.clone());
        tasks.spawn("job worker heartbeat", beats.run(interval, running));
        info!(web = %web_address, "Alluxio job worker started");
        Ok(Self {
            web_address,
            registered,
            tasks,
        })
    }

    /// Waits until the job master knows this worker. Never returns while there is none.
    pub async fn wait_registered(&self) {
        let mut registered = self.registered.clone();
        // The sender lives as long as the process does.
        registered.wait_for(|registered| *registered).await.ok();
    }

    /// Where the web server listens.
    pub fn web_address(&self) -> SocketAddr {
        self.web_address
    }

    /// Stops; tasks that are running are given up, and handed out again elsewhere.
    pub async fn shutdown(self) {
        self.tasks.shutdown().await;
        info!("job worker stopped");
    }
}

fn service(
    deps: &mut JobWorkerDeps,
    conf: &JobWorkerConf,
    connections: &Connections,
    of: ServiceConf,
) -> ServiceClient {
    let rng = SmallRng::seed_from_u64(deps.rng.next_u64());
    let retries = Arc::new(Retries::new(IMPATIENT, Arc::clone(&deps.clock), rng));
    let inquiry = if of == ServiceConf::JOB_MASTER_WORKER {
        &deps.job_master
    } else {
        &deps.master
    };
    ServiceClient::new(
        of,
        connections.clone(),
        Arc::clone(inquiry),
        conf.login.clone(),
        retries,
    )
}

fn persist_context(
    deps: &mut JobWorkerDeps,
    conf: &JobWorkerConf,
    connections: Connections,
) -> PersistContext {
    let mut of = |of| service(deps, conf, &connections, of);
    let master = Arc::new(MasterClient::new(
        of(ServiceConf::BLOCK_MASTER_WORKER),
        of(ServiceConf::BLOCK_MASTER_WORKER),
        of(ServiceConf::FILE_SYSTEM_MASTER_WORKER),
        of(ServiceConf::FILE_SYSTEM_MASTER),
    ));
    let mounts = Mounts::new(
        deps.registry.clone(),
        conf.ufs_properties.clone(),
        Arc::clone(&master),
        Arc::clone(&deps.clock),
    );
    PersistContext {
        master,
        mounts: Arc::new(mounts),
        connections,
        login: conf.login.clone(),
    }
}

/// The conversation with the job master.
struct Beats {
    job_master: JobMasterClient,
    runner: Arc<Runner>,
    address: WorkerAddress,
    registration: watch::Sender<bool>,
    id: Option<i64>,
}

impl Beats {
    /// A round each interval, and one as soon as a task has finished. A job master may hold the answer
    /// back for a while, which is a part of the interval.
    async fn run(mut self, interval: Duration, tasks: Tasks) {
        let interval = interval.max(Duration::from_millis(1));
        loop {
            let next = tokio::time::sleep(interval);
            self.round(&tasks).await;
            let runner = Arc::clone(&self.runner);
            tokio::select! {
                () = next => {}
                () = runner.finished.notified() => {}
            }
        }
    }

    async fn round(&mut self, tasks: &Tasks) {
        let id = match self.id {
            Some(id) => id,
            None => match self.job_master.register(&self.address).await {
                Ok(id) => {
                    self.id = Some(id);
                    self.registration.send_replace(true);
                    info!(worker_id = id, "job worker registered");
                    id
                }
                Err(error) => {
                    debug!(%error, "job master not reached");
                    return;
                }
            },
        };
        let reports = self.runner.reports();
        let health = self.runner.health(id, load_average());
        match self.job_master.heartbeat(health, reports.clone()).await {
            Ok(commands) => {
                self.runner.forget(&reports);
                if self.runner.obey(commands, tasks) == Known::No {
                    self.runner.stop_all();
                    self.id = None;
                    self.registration.send_replace(false);
                }
            }
            Err(error) => debug!(%error, "job master not reached"),
        }
    }
}

/// The load of the machine over 1, 5 and 15 minutes; nothing where the kernel does not tell.
fn load_average() -> Vec<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .take(3)
        .filter_map(|number| number.parse().ok())
        .collect()
}
