//! [`JobMasterProcess`]: a whole job master, from its settings to its sockets, and back.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::ConfProperty;
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{Clock, Describe, ErrorCode, Heartbeat, Hint, Tasks, Timestamp};
use alluxio_proto::grpc::job::job_master_client_service_server::JobMasterClientServiceServer;
use alluxio_proto::grpc::job::job_master_worker_service_server::JobMasterWorkerServiceServer;
use alluxio_rpc::{Authentication, RpcServer, ServerConf, Serving};
use tracing::info;

use super::identity::JobMasterIdentity;
use super::job_master::{JobMaster, JobMasterConf};
use crate::rpc::{JobClientService, JobWorkerService};

/// How long calls that are running may take to end when the process stops.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(3);

/// The settings of a job master. Plain data.
#[derive(Debug)]
pub struct JobMasterProcessConf {
    /// Limits.
    pub jobs: JobMasterConf,
    /// The name that clients use: `alluxio.job.master.hostname`
    pub hostname: String,
    /// The local address of the RPC server.
    pub bind_host: String,
    /// The port of the RPC server; 0 for any free one.
    pub rpc_port: u16,
    /// The local address of the web server.
    pub web_bind_host: String,
    /// The port of the web server; 0 for any free one.
    pub web_port: u16,
    /// How callers are identified.
    pub authentication: Authentication,
    /// Requests that are larger are refused, in bytes.
    pub max_message_bytes: usize,
    /// Between two looks for lost job workers.
    pub lost_worker_interval: Duration,
    /// What `/api/v1/job_master/info` calls the release.
    pub version: String,
    /// The revision that it was built from.
    pub revision: String,
    /// What it shows of the configuration, secrets masked.
    pub configuration: Vec<ConfProperty>,
}

/// What a job master is handed instead of reaching for it.
#[derive(Debug)]
pub struct JobMasterProcessDeps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The instruments of this process.
    pub metrics: Metrics,
    /// What this process logs, for `logLevel`.
    pub levels: LogLevels,
}

/// A port that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ListenError {
    /// Host and port.
    pub address: String,
    /// The property that names the port.
    pub property: &'static str,
    /// The operating system's answer.
    pub source: io::Error,
}

impl Describe for ListenError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unavailable
    }

    fn hint(&self) -> Option<Hint> {
        Some(Hint::CheckProperty(self.property))
    }
}

/// A job master that serves. It stops with [`JobMasterProcess::shutdown`].
#[derive(Debug)]
pub struct JobMasterProcess {
    jobs: Arc<JobMaster>,
    server: RpcServer,
    web_address: SocketAddr,
    tasks: Tasks,
}

impl JobMasterProcess {
    /// Listens and serves.
    ///
    /// # Errors
    /// When a port is taken.
    pub fn start(
        conf: JobMasterProcessConf,
        deps: JobMasterProcessDeps,
    ) -> Result<Self, ListenError> {
        let tasks = Tasks::new();
        let rpc = listen(
            &conf.bind_host,
            conf.rpc_port,
            "alluxio.job.master.rpc.port",
        )?;
        let web = listen(
            &conf.web_bind_host,
            conf.web_port,
            "alluxio.job.master.web.port",
        )?;
        let identity = identity(&conf, &rpc, deps.clock.now());
        let jobs = JobMaster::new(conf.jobs, Arc::clone(&deps.clock));
        let serving = Serving::standby();
        serving.start();
        let server_conf = ServerConf {
            authentication: conf.authentication,
            max_message_bytes: conf.max_message_bytes,
            serving,
        };
        let taken = |address: String, property| {
            move |source| ListenError {
                address,
                property,
                source,
            }
        };
        let server = RpcServer::builder(server_conf, Arc::clone(&deps.clock))
            .service(JobMasterClientServiceServer::new(JobClientService::new(
                Arc::clone(&jobs),
                identity,
                Arc::clone(&deps.clock),
            )))
            .service(JobMasterWorkerServiceServer::new(JobWorkerService::new(
                Arc::clone(&jobs),
            )))
            .serve(rpc, &tasks)
            .map_err(taken(
                format!("{}:{}", conf.bind_host, conf.rpc_port),
                "alluxio.job.master.rpc.port",
            ))?;
        let view = super::web::View {
            jobs: Arc::clone(&jobs),
            metrics: deps.metrics,
            levels: deps.levels,
            version: conf.version,
            configuration: conf.configuration.into(),
            started: deps.clock.now(),
            clock: deps.clock,
        };
        let web_address = super::web::serve(view, web, &tasks).map_err(taken(
            format!("{}:{}", conf.web_bind_host, conf.web_port),
            "alluxio.job.master.web.port",
        ))?;
        watch_workers(&jobs, conf.lost_worker_interval, &tasks);
        info!(address = %server.address(), web = %web_address, "Alluxio job master started");
        Ok(Self {
            jobs,
            server,
            web_address,
            tasks,
        })
    }

    /// Where the RPC server listens.
    pub fn rpc_address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Where the web server listens.
    pub fn web_address(&self) -> SocketAddr {
        self.web_address
    }

    /// The job master inside.
    pub fn jobs(&self) -> &Arc<JobMaster> {
        &self.jobs
    }

    /// Stops in good order.
    pub async fn shutdown(self) {
        self.server.shutdown(SHUTDOWN_GRACE).await;
        self.tasks.shutdown().await;
        info!("job master stopped");
    }
}

fn identity(
    conf: &JobMasterProcessConf,
    rpc: &TcpListener,
    started: Timestamp,
) -> JobMasterIdentity {
    JobMasterIdentity {
        hostname: conf.hostname.clone(),
        rpc_port: rpc.local_addr().map_or(conf.rpc_port, |at| at.port()),
        started,
        version: conf.version.clone(),
        revision: conf.revision.clone(),
    }
}

/// Gives up job workers that are silent.
fn watch_workers(jobs: &Arc<JobMaster>, interval: Duration, tasks: &Tasks) {
    let watched = Arc::clone(jobs);
    Heartbeat::vital("lost job worker detection", interval).start(tasks, move || {
        watched.detect_lost_workers();
        std::future::ready(())
    });
}

fn listen(host: &str, port: u16, property: &'static str) -> Result<TcpListener, ListenError> {
    TcpListener::bind((host, port)).map_err(|source| ListenError {
        address: format!("{host}:{port}"),
        property,
        source,
    })
}
