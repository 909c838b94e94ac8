//! [`WorkerProcess`]: a whole worker, from its settings to its sockets, and back.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::key;
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{Clock, Describe, ErrorCode, Heartbeat, Hint, Tasks, WorkerAddress};
use alluxio_rpc::{
    ClientConf, Connections, DomainSocket, DomainSocketError, MasterInquiry, Retries, RetryPolicy,
    RpcServer, ServerConf, ServiceClient, ServiceConf, Serving,
};
use alluxio_ufs::UfsRegistry;
use rand::rngs::SmallRng;
use rand::{RngCore, SeedableRng};
use tokio::sync::watch;
use tracing::info;

use super::conf::{DomainSocketConf, WorkerConf};
use crate::block::{BlockStore, BootId, OpenStoreError, StoreConf};
use crate::master_client::MasterClient;
use crate::master_sync::{self, MasterSync, Registration};
use crate::metrics::WorkerMetrics;
use crate::rpc::BlockWorkerEndpoint;
use crate::upkeep;
use crate::web::{self, WebView};
use crate::worker::{Worker, WorkerParts};

/// How long calls that are running may take to end when the worker stops.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(3);

/// Calls of clients that write wait so long for a master that is starting again.
const PATIENT: RetryPolicy = RetryPolicy {
    base: Duration::from_millis(50),
    max: Duration::from_secs(1),
    total: Duration::from_secs(60),
};

/// Heartbeats come again anyway.
const IMPATIENT: RetryPolicy = RetryPolicy {
    base: Duration::from_millis(50),
    max: Duration::from_millis(500),
    total: Duration::from_secs(2),
};

/// What a worker is handed instead of reaching for it.
#[derive(Debug)]
pub struct WorkerDeps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness; only for spreading retries.
    pub rng: SmallRng,
    /// The connectors to stores.
    pub registry: UfsRegistry,
    /// Finds the primary master.
    pub inquiry: Arc<dyn MasterInquiry>,
    /// The instruments of this process.
    pub metrics: Metrics,
    /// What this process logs, for `logLevel`.
    pub levels: LogLevels,
    /// This life of the machine's kernel.
    pub boot: BootId,
}

/// Why a worker does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartWorkerError {
    /// The storage cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenStoreError),
    /// A port cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Host and port.
        address: String,
        /// The property that names the port.
        property: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The domain socket cannot be listened on.
    #[error("{property}: {source}")]
    DomainSocket {
        /// The property that names it.
        property: &'static str,
        /// What is wrong with it.
        source: DomainSocketError,
    },
}

impl Describe for StartWorkerError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Store(error) => error.code(),
            Self::Listen { .. } => ErrorCode::Unavailable,
            Self::DomainSocket { source, .. } => source.code(),
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Listen { property, .. } | Self::DomainSocket { property, .. } => {
                Some(Hint::CheckProperty(property))
            }
        }
    }
}

/// A worker that serves. It stops with [`WorkerProcess::shutdown`].
#[derive(Debug)]
pub struct WorkerProcess {
    worker: Arc<Worker>,
    server: RpcServer,
    web_address: SocketAddr,
    registration: watch::Receiver<Registration>,
    tasks: Tasks,
}

impl WorkerProcess {
    /// Opens the storage, listens, and begins to register with the master. Returns when clients can
    /// be served, which may be before the master has answered: see
    /// [`WorkerProcess::wait_registered`].
    ///
    /// # Errors
    /// When the storage cannot be opened or a port is taken.
    pub async fn start(conf: WorkerConf, mut deps: WorkerDeps) -> Result<Self, StartWorkerError> {
        alluxio_rpc::keep_buffers();
        let tasks = Tasks::new();
        let rpc_listener = listen(&conf.bind_host, conf.rpc_port, key::WORKER_RPC_PORT)?;
        let web_listener = listen(&conf.web_bind_host, conf.web_port, key::WORKER_WEB_PORT)?;
        let domain_socket = listen_on_machine(&conf.domain_socket, &mut deps.rng).await?;
        let address = WorkerAddress {
            domain_socket_path: path_of(domain_socket.as_ref()),
            ..address_of(&conf, &rpc_listener, &web_listener)
        };
        let metrics = Arc::new(WorkerMetrics::new(deps.metrics.clone(), &conf.host));
        let store = open_store(&conf.store, &deps, &metrics).await?;
        metrics.show_store(&store);

        let connections = Connections::new(ClientConf::default(), tasks.clone());
        let master = Arc::new(connect_master(&conf, &mut deps, &connections));
        let worker = Worker::new(WorkerParts {
            store,
            metrics,
            registry: deps.registry,
            site: conf.ufs_properties,
            master,
            connections,
            login: conf.login,
            address,
            space_patience: conf.space_patience,
            tasks: tasks.clone(),
            clock: Arc::clone(&deps.clock),
        });

        let server_conf = ServerConf {
            authentication: conf.authentication,
            max_message_bytes: conf.max_message_bytes,
            serving: at_once(),
        };
        let server = RpcServer::builder(server_conf, Arc::clone(&deps.clock))
            .service(BlockWorkerEndpoint::new(Arc::clone(&worker)))
            .domain_socket(domain_socket)
            .serve(rpc_listener, &tasks)
            .map_err(not_listening(
                &conf.bind_host,
                conf.rpc_port,
                key::WORKER_RPC_PORT,
            ))?;
        let view = WebView::new(
            Arc::clone(&worker),
            conf.web,
            deps.metrics,
            deps.levels,
            &conf.identity,
        );
        let web_address = web::serve(view, web_listener, &tasks).map_err(not_listening(
            &conf.web_bind_host,
            conf.web_port,
            key::WORKER_WEB_PORT,
        ))?;

        let sync = MasterSync::new(Arc::clone(&worker), conf.identity, conf.register_batch);
        let registration = sync.registration();
        start_heartbeats(&worker, sync, conf.heartbeat_interval);
        upkeep::start(&worker.store, &tasks);
        worker.mounts.end_stale_uploads(&tasks);
        info!(address = %worker.address.data_address(), web = %web_address, "Alluxio worker started");
        Ok(Self {
            worker,
            server,
            web_address,
            registration,
            tasks,
        })
    }

    /// Waits until the master knows this worker. Never returns while there is no master.
    pub async fn wait_registered(&self) {
        let mut registration = self.registration.clone();
        // The sender lives as long as the process does.
        registration
            .wait_for(|state| *state == Registration::Done)
            .await
            .ok();
    }

    /// Where the data server listens.
    pub fn rpc_address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Where the web server listens.
    pub fn web_address(&self) -> SocketAddr {
        self.web_address
    }

    /// The worker inside, for tests and for whoever runs several parts in one process.
    pub fn worker(&self) -> &Arc<Worker> {
        &self.worker
    }

    /// Stops in good order: no new calls, a moment for those that are running, then everything
    /// else. Blocks stay where they are.
    pub async fn shutdown(self) {
        self.server.shutdown(SHUTDOWN_GRACE).await;
        self.tasks.shutdown().await;
        info!("worker stopped");
    }
}

fn not_listening(
    host: &str,
    port: u16,
    property: &'static str,
) -> impl FnOnce(io::Error) -> StartWorkerError {
    move |source| StartWorkerError::Listen {
        address: format!("{host}:{port}"),
        property,
        source,
    }
}

fn listen(host: &str, port: u16, property: &'static str) -> Result<TcpListener, StartWorkerError> {
    TcpListener::bind((host, port)).map_err(not_listening(host, port, property))
}

async fn listen_on_machine(
    conf: &DomainSocketConf,
    rng: &mut SmallRng,
) -> Result<Option<DomainSocket>, StartWorkerError> {
    let bound = match conf {
        DomainSocketConf::Off => return Ok(None),
        DomainSocketConf::At(path) => DomainSocket::bind(path.clone()).await,
        DomainSocketConf::In(folder) => DomainSocket::bind_in(folder, rng).await,
    };
    let socket = bound.map_err(|source| StartWorkerError::DomainSocket {
        property: key::WORKER_DATA_SERVER_DOMAIN_SOCKET_ADDRESS,
        source,
    })?;
    info!(path = %socket.path().display(), "domain socket data server is enabled");
    Ok(Some(socket))
}

/// As clients are told; nothing, when there is none.
fn path_of(socket: Option<&DomainSocket>) -> String {
    socket.map_or_else(String::new, |socket| socket.path().display().to_string())
}

/// Ports that were chosen by the system are only known now.
fn address_of(conf: &WorkerConf, rpc: &TcpListener, web: &TcpListener) -> WorkerAddress {
    let port = |listener: &TcpListener, configured: u16| {
        listener
            .local_addr()
            .map_or(configured, |address| address.port())
    };
    let rpc_port = port(rpc, conf.rpc_port);
    WorkerAddress {
        host: conf.host.clone(),
        container_host: conf.container_host.clone(),
        rpc_port,
        data_port: rpc_port,
        web_port: port(web, conf.web_port),
        domain_socket_path: String::new(),
        locality: conf.locality.clone(),
    }
}

async fn open_store(
    conf: &StoreConf,
    deps: &WorkerDeps,
    metrics: &WorkerMetrics,
) -> Result<Arc<BlockStore>, OpenStoreError> {
    let (conf, boot, clock) = (conf.clone(), deps.boot, Arc::clone(&deps.clock));
    let counters = metrics.store_counters();
    crate::blocking::run(move || BlockStore::open_dirs(&conf, boot, clock, counters)).await
}

fn connect_master(
    conf: &WorkerConf,
    deps: &mut WorkerDeps,
    connections: &Connections,
) -> MasterClient {
    let mut service = |of: ServiceConf, policy: RetryPolicy| {
        let rng = SmallRng::seed_from_u64(deps.rng.next_u64());
        let retries = Arc::new(Retries::new(policy, Arc::clone(&deps.clock), rng));
        let inquiry = Arc::clone(&deps.inquiry);
        ServiceClient::new(
            of,
            connections.clone(),
            inquiry,
            conf.login.clone(),
            retries,
        )
    };
    MasterClient::new(
        service(ServiceConf::BLOCK_MASTER_WORKER, PATIENT),
        service(ServiceConf::BLOCK_MASTER_WORKER, IMPATIENT),
        service(ServiceConf::FILE_SYSTEM_MASTER_WORKER, IMPATIENT),
        service(ServiceConf::FILE_SYSTEM_MASTER, IMPATIENT),
    )
}

/// A worker has no standby: it serves from the beginning.
fn at_once() -> Serving {
    let serving = Serving::standby();
    serving.start();
    serving
}

fn start_heartbeats(worker: &Arc<Worker>, sync: MasterSync, interval: Duration) {
    // One round at a time, so the lock is never waited for.
    let sync = Arc::new(tokio::sync::Mutex::new(sync));
    Heartbeat::vital("worker heartbeat", interval).start(&worker.tasks, move || {
        let sync = Arc::clone(&sync);
        async move { sync.lock().await.round().await }
    });
    let pinned = Arc::clone(worker);
    Heartbeat::new("pin list", interval).start(&worker.tasks, move || {
        let worker = Arc::clone(&pinned);
        async move { master_sync::sync_pin_list(&worker).await }
    });
}
