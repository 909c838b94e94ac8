//! [`MiniCluster`]: the struct, and how its parts go and come back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alluxio_client::{ClientConf, ClientNetwork, Connector, FileSystem};
use alluxio_common::conf::{Conf, Machine, key};
use alluxio_common::user::login_user;
use alluxio_common::{Clock, Tasks};
use alluxio_master::job::JobMasterProcess;
use alluxio_master::process::{MasterProcess, format_master};
use alluxio_rpc::{Login, MasterInquiry, RetryPolicy};
use alluxio_ufs::UfsRegistry;
use alluxio_ufs::layer::{FaultLayer, FaultPlan, Layered};
use alluxio_worker::{JobWorkerProcess, WorkerProcess};
use anyhow::Result;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tempfile::TempDir;

use crate::movable::MovableMaster;
use crate::parts::Surroundings;
use crate::wait::eventually;
use crate::wall_clock::WallClock;

/// Heartbeats come this often, so that a test need not wait for them.
const HEARTBEAT: &str = "50ms";

/// A call of a test's client may try for so long: a part may just be starting again.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a cluster has.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// How many workers.
    pub workers: usize,
    /// How many job workers; the job master is there in any case.
    pub job_workers: usize,
    /// Properties beside those of the temporary directory.
    pub properties: Vec<(&'static str, &'static str)>,
}

impl Default for ClusterOptions {
    /// One of each.
    fn default() -> Self {
        Self {
            workers: 1,
            job_workers: 1,
            properties: Vec::new(),
        }
    }
}

/// A cluster in this process, on loopback and free ports, over a temporary directory.
#[derive(Debug)]
pub struct MiniCluster {
    folder: TempDir,
    wall_clock: Arc<WallClock>,
    around: Surroundings,
    master_at: Arc<MovableMaster>,
    job_master_at: Arc<MovableMaster>,
    /// What goes wrong in the stores, as the master sees them.
    master_faults: Arc<FaultPlan>,
    /// What goes wrong in the stores, as workers and job workers see them.
    worker_faults: Arc<FaultPlan>,
    master: Option<MasterProcess>,
    workers: Vec<Option<WorkerProcess>>,
    /// A worker comes back where it was; 0 before its first start.
    worker_ports: Vec<(u16, u16)>,
    job_master: Option<JobMasterProcess>,
    job_workers: Vec<Option<JobWorkerProcess>>,
    client_tasks: Tasks,
    /// How many clients there have been.
    clients: AtomicU64,
}

impl MiniCluster {
    /// Formats and starts everything; returns when all workers are registered.
    ///
    /// # Errors
    /// Those of the part that did not start.
    pub async fn start(options: ClusterOptions) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let conf = properties(folder.path(), &options.properties)?;
        // A master that starts waits for those that are named here.
        std::fs::create_dir(conf_folder(folder.path()))?;
        let names = "localhost\n".repeat(options.workers);
        std::fs::write(conf_folder(folder.path()).join("workers"), names)?;
        let wall_clock = Arc::<WallClock>::default();
        let clock: Arc<dyn Clock> = Arc::<WallClock>::clone(&wall_clock);
        let mut rng = SmallRng::seed_from_u64(1);
        format_master(&conf, &*clock, &mut rng)?;
        let master_at = Arc::new(MovableMaster::new());
        let job_master_at = Arc::new(MovableMaster::new());
        let mut cluster = Self {
            around: Surroundings {
                conf,
                clock,
                master: Arc::<MovableMaster>::clone(&master_at) as Arc<dyn MasterInquiry>,
                job_master: Arc::<MovableMaster>::clone(&job_master_at) as Arc<dyn MasterInquiry>,
                seed: 100,
            },
            folder,
            wall_clock,
            master_at,
            job_master_at,
            master_faults: FaultPlan::new(),
            worker_faults: FaultPlan::new(),
            master: None,
            workers: (0..options.workers).map(|_| None).collect(),
            worker_ports: vec![(0, 0); options.workers],
            job_master: None,
            job_workers: (0..options.job_workers).map(|_| None).collect(),
            client_tasks: Tasks::new(),
            clients: AtomicU64::new(0),
        };
        cluster.start_all().await?;
        Ok(cluster)
    }

    /// Starts what is stopped.
    ///
    /// # Errors
    /// Those of the part that did not start.
    pub async fn start_all(&mut self) -> Result<()> {
        self.start_master().await?;
        self.start_job_master()?;
        for index in 0..self.workers.len() {
            self.start_worker(index).await?;
        }
        for index in 0..self.job_workers.len() {
            self.start_job_worker(index).await?;
        }
        Ok(())
    }

    /// Stops every part; the client and the directory stay.
    pub async fn stop_all(&mut self) {
        for index in 0..self.job_workers.len() {
            self.stop_job_worker(index).await;
        }
        for index in 0..self.workers.len() {
            self.stop_worker(index).await;
        }
        self.stop_job_master().await;
        self.stop_master().await;
    }

    /// Stops everything and starts it again.
    ///
    /// # Errors
    /// Those of the part that did not start.
    pub async fn restart_all(&mut self) -> Result<()> {
        self.stop_all().await;
        self.start_all().await
    }

    /// The end: every part, every connection, the directory.
    pub async fn shutdown(mut self) {
        self.stop_all().await;
        self.client_tasks.shutdown().await;
    }

    /// Starts the master, if it is stopped.
    ///
    /// # Errors
    /// As [`MasterProcess::start`].
    pub async fn start_master(&mut self) -> Result<()> {
        if self.master.is_none() {
            let registry = self.registry(&self.master_faults);
            let master = self.around.start_master(registry).await?;
            self.master_at.is_at(master.rpc_address());
            self.master = Some(master);
        }
        Ok(())
    }

    /// Stops the master, if it runs.
    pub async fn stop_master(&mut self) {
        self.master_at.is_gone();
        if let Some(master) = self.master.take() {
            master.shutdown().await;
        }
    }

    /// Starts a worker, if it is stopped; returns when the master knows it.
    ///
    /// # Errors
    /// As [`WorkerProcess::start`].
    pub async fn start_worker(&mut self, index: usize) -> Result<()> {
        if self.workers[index].is_none() {
            let registry = self.registry(&self.worker_faults);
            let conf = worker_properties(&self.around.conf, self.folder.path(), index);
            let ports = self.worker_ports[index];
            let worker = self.around.start_worker(&conf, registry, ports).await?;
            worker.wait_registered().await;
            self.worker_ports[index] = (worker.rpc_address().port(), worker.web_address().port());
            self.workers[index] = Some(worker);
        }
        Ok(())
    }

    /// A worker that is started again comes back on other ports.
    pub fn move_worker(&mut self, index: usize) {
        self.worker_ports[index] = (0, 0);
    }

    /// Stops a worker, if it runs. Its blocks stay where they are.
    pub async fn stop_worker(&mut self, index: usize) {
        if let Some(worker) = self.workers[index].take() {
            worker.shutdown().await;
        }
    }

    /// Starts the job master, if it is stopped.
    ///
    /// # Errors
    /// As [`JobMasterProcess::start`].
    pub fn start_job_master(&mut self) -> Result<()> {
        if self.job_master.is_none() {
            let job_master = self.around.start_job_master()?;
            self.job_master_at.is_at(job_master.rpc_address());
            self.job_master = Some(job_master);
        }
        Ok(())
    }

    /// Stops the job master, if it runs.
    pub async fn stop_job_master(&mut self) {
        self.job_master_at.is_gone();
        if let Some(job_master) = self.job_master.take() {
            job_master.shutdown().await;
        }
    }

    /// Starts a job worker, if it is stopped; returns when the job master knows it.
    ///
    /// # Errors
    /// As [`JobWorkerProcess::start`].
    pub async fn start_job_worker(&mut self, index: usize) -> Result<()> {
        if self.job_workers[index].is_none() {
            let registry = self.registry(&self.worker_faults);
            let job_worker = self.around.start_job_worker(registry)?;
            job_worker.wait_registered().await;
            self.job_workers[index] = Some(job_worker);
        }
        Ok(())
    }

    /// Stops a job worker, if it runs.
    pub async fn stop_job_worker(&mut self, index: usize) {
        if let Some(job_worker) = self.job_workers[index].take() {
            job_worker.shutdown().await;
        }
    }

    /// The master.
    ///
    /// # Panics
    /// When it is stopped.
    pub fn master(&self) -> &MasterProcess {
        self.master.as_ref().expect("the master runs")
    }

    /// A worker.
    ///
    /// # Panics
    /// When it is stopped.
    pub fn worker(&self, index: usize) -> &WorkerProcess {
        self.workers[index].as_ref().expect("the worker runs")
    }

    /// A client on the workers' host, with the defaults of 2.9.
    pub fn client(&self) -> FileSystem {
        self.client_with(|_| {})
    }

    /// A client on the workers' host with other settings.
    pub fn client_with(&self, change: impl FnOnce(&mut ClientConf)) -> FileSystem {
        let user = login_user(&self.around.conf);
        let mut conf = ClientConf::new(user, self.around.conf.host(key::WORKER_HOSTNAME));
        conf.block_read_retry.total = PATIENCE;
        conf.worker_list_refresh = Duration::ZERO;
        change(&mut conf);
        let network = ClientNetwork {
            conf: alluxio_rpc::ClientConf::default(),
            login: Login::simple(conf.user.clone()),
            master: Arc::<MovableMaster>::clone(&self.master_at),
            job_master: Arc::<MovableMaster>::clone(&self.job_master_at),
            retry: RetryPolicy {
                base: Duration::from_millis(10),
                max: Duration::from_millis(200),
                total: PATIENCE,
            },
        };
        let clock = Arc::clone(&self.around.clock);
        // Clients with the same numbers would take one another's requests for retries.
        let seed = self.clients.fetch_add(1, Ordering::Relaxed);
        let connector =
            Connector::new(network, Arc::clone(&clock), self.client_tasks.clone(), seed);
        FileSystem::new(conf, connector, clock, seed)
    }

    /// The directory of the root store.
    pub fn root_store(&self) -> PathBuf {
        root_store(self.folder.path())
    }

    /// A directory of this test, for other stores.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sets the wall clock of every part so much ahead of that of the machine; behind it, below zero.
    pub fn set_wall_clock_ahead(&self, millis: i64) {
        self.wall_clock.set_ahead(millis);
    }

    /// What goes wrong in the stores, as the master sees them.
    pub fn master_faults(&self) -> &FaultPlan {
        &self.master_faults
    }

    /// What goes wrong in the stores, as workers and job workers see them.
    pub fn worker_faults(&self) -> &FaultPlan {
        &self.worker_faults
    }

    /// All blocks on the disks of a worker, by the names of their files.
    pub fn block_files(&self, index: usize) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![tier_folder(self.folder.path(), index)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let is_number = path
                    .file_name()
                    .and_then(|name| name.to_str())
                    .is_some_and(|name| name.parse::<i64>().is_ok());
                if path.is_dir() {
                    folders.push(path);
                } else if is_number {
                    found.push(path);
                }
            }
        }
        found
    }

    /// Waits until no worker holds a block.
    pub async fn no_blocks(&self) {
        eventually("the workers have dropped all blocks", async || {
            (0..self.workers.len()).all(|index| self.block_files(index).is_empty())
        })
        .await;
    }

    fn registry(&self, faults: &Arc<FaultPlan>) -> UfsRegistry {
        let standard = UfsRegistry::standard(Arc::clone(&self.around.clock));
        let mut registry = UfsRegistry::empty();
        let schemes: Vec<String> = standard.schemes().map(str::to_owned).collect();
        for scheme in schemes {
            let (inner, faults) = (standard.clone(), Arc::clone(faults));
            registry.register(
                &scheme,
                Arc::new(move |path, properties| {
                    let store = inner.connect(path, properties)?;
                    let layer = FaultLayer::new(Arc::clone(&faults));
                    Ok(Arc::new(Layered::new(layer, store)))
                }),
            );
        }
        registry
    }
}

fn root_store(folder: &Path) -> PathBuf {
    folder.join("store")
}

fn conf_folder(folder: &Path) -> PathBuf {
    folder.join("conf")
}

fn tier_folder(folder: &Path, worker: usize) -> PathBuf {
    folder.join(format!("worker-{worker}"))
}

fn properties(folder: &Path, more: &[(&str, &str)]) -> Result<Conf> {
    let journal = folder.join("journal").display().to_string();
    let store = root_store(folder).display().to_string();
    let conf = conf_folder(folder).display().to_string();
    let mut pairs = vec![
        (key::CONF_DIR, conf.as_str()),
        (key::MASTER_JOURNAL_FOLDER, journal.as_str()),
        (key::MASTER_MOUNT_TABLE_ROOT_UFS, store.as_str()),
        (key::MASTER_HOSTNAME, "localhost"),
        (key::WORKER_HOSTNAME, "localhost"),
        (key::MASTER_TTL_CHECKER_INTERVAL, HEARTBEAT),
        (key::WORKER_BLOCK_HEARTBEAT_INTERVAL, HEARTBEAT),
        (key::JOB_MASTER_WORKER_HEARTBEAT_INTERVAL, HEARTBEAT),
        (key::MASTER_PERSISTENCE_INITIAL_INTERVAL, HEARTBEAT),
        (key::MASTER_PERSISTENCE_SCHEDULER_INTERVAL, HEARTBEAT),
        (key::WORKER_RAMDISK_SIZE, "256MB"),
        (key::JOB_WORKER_THREADPOOL_SIZE, "4"),
        (key::JOB_MASTER_WORKER_TIMEOUT, "1s"),
        (key::JOB_MASTER_LOST_WORKER_INTERVAL, HEARTBEAT),
    ];
    pairs.extend_from_slice(more);
    Ok(Conf::of(Machine::detect(), &pairs)?)
}

/// The same with the worker's own directory.
fn worker_properties(conf: &Conf, folder: &Path, index: usize) -> Conf {
    let tier = tier_folder(folder, index).display().to_string();
    let pairs = [("alluxio.worker.tieredstore.level0.dirs.path", tier.as_str())];
    let source = alluxio_common::conf::ConfSource::SystemProperty;
    conf.overlaid(&source, pairs).0
}
