//! The struct behind all operations, and how a request runs.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use alluxio_common::{AlluxioPath, Clock, OperationId, TtlAction};
use alluxio_proto::grpc::file::file_system_master_client_service_client::FileSystemMasterClientServiceClient;
use alluxio_rpc::Channel;
use parking_lot::Mutex;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tonic::{Response, Status};

use super::options::{CommonOptions, SyncInterval};
use crate::block::connections::WorkerConnections;
use crate::block_master::BlockMasterClient;
use crate::conf::ClientConf;
use crate::connect::{Connector, MASTER_MESSAGE_LIMIT, MasterCaller};
use crate::context::Context;
use crate::domain_socket::DomainSockets;
use crate::error::ClientError;
use crate::job_master::JobMasterClient;
use crate::meta_master::MetaMasterClient;
use crate::path_defaults::PathDefaults;
use crate::worker_choice::WorkerChooser;

/// The stub of the file-system master.
pub(crate) type Stub = FileSystemMasterClientServiceClient<Channel>;

/// The namespace and its files. Cheap to clone; all clones share connections.
#[derive(Clone)]
pub struct FileSystem {
    context: Arc<Context>,
    /// The settings here; see [`FileSystem::at`].
    conf: Arc<ClientConf>,
    paths: Arc<PathDefaults>,
    master: MasterCaller,
    connector: Connector,
}

impl fmt::Debug for FileSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSystem")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

impl FileSystem {
    /// A client of the cluster that `connector` reaches. Nothing is sent before the first call.
    pub fn new(conf: ClientConf, connector: Connector, clock: Arc<dyn Clock>, seed: u64) -> Self {
        let context = Context {
            clock,
            rng: Mutex::new(SmallRng::seed_from_u64(seed)),
            workers: WorkerConnections::new(connector.clone(), DomainSockets::new(&conf)),
            block_master: BlockMasterClient::new(connector.block_master()),
            reads: WorkerChooser::new(conf.ufs_read_choice, &conf.hostname),
            writes: WorkerChooser::new(conf.write_choice, &conf.hostname)
                .reserving(conf.avoid_eviction_reserved),
            listed: Mutex::default(),
            tasks: connector.tasks(),
            conf: conf.clone(),
        };
        Self {
            context: Arc::new(context),
            conf: Arc::new(conf),
            paths: Arc::default(),
            master: connector.file_system_master(),
            connector,
        }
    }

    /// The same with settings that depend on the path.
    #[must_use]
    pub fn with_path_defaults(self, paths: PathDefaults) -> Self {
        Self {
            paths: Arc::new(paths),
            ..self
        }
    }

    /// The settings.
    pub fn conf(&self) -> &ClientConf {
        &self.conf
    }

    /// The same file system with the settings that count at this path. Every operation begins with
    /// it; how blocks travel does not depend on a path.
    pub(crate) fn at(&self, path: &AlluxioPath) -> Self {
        let mut here = self.clone();
        if let Some(conf) = self.paths.find(path) {
            here.conf = Arc::clone(conf);
        }
        here
    }

    /// Workers, capacities and blocks.
    pub fn block_master(&self) -> &BlockMasterClient {
        &self.context.block_master
    }

    /// The cluster itself.
    pub fn meta_master(&self) -> MetaMasterClient {
        MetaMasterClient::new(
            self.connector.meta_master(),
            self.connector.configuration_master(),
            self.connector.metrics_master(),
        )
    }

    /// The job service.
    pub fn job_master(&self) -> JobMasterClient {
        JobMasterClient::new(self.connector.job_master())
    }

    /// Another client of the same cluster with other settings; connections are its own.
    pub fn with_conf(&self, conf: ClientConf) -> Self {
        let seed = self.context.rng.lock().random();
        Self::new(
            conf,
            self.connector.clone(),
            Arc::clone(&self.context.clock),
            seed,
        )
    }

    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Sends a request to the file-system master, again and again as its error allows.
    pub(crate) async fn call<Req, Res, F, Fut>(
        &self,
        request: Req,
        rpc: F,
    ) -> Result<Res, ClientError>
    where
        Req: Clone,
        F: Fn(Stub, Req) -> Fut,
        Fut: Future<Output = Result<Response<Res>, Status>>,
    {
        self.master
            .call(request, |channel, request| {
                let stub = FileSystemMasterClientServiceClient::new(channel)
                    .max_decoding_message_size(MASTER_MESSAGE_LIMIT);
                rpc(stub, request)
            })
            .await
    }

    pub(crate) fn sync(&self) -> SyncInterval {
        SyncInterval::from_millis(self.conf().sync_interval_ms)
    }

    /// Common options of a request that may be repeated as it is.
    pub(crate) fn reading(&self) -> CommonOptions {
        CommonOptions {
            sync: self.sync(),
            ttl_ms: -1,
            ttl_action: TtlAction::Free,
            operation_id: None,
        }
    }

    /// Common options of a change: the same operation id goes with every try.
    pub(crate) fn changing(&self) -> CommonOptions {
        let mut rng = self.context.rng.lock();
        let id = OperationId {
            most_significant: rng.random(),
            least_significant: rng.random(),
        };
        CommonOptions {
            operation_id: Some(id),
            ..self.reading()
        }
    }
}
