//! [`MasterProcess`]: a whole master, from its settings to its sockets, and back.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Weak};
use std::time::Duration;

use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::user::GroupMapping;
use alluxio_common::{AlluxioPath, Clock, Heartbeat, Tasks, Timestamp, UfsPath};
use alluxio_proto::grpc::block::block_master_client_service_server::BlockMasterClientServiceServer;
use alluxio_proto::grpc::block::block_master_worker_service_server::BlockMasterWorkerServiceServer;
use alluxio_proto::grpc::file::file_system_master_job_service_server::FileSystemMasterJobServiceServer;
use alluxio_proto::grpc::file::file_system_master_worker_service_server::FileSystemMasterWorkerServiceServer;
use alluxio_proto::grpc::journal::journal_master_client_service_server::JournalMasterClientServiceServer;
use alluxio_proto::grpc::meta::meta_master_client_service_server::MetaMasterClientServiceServer;
use alluxio_proto::grpc::meta::meta_master_configuration_service_server::MetaMasterConfigurationServiceServer;
use alluxio_proto::grpc::metric::metrics_master_client_service_server::MetricsMasterClientServiceServer;
use alluxio_rpc::{
    Authentication, ClientConf, Connections, MasterInquiry, Retries, RetryPolicy, RpcServer,
    ServerConf, ServiceClient, ServiceConf, Serving,
};
use alluxio_ufs::UfsRegistry;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tracing::{error, info, warn};

use super::checkpoints::Checkpoints;
use super::conf::MasterConf;
use super::error::StartMasterError;
use super::root_store::{RootStoreLook, RootStoreProblem};
use super::{journal, metrics, root_store};
use crate::audit::AuditLog;
use crate::backup::{self, BackupConf, BackupError, Backups};
use crate::block::BlockMaster;
use crate::file_system::{BlockLocations, FileSystemMaster, Parts};
use crate::meta::{ClusterMetrics, MasterIdentity, MetaMaster};
use crate::mount::Stores;
use crate::permission::Callers;
use crate::persist_scheduler::{PersistMetrics, PersistScheduler, RemoteJobService};
use crate::rpc::{
    BlockClientService, BlockWorkerService, CheckpointNow, FileSystemClientServer,
    FileSystemClientService, FileSystemJobService, FileSystemWorkerService, JournalService,
    MetaClientService, MetaConfigurationService, MetricsService,
};
use crate::web::{self, ShownProperty, WebConf, WebParts, WebView};

/// How long calls that are running may take to end when the master stops.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// How long queued journal entries may take to reach a disk that does not answer; those who wait
/// for them have been cut off by then.
const CLOSE_GRACE: Duration = Duration::from_secs(1);

/// The scheduler comes back by itself, so a call does not insist.
const IMPATIENT: RetryPolicy = RetryPolicy {
    base: Duration::from_millis(50),
    max: Duration::from_millis(200),
    total: Duration::from_millis(500),
};

const RPC_PORT: &str = "alluxio.master.rpc.port";
const WEB_PORT: &str = "alluxio.master.web.port";

/// What a master is handed instead of reaching for it.
#[derive(Debug)]
pub struct MasterDeps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness: the name of a new cluster, and ids.
    pub rng: SmallRng,
    /// The connectors to stores.
    pub registry: UfsRegistry,
    /// The groups of users.
    pub groups: Arc<dyn GroupMapping>,
    /// Finds the primary job master.
    pub job_master: Arc<dyn MasterInquiry>,
    /// The instruments of this process.
    pub metrics: Metrics,
    /// What this process logs, for `logLevel`.
    pub levels: LogLevels,
    /// Is told of every call of a client, if there is one.
    pub audit: Option<Arc<dyn AuditLog>>,
}

/// A master that serves. It stops with [`MasterProcess::shutdown`].
#[derive(Debug)]
pub struct MasterProcess {
    domains: Domains,
    server: RpcServer,
    web_address: SocketAddr,
    /// What was wrong with the root store at the start.
    root_store_problem: Option<RootStoreProblem>,
    tasks: Tasks,
}

/// The parts that know something.
#[derive(Debug, Clone)]
struct Domains {
    files: Arc<FileSystemMaster>,
    blocks: Arc<BlockMaster>,
    checkpoints: Arc<Checkpoints>,
    backups: Arc<Backups>,
}

/// What is known before the first call is served.
struct Prepared {
    rpc: TcpListener,
    web: TcpListener,
    started: Timestamp,
}

impl MasterProcess {
    /// Listens, reads the journal, and serves when everything in it is known.
    ///
    /// # Errors
    /// When a port is taken, the journal cannot be opened, or the root store cannot be used.
    pub async fn start(conf: MasterConf, mut deps: MasterDeps) -> Result<Self, StartMasterError> {
        let tasks = Tasks::new();
        // Whoever comes before the journal is read waits in the queue of the listener.
        let prepared = Prepared {
            rpc: listen(&conf.bind_host, conf.rpc_port, RPC_PORT)?,
            web: listen(&conf.web_bind_host, conf.web_port, WEB_PORT)?,
            started: deps.clock.now(),
        };
        let (domains, root_store) = open_domains(&conf, &mut deps, &tasks).await?;
        let cluster_id = domains
            .files
            .read(|tree| tree.settings().cluster_id.clone());
        let meta = MetaMaster::new(
            identity(&conf, &prepared, cluster_id),
            conf.configuration.clone(),
            Arc::clone(&deps.clock),
        );
        let meta = Arc::new(meta.updating(conf.updates.clone()));
        metrics::show(&deps.metrics, &domains.files, &domains.blocks);
        let connections = Connections::new(ClientConf::default(), tasks.clone());
        start_upkeep(&domains, &conf, &mut deps, &connections, &tasks);

        let view = WebView::new(WebParts {
            files: Arc::clone(&domains.files),
            blocks: Arc::clone(&domains.blocks),
            meta: Arc::clone(&meta),
            metrics: deps.metrics.clone(),
            levels: deps.levels.clone(),
            connections,
            login: conf.login.clone(),
            tasks: tasks.clone(),
            conf: web_conf(&conf),
        });
        let server_conf = server_conf(conf.authentication, conf.max_message_bytes);
        let server = serve(&domains, &meta, &deps, &tasks, server_conf)
            .serve(prepared.rpc, &tasks)
            .map_err(listen_failed(&conf.bind_host, conf.rpc_port, RPC_PORT))?;
        let web_address = web::serve(view, prepared.web, &tasks).map_err(listen_failed(
            &conf.web_bind_host,
            conf.web_port,
            WEB_PORT,
        ))?;
        info!(address = %server.address(), web = %web_address, "Alluxio master started");
        Ok(Self {
            domains,
            server,
            web_address,
            // Clients are served by now.
            root_store_problem: root_store.problem().await,
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

    /// The namespace inside, for tests and for whoever runs several parts in one process.
    pub fn files(&self) -> &Arc<FileSystemMaster> {
        &self.domains.files
    }

    /// What was wrong with the root store at the start; the master serves what is cached.
    pub fn root_store_problem(&self) -> Option<&RootStoreProblem> {
        self.root_store_problem.as_ref()
    }

    /// The block master inside.
    pub fn blocks(&self) -> &Arc<BlockMaster> {
        &self.domains.blocks
    }

    /// Writes a checkpoint of the journal now.
    ///
    /// # Errors
    /// When one is being written already, or the disk refuses.
    pub async fn checkpoint(&self) -> Result<(), crate::error::FileSystemError> {
        self.domains.checkpoints.checkpoint_now().await
    }

    /// Stops in good order: no new calls, a moment for those that are running, then everything
    /// else; at last the journal flushes what it has and is given up.
    pub async fn shutdown(self) {
        self.server.shutdown(SHUTDOWN_GRACE).await;
        self.tasks.shutdown().await;
        let files = self.domains.files;
        let closing = async {
            if let Err(error) = files.flush_access_times().await {
                warn!(%error, "the latest access times are not in the journal");
            }
            files.journal().close().await
        };
        match tokio::time::timeout(CLOSE_GRACE, closing).await {
            Ok(Ok(())) => info!("master stopped"),
            Ok(Err(error)) => error!(%error, "the journal was not closed in good order"),
            Err(_elapsed) => error!("the journal's disk does not answer; stopped without it"),
        }
    }
}

/// Reads the journal and builds what knows something; a new journal gets its root.
async fn open_domains(
    conf: &MasterConf,
    deps: &mut MasterDeps,
    tasks: &Tasks,
) -> Result<(Domains, RootStoreLook), StartMasterError> {
    let stores = Stores::new(deps.registry.clone(), conf.ufs_properties.clone());
    let root_store = root_store::prepare(&stores, &conf.file_system, tasks).await?;
    let capacity = conf.file_system.retry_cache_capacity;
    let clock = Arc::clone(&deps.clock);
    let opened = journal::open(conf.journal.clone(), capacity, clock).await?;
    let is_restored = restore(conf, deps, &stores, &opened).await?;
    let blocks = BlockMaster::new(
        conf.blocks.clone(),
        Arc::clone(&deps.clock),
        deps.rng.random(),
    );
    let files = Arc::new(FileSystemMaster::new(Parts {
        namespace: opened.namespace,
        journal: opened.journal,
        conf: conf.file_system.clone(),
        callers: Callers::new(
            conf.authorization.clone(),
            Arc::clone(&deps.groups),
            Arc::clone(&deps.clock),
        ),
        stores,
        blocks: Arc::<BlockMaster>::clone(&blocks) as Arc<dyn BlockLocations>,
        clock: Arc::clone(&deps.clock),
        seed: deps.rng.random(),
    }));
    let owners: Weak<FileSystemMaster> = Arc::downgrade(&files);
    blocks.set_owners(owners);
    let checkpoints = Checkpoints::of(Arc::clone(&files));
    if is_restored {
        // What was restored is nowhere else in the journal.
        checkpoints.checkpoint_now().await?;
        // What is persisted may be something else in the stores by now.
        files.needs_sync(&AlluxioPath::root());
    }
    let cluster_id = uuid::Builder::from_random_bytes(deps.rng.random()).into_uuid();
    files.ensure_root(&cluster_id.to_string()).await?;
    let before = match files.note_root_store().await {
        Ok(before) => before,
        // It can be noted the next time; a full disk keeps nobody from what is there.
        Err(error) => {
            warn!(%error, "the root store is not noted in the journal");
            None
        }
    };
    let root_store = root_store.after(before.as_deref());
    files.resume_store_work().await;
    let backup_conf = BackupConf {
        directory: conf.backup_directory.clone(),
        hostname: conf.hostname.clone(),
    };
    let clock = Arc::clone(&deps.clock);
    let domains = Domains {
        checkpoints,
        backups: Backups::new(Arc::clone(&files), backup_conf, clock, tasks.clone()),
        files,
        blocks,
    };
    Ok((domains, root_store))
}

/// Lets an empty journal begin with the backup that is named, if one is. Returns whether it does.
async fn restore(
    conf: &MasterConf,
    deps: &MasterDeps,
    stores: &Stores,
    opened: &journal::Opened,
) -> Result<bool, StartMasterError> {
    let Some(backup) = &conf.init_from_backup else {
        return Ok(false);
    };
    let file = UfsPath::parse(backup).map_err(BackupError::from)?;
    let store = stores
        .connect(&file, &conf.file_system.root_properties)
        .map_err(BackupError::from)?;
    let into = (&*opened.journal, &*deps.clock);
    Ok(backup::restore(&*store, &file, &opened.namespace, into).await?)
}

/// Starts what the master does by itself.
fn start_upkeep(
    domains: &Domains,
    conf: &MasterConf,
    deps: &mut MasterDeps,
    connections: &Connections,
    tasks: &Tasks,
) {
    let intervals = conf.intervals;
    domains.blocks.start(tasks, intervals.lost_workers);
    domains.files.start(tasks, intervals.namespace);
    domains.checkpoints.start(tasks);
    start_cleaning(
        &domains.files,
        intervals.store_cleanup,
        deps.clock.now(),
        tasks,
    );
    let rng = SmallRng::seed_from_u64(deps.rng.random());
    let jobs = ServiceClient::new(
        ServiceConf::JOB_MASTER,
        connections.clone(),
        Arc::clone(&deps.job_master),
        conf.login.clone(),
        Arc::new(Retries::new(IMPATIENT, Arc::clone(&deps.clock), rng)),
    );
    let scheduler = PersistScheduler::new(
        Arc::clone(&domains.files),
        Arc::<BlockMaster>::clone(&domains.blocks),
        Arc::new(RemoteJobService::new(jobs)),
        PersistMetrics::new(&deps.metrics),
        tasks.clone(),
    );
    scheduler.start(intervals.persistence);
}

/// Removes what an earlier primary left behind, and from time to time what any writer did.
fn start_cleaning(
    files: &Arc<FileSystemMaster>,
    interval: Option<Duration>,
    started: Timestamp,
    tasks: &Tasks,
) {
    files.start_sweeping_copies(tasks, started);
    if let Some(interval) = interval {
        let files = Arc::clone(files);
        Heartbeat::new("store cleanup", interval).start(tasks, move || {
            let files = Arc::clone(&files);
            async move { files.clean_stores(interval).await }
        });
    }
}

/// A server that answers from the start: nobody else can be the primary.
fn server_conf(authentication: Authentication, max_message_bytes: usize) -> ServerConf {
    let serving = Serving::standby();
    serving.start();
    ServerConf {
        authentication,
        max_message_bytes,
        serving,
    }
}

/// All services; the busiest ones first.
fn serve(
    domains: &Domains,
    meta: &Arc<MetaMaster>,
    deps: &MasterDeps,
    tasks: &Tasks,
    conf: ServerConf,
) -> alluxio_rpc::RpcServerBuilder {
    let clock = || Arc::clone(&deps.clock);
    let metrics = ClusterMetrics::new(deps.metrics.clone(), clock());
    let files = || Arc::clone(&domains.files);
    let blocks = || Arc::clone(&domains.blocks);
    let checkpoints = Arc::<Checkpoints>::clone(&domains.checkpoints) as Arc<dyn CheckpointNow>;
    let clients = FileSystemClientService::new(files(), clock(), deps.audit.clone(), tasks.clone());
    let builder =
        RpcServer::builder(conf, clock()).service(FileSystemClientServer::new(clients.clone()));
    clients
        .answer_busiest(builder)
        .service(BlockMasterWorkerServiceServer::new(
            BlockWorkerService::new(blocks(), files(), metrics.clone(), clock()),
        ))
        .service(FileSystemMasterWorkerServiceServer::new(
            FileSystemWorkerService::new(files(), clock()),
        ))
        .service(BlockMasterClientServiceServer::new(
            BlockClientService::new(blocks(), files(), clock()),
        ))
        .service(FileSystemMasterJobServiceServer::new(
            FileSystemJobService::new(files(), clock()),
        ))
        .service(MetaMasterClientServiceServer::new(MetaClientService::new(
            Arc::clone(meta),
            blocks(),
            checkpoints,
            Arc::clone(&domains.backups),
            clock(),
        )))
        .service(MetaMasterConfigurationServiceServer::new(
            MetaConfigurationService::new(Arc::clone(meta), files(), clock()),
        ))
        .service(MetricsMasterClientServiceServer::new(MetricsService::new(
            metrics,
        )))
        .service(JournalMasterClientServiceServer::new(JournalService::new(
            clock(),
        )))
}

fn identity(conf: &MasterConf, prepared: &Prepared, cluster_id: String) -> MasterIdentity {
    let port = |listener: &TcpListener, configured: u16| {
        listener
            .local_addr()
            .map_or(configured, |address| address.port())
    };
    MasterIdentity {
        hostname: conf.hostname.clone(),
        rpc_port: port(&prepared.rpc, conf.rpc_port),
        web_port: port(&prepared.web, conf.web_port),
        version: conf.version.clone(),
        started: prepared.started,
        cluster_id,
        zookeeper: Vec::new(),
        raft: Vec::new(),
    }
}

fn web_conf(conf: &MasterConf) -> WebConf {
    let properties = conf.configuration.resolved.iter().cloned();
    WebConf {
        properties: properties
            .map(|property| ShownProperty {
                name: property.name,
                value: property.value.unwrap_or_default(),
                source: property.source,
            })
            .collect(),
        logs: conf.logs.clone(),
        revision: conf.revision.clone(),
        shows_content: conf.shows_content,
    }
}

fn listen(host: &str, port: u16, property: &'static str) -> Result<TcpListener, StartMasterError> {
    TcpListener::bind((host, port)).map_err(listen_failed(host, port, property))
}

fn listen_failed(
    host: &str,
    port: u16,
    property: &'static str,
) -> impl FnOnce(std::io::Error) -> StartMasterError {
    let address = format!("{host}:{port}");
    move |source| StartMasterError::Listen {
        address,
        property,
        source,
    }
}
