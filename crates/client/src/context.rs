//! [`Context`]: what all files of one client share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{ByteSize, Clock, Tasks, WorkerAddress, WorkerId};
use alluxio_proto::grpc::block as pb;
use alluxio_rpc::convert;
use parking_lot::Mutex;
use rand::rngs::SmallRng;

use crate::block::connections::WorkerConnections;
use crate::block_master::BlockMasterClient;
use crate::conf::{ClientConf, ShortCircuit};
use crate::error::ClientError;
use crate::worker_choice::{Worker, WorkerChooser};

/// What all files of one client share: settings, connections, the list of workers.
pub(crate) struct Context {
    pub(crate) conf: ClientConf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Mutex<SmallRng>,
    pub(crate) workers: WorkerConnections,
    pub(crate) block_master: BlockMasterClient,
    /// Chooses who reads a block from the store.
    pub(crate) reads: WorkerChooser,
    /// Chooses who gets a new block.
    pub(crate) writes: WorkerChooser,
    pub(crate) listed: Mutex<Option<Listed>>,
    /// For what no caller waits for.
    pub(crate) tasks: Tasks,
}

/// The workers, and when they were asked for.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    at: Duration,
    workers: Arc<[Worker]>,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("conf", &self.conf)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// The live workers, at most as old as the refresh interval.
    pub(crate) async fn live_workers(&self) -> Result<Arc<[Worker]>, ClientError> {
        let now = self.clock.monotonic();
        let fresh = self.listed.lock().as_ref().and_then(|listed| {
            let age = now.saturating_sub(listed.at);
            (age < self.conf.worker_list_refresh && !listed.workers.is_empty())
                .then(|| Arc::clone(&listed.workers))
        });
        if let Some(workers) = fresh {
            return Ok(workers);
        }
        let workers: Arc<[Worker]> = self.block_master.live_workers().await?.into();
        *self.listed.lock() = Some(Listed {
            at: now,
            workers: Arc::clone(&workers),
        });
        Ok(workers)
    }

    /// The next question for workers goes to the master again.
    pub(crate) fn forget_workers(&self) {
        *self.listed.lock() = None;
    }

    /// Whether files of blocks may be opened without the worker, if it is on this host.
    pub(crate) fn opens_files_of(&self, worker: &WorkerAddress) -> bool {
        match self.conf.short_circuit {
            ShortCircuit::Enabled => !self.workers.is_on_domain_socket(worker),
            ShortCircuit::Preferred => true,
            ShortCircuit::Disabled => false,
        }
    }

    /// The worker on this host.
    pub(crate) async fn local_worker(&self) -> Option<WorkerAddress> {
        self.local_among(&self.live_workers().await.ok()?)
    }

    /// The worker on this host, as far as it is known without asking, however long ago that was.
    pub(crate) fn local_worker_of_last_list(&self) -> Option<WorkerAddress> {
        let listed = self.listed.lock().clone()?;
        self.local_among(&listed.workers)
    }

    fn local_among(&self, workers: &[Worker]) -> Option<WorkerAddress> {
        let mut addresses = workers.iter().map(|worker| &worker.address);
        addresses
            .find(|address| self.reads.is_local(address))
            .cloned()
    }
}

/// A worker of the master's list; `None` when its address makes no sense.
pub(crate) fn worker_from_proto(info: pb::WorkerInfo) -> Option<Worker> {
    Some(Worker {
        id: WorkerId::from_raw(info.id()),
        capacity: ByteSize::from_bytes(info.capacity_bytes().max(0).unsigned_abs()),
        used: ByteSize::from_bytes(info.used_bytes().max(0).unsigned_abs()),
        address: convert::worker_address_from_proto(&info.address.unwrap_or_default()).ok()?,
    })
}
