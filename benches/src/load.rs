//! [`Load`]: many callers of a master, and what their calls cost it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use alluxio_common::{Clock, SystemClock, Tasks};
use alluxio_proto::grpc::file::file_system_master_client_service_client::FileSystemMasterClientServiceClient;
use alluxio_proto::grpc::file::{FileSystemMasterCommonPOptions, FsOpPId};
use alluxio_rpc::{Channel, ClientConf, Connections, Lane, Login, ServerAddress};
use anyhow::{Context, Result};
use rand::Rng;
use tonic::Status;

use crate::child::Child;
use crate::usage;

/// An answer may be this large: a message of a listing has ten thousand entries.
const MESSAGE_LIMIT: usize = 64 << 20;

/// The generated client: nothing stands between the load and the wire but the channel.
pub(crate) type Stub = FileSystemMasterClientServiceClient<Channel>;

/// Who the callers are: nobody special, so that permissions are checked.
pub(crate) const USER: &str = "somebody";

/// Callers that share one authenticated channel, as the threads of one client program do. Each
/// makes its next call when the last one is answered.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    channel: Channel,
    callers: usize,
    tasks: Tasks,
    /// The first half of the ids of all operations: no other load has the same.
    id: i64,
    next_operation: Arc<AtomicU64>,
}

/// What a number of operations took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) operations: usize,
    pub(crate) elapsed: Duration,
    /// Processor time of the server.
    pub(crate) server: Duration,
    /// Processor time of the callers.
    pub(crate) client: Duration,
}

impl Cost {
    /// Operations for each second of the server's processor time.
    pub(crate) fn per_server_second(&self) -> f64 {
        self.operations as f64 / self.server.as_secs_f64()
    }

    /// Operations for each second of the clock.
    pub(crate) fn per_second(&self) -> f64 {
        self.operations as f64 / self.elapsed.as_secs_f64()
    }

    /// Processors that the callers used while they called.
    pub(crate) fn client_cores(&self) -> f64 {
        self.client.as_secs_f64() / self.elapsed.as_secs_f64()
    }

    /// Processors that the server used meanwhile.
    pub(crate) fn server_cores(&self) -> f64 {
        self.server.as_secs_f64() / self.elapsed.as_secs_f64()
    }
}

impl Load {
    /// Callers of the master at `address`, not connected yet.
    pub(crate) fn new(address: ServerAddress, user: &str, callers: usize) -> Self {
        let tasks = Tasks::new();
        let connections = Connections::new(ClientConf::default(), tasks.clone());
        Self {
            channel: connections.channel(address, Lane::Rpc, Login::simple(user)),
            callers,
            tasks,
            id: rand::rng().random(),
            next_operation: Arc::new(AtomicU64::new(1)),
        }
    }

    /// The generated client over the channel.
    pub(crate) fn stub(&self) -> Stub {
        Stub::new(self.channel.clone()).max_decoding_message_size(MESSAGE_LIMIT)
    }

    /// The channel.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// What a request that changes something carries.
    pub(crate) fn changing(&self) -> Option<FileSystemMasterCommonPOptions> {
        let number = self.next_operation.fetch_add(1, Ordering::Relaxed);
        Some(FileSystemMasterCommonPOptions {
            operation_id: Some(FsOpPId {
                most_significant_bits: Some(self.id),
                least_significant_bits: Some(number.cast_signed()),
            }),
            ..reading().unwrap_or_default()
        })
    }

    /// Makes `count` operations, numbered from zero.
    pub(crate) async fn run<F, Fut>(&self, count: usize, operation: F) -> Result<()>
    where
        F: Fn(Self, usize) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Status>> + Send + 'static,
    {
        let next = Arc::new(AtomicUsize::new(0));
        let first_error = Arc::new(std::sync::Mutex::new(None));
        let callers: Vec<_> = (0..self.callers.min(count))
            .map(|_| {
                let (next, load, operation) = (Arc::clone(&next), self.clone(), operation.clone());
                let first_error = Arc::clone(&first_error);
                self.tasks.spawn("caller", async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            break;
                        }
                        if let Err(status) = operation(load.clone(), number).await {
                            next.store(count, Ordering::Relaxed);
                            first_error
                                .lock()
                                .expect("nobody panics")
                                .get_or_insert(status);
                        }
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.context("a caller panicked")?;
        }
        let failed = first_error.lock().expect("nobody panics").take();
        match failed {
            Some(status) => Err(status).context("a call failed"),
            None => Ok(()),
        }
    }

    /// As [`Self::run`], and tells what it cost.
    pub(crate) async fn measure<F, Fut>(
        &self,
        server: &Child,
        count: usize,
        operation: F,
    ) -> Result<Cost>
    where
        F: Fn(Self, usize) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Status>> + Send + 'static,
    {
        let clock = SystemClock::new();
        let (server_before, client_before) =
            (server.processor_time()?, usage::own_processor_time()?);
        self.run(count, operation).await?;
        Ok(Cost {
            operations: count,
            elapsed: clock.monotonic(),
            server: server.processor_time()? - server_before,
            client: usage::own_processor_time()? - client_before,
        })
    }
}

/// What a request that only looks carries.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it is what the field of the message takes"
)]
pub(crate) fn reading() -> Option<FileSystemMasterCommonPOptions> {
    Some(FileSystemMasterCommonPOptions {
        sync_interval_ms: Some(-1),
        ttl: Some(-1),
        ..FileSystemMasterCommonPOptions::default()
    })
}
