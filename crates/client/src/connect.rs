//! [`Connector`]: how a client reaches the servers of one cluster.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use alluxio_common::{Clock, Tasks};
use alluxio_rpc::{
    Channel, Connections, Lane, Login, MasterInquiry, Repeat, Retries, RetryPolicy, ServerAddress,
    ServiceClient, ServiceConf,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tonic::{Response, Status};

use crate::error::ClientError;

/// What a master may send in one message, as 2.9 clients allow it.
pub(crate) const MASTER_MESSAGE_LIMIT: usize = 100 << 20;

/// Block streams are spread over this many connections to each worker. One connection carries
/// several GB/s; more of them only help when many streams run at once.
const STREAMING_LANES: u16 = 4;

/// The network of a client: what it is given instead of reaching for it.
#[derive(Debug, Clone)]
pub struct ClientNetwork {
    /// Settings of connections.
    pub conf: alluxio_rpc::ClientConf,
    /// Who the caller is.
    pub login: Login,
    /// Finds the primary master.
    pub master: Arc<dyn MasterInquiry>,
    /// Finds the primary job master.
    pub job_master: Arc<dyn MasterInquiry>,
    /// How often a call to a master is tried again.
    pub retry: RetryPolicy,
}

/// Reaches the servers of one cluster. Cheap to clone; all clones share connections.
#[derive(Clone)]
pub struct Connector {
    shared: Arc<Shared>,
}

struct Shared {
    connections: Connections,
    login: Login,
    tasks: Tasks,
    file_system_master: MasterCaller,
    block_master: MasterCaller,
    meta_master: MasterCaller,
    configuration_master: MasterCaller,
    metrics_master: MasterCaller,
    job_master: MasterCaller,
    next_lane: std::sync::atomic::AtomicU16,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("login", &self.shared.login)
            .finish_non_exhaustive()
    }
}

impl Connector {
    /// Connections end with the tasks. `seed` spreads the retries of many clients.
    pub fn new(network: ClientNetwork, clock: Arc<dyn Clock>, tasks: Tasks, seed: u64) -> Self {
        let rng = SmallRng::seed_from_u64(seed);
        let retries = Retries::new(network.retry, clock, rng);
        Self::with_retries(&network, retries, tasks)
    }

    /// The same, with these retries in place of those of the network: somebody may be told of them.
    pub fn with_retries(network: &ClientNetwork, retries: Retries, tasks: Tasks) -> Self {
        let connections = Connections::new(network.conf.clone(), tasks.clone());
        let retries = Arc::new(retries);
        let caller = |service, login: &Login, inquiry: &Arc<dyn MasterInquiry>| MasterCaller {
            client: Arc::new(ServiceClient::new(
                service,
                connections.clone(),
                Arc::clone(inquiry),
                login.clone(),
                Arc::clone(&retries),
            )),
        };
        let login = &network.login;
        let master = &network.master;
        let shared = Shared {
            file_system_master: caller(ServiceConf::FILE_SYSTEM_MASTER, login, master),
            block_master: caller(ServiceConf::BLOCK_MASTER, login, master),
            meta_master: caller(ServiceConf::META_MASTER, login, master),
            configuration_master: caller(ServiceConf::META_MASTER_CONFIG, &Login::NoSasl, master),
            metrics_master: caller(ServiceConf::METRICS_MASTER, login, master),
            job_master: caller(ServiceConf::JOB_MASTER, login, &network.job_master),
            next_lane: std::sync::atomic::AtomicU16::new(0),
            connections,
            login: network.login.clone(),
            tasks,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// For what the clients of this connector do while nobody waits for it.
    pub(crate) fn tasks(&self) -> Tasks {
        self.shared.tasks.clone()
    }

    pub(crate) fn file_system_master(&self) -> MasterCaller {
        self.shared.file_system_master.clone()
    }

    pub(crate) fn block_master(&self) -> MasterCaller {
        self.shared.block_master.clone()
    }

    pub(crate) fn meta_master(&self) -> MasterCaller {
        self.shared.meta_master.clone()
    }

    pub(crate) fn configuration_master(&self) -> MasterCaller {
        self.shared.configuration_master.clone()
    }

    pub(crate) fn metrics_master(&self) -> MasterCaller {
        self.shared.metrics_master.clone()
    }

    pub(crate) fn job_master(&self) -> MasterCaller {
        self.shared.job_master.clone()
    }

    /// A channel for block streams to a worker.
    pub(crate) fn worker_channel(&self, address: ServerAddress) -> Channel {
        let next = &self.shared.next_lane;
        let lane = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % STREAMING_LANES;
        self.shared
            .connections
            .channel(address, Lane::Streaming(lane), self.shared.login.clone())
    }
}

/// Calls one service of the primary master.
#[derive(Debug, Clone)]
pub(crate) struct MasterCaller {
    client: Arc<ServiceClient>,
}

impl MasterCaller {
    /// Sends the request again and again, as the error allows. Changes carry an operation id, so
    /// repeating any of our requests is harmless.
    pub(crate) async fn call<Req, Res, F, Fut>(
        &self,
        request: Req,
        rpc: F,
    ) -> Result<Res, ClientError>
    where
        Req: Clone,
        F: Fn(Channel, Req) -> Fut,
        Fut: Future<Output = Result<Response<Res>, Status>>,
    {
        self.client
            .call(Repeat::Always, |channel| rpc(channel, request.clone()))
            .await
            .map_err(ClientError::Rpc)
    }
}
