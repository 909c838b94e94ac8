//! One worker, its fake master, a store in a folder, and a client.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{BlockId, ByteSize, LocalityTier, SystemClock, Tasks};
use alluxio_proto::grpc::block::block_worker_client::BlockWorkerClient;
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use alluxio_rpc::{
    Authentication, Channel, ChannelsConf, ClientConf, Connections, Impersonation, Lane, Login,
    SimpleAuthentication, SingleMaster, UserGroups,
};
use alluxio_ufs::layer::{FaultLayer, FaultPlan, Layered};
use alluxio_ufs::{UfsProperties, UfsRegistry};
use alluxio_worker::block::{
    AllocationPolicy, BootId, DirConf, EvictionOrder, QuotaFit, StoreConf, TierConf,
};
use alluxio_worker::block_report::Identity;
use alluxio_worker::process::DomainSocketConf;
use alluxio_worker::web::WebConf;
use alluxio_worker::{WorkerConf, WorkerDeps, WorkerProcess};
use async_trait::async_trait;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tempfile::TempDir;

use crate::fake_master::{FakeMaster, MasterServer};

/// Anything that should happen soon, happens within this time, or the test fails.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// The machine as it is when a worker first starts.
pub(crate) const FIRST_BOOT: BootId = BootId::from_bytes([1; 16]);

/// The machine after it went down.
pub(crate) const SECOND_BOOT: BootId = BootId::from_bytes([2; 16]);

/// The file that all blocks with small ids belong to.
pub(crate) const FILE: i64 = BlockId::from_raw(0).file_id().raw();

/// The mount of the store.
pub(crate) const MOUNT: i64 = 1;

#[derive(Debug)]
struct NoGroups;

#[async_trait]
impl UserGroups for NoGroups {
    async fn groups_of(&self, _user: &str) -> Vec<String> {
        Vec::new()
    }
}

pub(crate) fn simple_authentication() -> Authentication {
    Authentication::Simple(SimpleAuthentication {
        impersonation: Impersonation::default(),
        groups: Arc::new(NoGroups),
        channels: ChannelsConf::default(),
    })
}

pub(crate) struct Cluster {
    pub(crate) master: FakeMaster,
    pub(crate) server: Option<MasterServer>,
    pub(crate) process: WorkerProcess,
    /// Counts the calls to the store, and makes them fail.
    pub(crate) faults: Arc<FaultPlan>,
    /// How many connectors were made since the start.
    pub(crate) connectors: Arc<AtomicUsize>,
    pub(crate) store: TempDir,
    pub(crate) blocks: TempDir,
    connections: Connections,
}

/// Which storage the worker has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Storage {
    Memory,
    Disk,
}

impl Cluster {
    pub(crate) async fn start(storage: Storage, quota: u64) -> Self {
        let blocks = match storage {
            Storage::Memory => tempfile::tempdir_in("/dev/shm"),
            Storage::Disk => tempfile::tempdir(),
        };
        let blocks = blocks.expect("a folder for blocks");
        let store = tempfile::tempdir().expect("a folder for the store");
        let master = FakeMaster::new();
        master.mount(MOUNT, &store.path().display().to_string());
        let server = master.serve(([127, 0, 0, 1], 0).into());
        let faults = FaultPlan::new();
        let connectors = Arc::<AtomicUsize>::default();
        let registry = registry(&faults, &connectors);
        let process = start_process(&blocks, quota, server.address(), registry, FIRST_BOOT).await;
        Self {
            master,
            server: Some(server),
            process,
            faults,
            connectors,
            store,
            blocks,
            connections: Connections::new(ClientConf::default(), Tasks::new()),
        }
    }

    /// The worker ends and starts again, in another life of the machine if `boot` is another.
    pub(crate) async fn restart(self, quota: u64, boot: BootId) -> Self {
        self.process.shutdown().await;
        let master = self.server.as_ref().expect("a master").address();
        let registry = registry(&self.faults, &self.connectors);
        let process = start_process(&self.blocks, quota, master, registry, boot).await;
        Self { process, ..self }
    }

    pub(crate) async fn stop(self) {
        self.process.shutdown().await;
        if let Some(server) = self.server {
            server.stop().await;
        }
    }

    pub(crate) fn client(&self) -> BlockWorkerClient<Channel> {
        let address = self.process.rpc_address().into();
        let channel = self
            .connections
            .channel(address, Lane::Streaming(0), Login::simple("alice"));
        BlockWorkerClient::new(channel)
    }

    pub(crate) fn contains(&self, id: i64) -> bool {
        self.process.worker().store.contains(BlockId::from_raw(id))
    }

    pub(crate) fn used(&self) -> u64 {
        self.process.worker().store.used().bytes()
    }

    /// Writes the file of the store that the blocks with small ids belong to, and returns how a client asks for its only block.
    pub(crate) fn ufs_file(&self, name: &str, data: &[u8]) -> OpenUfsBlockOptions {
        let path = self.store.path().join(name);
        std::fs::write(&path, data).expect("the store is a folder");
        self.master.place_file(FILE, &path.display().to_string());
        OpenUfsBlockOptions {
            ufs_path: Some(path.display().to_string()),
            offset_in_file: Some(0),
            block_size: Some(i64::try_from(data.len()).expect("small")),
            mount_id: Some(MOUNT),
            no_cache: Some(false),
            ..OpenUfsBlockOptions::default()
        }
    }

    /// The files that blocks being written have.
    pub(crate) fn temporary_files(&self) -> usize {
        let tmp = self.blocks.path().join("alluxioworker/.tmp_blocks");
        let folders = std::fs::read_dir(tmp).expect("the folder is there");
        folders
            .map(|folder| {
                std::fs::read_dir(folder.expect("listed").path())
                    .expect("a folder")
                    .count()
            })
            .sum()
    }
}

async fn start_process(
    blocks: &TempDir,
    quota: u64,
    master: SocketAddr,
    registry: UfsRegistry,
    boot: BootId,
) -> WorkerProcess {
    let deps = WorkerDeps {
        clock: SystemClock::shared(),
        rng: SmallRng::seed_from_u64(1),
        registry,
        inquiry: Arc::new(SingleMaster(master.into())),
        metrics: Metrics::new(SystemClock::shared()),
        levels: LogLevels::default(),
        boot,
    };
    let process = WorkerProcess::start(conf(blocks.path(), quota), deps)
        .await
        .expect("the worker starts");
    tokio::time::timeout(SOON, process.wait_registered())
        .await
        .expect("the worker registers");
    process
}

/// Waits for something that tells nobody when it happens.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let poll = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(2));
        while !condition() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(SOON, poll)
        .await
        .unwrap_or_else(|_elapsed| panic!("not in time: {what}"));
}

/// Bytes that differ everywhere.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_u32;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        })
        .collect()
}

fn registry(faults: &Arc<FaultPlan>, connectors: &Arc<AtomicUsize>) -> UfsRegistry {
    let standard = UfsRegistry::standard(SystemClock::shared());
    let (faults, connectors) = (Arc::clone(faults), Arc::clone(connectors));
    let mut registry = UfsRegistry::empty();
    registry.register(
        "",
        Arc::new(move |uri, properties| {
            let connector = standard.connect(uri, properties)?;
            connectors.fetch_add(1, Ordering::Relaxed);
            let layer = FaultLayer::new(Arc::clone(&faults));
            Ok(Arc::new(Layered::new(layer, connector)))
        }),
    );
    registry
}

fn conf(blocks: &Path, quota: u64) -> WorkerConf {
    WorkerConf {
        store: StoreConf {
            tiers: vec![TierConf {
                alias: "MEM".into(),
                dirs: vec![DirConf {
                    path: blocks.to_owned(),
                    medium: "MEM".into(),
                    quota: ByteSize::from_bytes(quota),
                    fit: QuotaFit::Required,
                }],
            }],
            data_folder: "alluxioworker".into(),
            tmp_folder: ".tmp_blocks".into(),
            tmp_subdir_max: 8,
            permissions: 0o777,
            allocation: AllocationPolicy::MaxFree,
            order: EvictionOrder::Lru,
            free_ahead: ByteSize::from_bytes(0),
            open_files: 16,
            worker: "localhost/<unresolved>:29999".into(),
        },
        bind_host: "127.0.0.1".into(),
        rpc_port: 0,
        domain_socket: DomainSocketConf::Off,
        web_bind_host: "127.0.0.1".into(),
        web_port: 0,
        host: "127.0.0.1".into(),
        container_host: String::new(),
        locality: vec![LocalityTier {
            name: "node".into(),
            value: Some("127.0.0.1".into()),
        }],
        authentication: simple_authentication(),
        login: Login::simple("alluxio"),
        max_message_bytes: 4 << 20,
        heartbeat_interval: Duration::from_millis(20),
        register_batch: 2,
        ufs_properties: UfsProperties::new(),
        space_patience: Duration::from_secs(10),
        identity: Identity {
            version: "2.9.4".into(),
            revision: "none".into(),
            cores: 2,
            properties: Vec::new(),
        },
        web: WebConf {
            master_host: "<b>master</b>".into(),
            ..WebConf::default()
        },
    }
}
