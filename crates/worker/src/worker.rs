//! [`Worker`]: the parts of a worker, as its services use them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use alluxio_common::{Clock, SessionId, Tasks, WorkerAddress};
use alluxio_rpc::{Connections, Login};
use alluxio_ufs::{UfsProperties, UfsRegistry};

use crate::block::BlockStore;
use crate::cache_request::CacheRequests;
use crate::free_space::SpaceMaker;
use crate::master_client::MasterClient;
use crate::metrics::WorkerMetrics;
use crate::mounts::Mounts;
use crate::ufs_read::{FetchParts, UfsReads};

/// One worker, without its sockets.
#[derive(Debug)]
pub struct Worker {
    /// The blocks that are here.
    pub store: Arc<BlockStore>,
    /// Writes new ones.
    pub space: Arc<SpaceMaker>,
    /// The stores.
    pub mounts: Arc<Mounts>,
    /// Fetches blocks from the stores.
    pub ufs_reads: Arc<UfsReads>,
    /// Blocks that were asked to be cached.
    pub cache: CacheRequests,
    /// The master.
    pub master: Arc<MasterClient>,
    /// What is counted.
    pub metrics: Arc<WorkerMetrics>,
    /// Where this worker is reached.
    pub address: WorkerAddress,
    /// The background work.
    pub tasks: Tasks,
    /// The time.
    pub clock: Arc<dyn Clock>,
    sessions: AtomicI64,
}

/// What a worker is made from.
#[derive(Debug)]
pub struct WorkerParts {
    /// The blocks that are here.
    pub store: Arc<BlockStore>,
    /// What is counted.
    pub metrics: Arc<WorkerMetrics>,
    /// The connectors to stores.
    pub registry: UfsRegistry,
    /// The properties that hold for every mount.
    pub site: UfsProperties,
    /// The master.
    pub master: Arc<MasterClient>,
    /// Connections to other workers.
    pub connections: Connections,
    /// Who this worker is for them.
    pub login: Login,
    /// Where this worker is reached.
    pub address: WorkerAddress,
    /// How long a write waits for files that are being persisted, when there is no room.
    pub space_patience: Duration,
    /// The background work.
    pub tasks: Tasks,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Worker {
    /// Puts the parts together. Nothing runs yet.
    pub fn new(parts: WorkerParts) -> Arc<Self> {
        let metrics = parts.metrics;
        let space = Arc::new(SpaceMaker::new(
            Arc::clone(&parts.store),
            Arc::clone(&parts.master),
            Arc::clone(&parts.clock),
            parts.space_patience,
        ));
        let mounts = Arc::new(Mounts::new(
            parts.registry,
            parts.site,
            Arc::clone(&parts.master),
            Arc::clone(&parts.clock),
        ));
        let fetch_parts = FetchParts {
            store: Arc::clone(&parts.store),
            space: Arc::clone(&space),
            mounts: Arc::clone(&mounts),
            master: Arc::clone(&parts.master),
            metrics: Arc::clone(&metrics),
        };
        let ufs_reads = UfsReads::new(fetch_parts.clone(), parts.tasks.clone());
        let cache = CacheRequests::new(
            fetch_parts,
            Arc::clone(&ufs_reads),
            parts.connections,
            parts.login,
        );
        Arc::new(Self {
            store: parts.store,
            space,
            mounts,
            ufs_reads,
            cache,
            master: parts.master,
            metrics,
            address: parts.address,
            tasks: parts.tasks,
            clock: parts.clock,
            sessions: AtomicI64::new(1),
        })
    }

    /// An id for a new stream.
    pub fn new_session(&self) -> SessionId {
        SessionId::from_raw(self.sessions.fetch_add(1, Ordering::Relaxed))
    }
}
