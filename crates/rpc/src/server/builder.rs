//! [`RpcServer`] and how it is put together.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Clock, Heartbeat, Tasks};
use alluxio_proto::grpc::sasl::sasl_authentication_service_server::SaslAuthenticationServiceServer;
use alluxio_proto::grpc::version::ServiceType;
use alluxio_proto::grpc::version::service_version_client_service_server::ServiceVersionClientServiceServer;
use prost::Message;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::Status;

use super::accept::Acceptor;
use super::listener::{DomainSocket, Listener};
use super::router::{Gate, Identification, Router, Serving};
use super::services::AlluxioService;
use super::unfinished::{self, Unfinished};
use super::version::VersionService;
use crate::auth::{Channels, ChannelsConf, Identity, SaslService, SimpleAuthentication};

/// How often stale channels are looked for at least. Against an interval of days, a minute is at once.
const STALE_CHECK_INTERVAL: Duration = Duration::from_mins(1);

/// And at most, when the interval is short.
const SHORTEST_STALE_CHECK: Duration = Duration::from_millis(100);

/// How often requests that do not go on are looked for.
const SILENCE_CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// How callers are identified.
#[derive(Debug)]
pub enum Authentication {
    /// Not at all: every call is a call of this user. The handshake is not served.
    NoSasl {
        /// The user that runs the server.
        login_user: String,
    },
    /// By the name that they give in the handshake.
    Simple(SimpleAuthentication),
}

/// What a server needs to know.
#[derive(Debug)]
pub struct ServerConf {
    /// How callers are identified.
    pub authentication: Authentication,
    /// Larger requests are refused. Clients accept answers of at most 100 MiB by default.
    pub max_message_bytes: usize,
    /// Whether calls are answered; keep a clone to switch.
    pub serving: Serving,
}

/// A server whose services are still being added.
#[derive(Debug)]
pub struct RpcServerBuilder {
    router: Router,
    versions: Vec<(ServiceType, i64)>,
    serving: Serving,
    max_message_bytes: usize,
    channels: Arc<Channels>,
    authentication: Option<SimpleAuthentication>,
    clock: Arc<dyn Clock>,
    domain_socket: Option<DomainSocket>,
    room: usize,
}

/// A server that listens. It stops with the tasks that it was started on; [`RpcServer::shutdown`]
/// stops it in good order.
#[derive(Debug)]
pub struct RpcServer {
    address: SocketAddr,
    serving: Serving,
    channels: Arc<Channels>,
    lifecycle: Lifecycle,
}

/// How the parts of a server learn that it ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Lifecycle {
    /// No new connections and calls.
    pub(super) stop: CancellationToken,
    /// No more waiting for calls either.
    pub(super) cut: CancellationToken,
    /// One token per connection.
    pub(super) connections: TaskTracker,
}

impl RpcServer {
    /// Begins a server without services.
    pub fn builder(conf: ServerConf, clock: Arc<dyn Clock>) -> RpcServerBuilder {
        let channels = match &conf.authentication {
            Authentication::NoSasl { .. } => ChannelsConf::default(),
            Authentication::Simple(simple) => simple.channels,
        };
        let channels = Channels::new(channels, Arc::clone(&clock));
        let (identification, authentication) = match conf.authentication {
            Authentication::NoSasl { login_user } => {
                let identity = Identity {
                    user: login_user,
                    impersonator: None,
                };
                (Identification::Fixed(Arc::new(identity)), None)
            }
            Authentication::Simple(simple) => {
                (Identification::Channel(Arc::clone(&channels)), Some(simple))
            }
        };
        RpcServerBuilder {
            router: Router::new(identification, conf.serving.clone()),
            versions: Vec::new(),
            serving: conf.serving,
            max_message_bytes: conf.max_message_bytes,
            channels,
            authentication,
            clock,
            domain_socket: None,
            room: unfinished::ROOM,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The switch between serving and standing by.
    pub fn serving(&self) -> &Serving {
        &self.serving
    }

    /// The authenticated channels.
    pub fn channels(&self) -> &Arc<Channels> {
        &self.channels
    }

    /// Stops: no new connections and calls, then the end of all handshake streams, then up to
    /// `grace` for the calls that are running. What still runs after that is cut off.
    pub async fn shutdown(&self, grace: Duration) {
        // The streams of the handshake never end by themselves, so waiting for them would be
        // waiting for the grace.
        self.channels.revoke_all();
        let Lifecycle {
            stop,
            cut,
            connections,
        } = &self.lifecycle;
        stop.cancel();
        connections.close();
        if tokio::time::timeout(grace, connections.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                connections = connections.len(),
                ?grace,
                "calls were cut off"
            );
        }
        cut.cancel();
        connections.wait().await;
    }
}

impl RpcServerBuilder {
    /// Adds a service, with its version and the limit of its messages. Put the busiest one first.
    ///
    /// A call runs on the task of its connection until it waits for the first time. A handler that
    /// computes for more than a millisecond before that should begin with
    /// `tokio::task::yield_now()`; the ones that answer with a stream do so by themselves.
    #[must_use]
    pub fn service<S: AlluxioService>(mut self, service: S) -> Self {
        let service = service.limit_messages(self.max_message_bytes);
        self.router.mount(Gate::Serving(S::ACCESS), service);
        self.versions.push((S::TYPE, S::VERSION));
        self
    }

    /// Answers one unary method of a service added before with this handler, past the generated
    /// code: for methods that are called so often that a tenth of the cost of a call matters. The
    /// user, the limits and the errors are the same either way.
    ///
    /// When the handler waits, it goes on on the task of its connection, so it must not compute for
    /// more than a millisecond at a time.
    ///
    /// ```ignore
    /// .service(FileSystemMasterClientServiceServer::from_arc(Arc::clone(&service)))
    /// .unary("/alluxio.grpc.file.FileSystemMasterClientService/GetStatus", move |request| {
    ///     let service = Arc::clone(&service);
    ///     async move { service.get_status(request).await }
    /// })
    /// ```
    ///
    /// # Panics
    /// When the service of the path was not added.
    #[must_use]
    pub fn unary<Q, A, F, Fut>(mut self, path: &'static str, handler: F) -> Self
    where
        Q: Message + Default + 'static,
        A: Message + 'static,
        F: Fn(tonic::Request<Q>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<tonic::Response<A>, Status>> + Send + 'static,
    {
        self.router
            .mount_unary(path, self.max_message_bytes, handler);
        self
    }

    /// Listens here, too, if there is one. The services, limits and users are those of the network.
    #[must_use]
    pub fn domain_socket(self, domain_socket: Option<DomainSocket>) -> Self {
        Self {
            domain_socket,
            ..self
        }
    }

    /// Messages that have not come whole may hold so many bytes, instead of what is enough for a large
    /// cluster.
    #[must_use]
    pub fn room_for_unfinished(self, bytes: usize) -> Self {
        Self {
            room: bytes,
            ..self
        }
    }

    /// Starts to accept connections. The listener is bound already, so a caller knows the port, and
    /// has met the errors.
    ///
    /// # Errors
    /// When the listener cannot be handed to the runtime.
    pub fn serve(mut self, listener: TcpListener, tasks: &Tasks) -> io::Result<RpcServer> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;

        let versions = VersionService::new(self.versions, self.serving.clone());
        self.router.mount(
            Gate::Always,
            ServiceVersionClientServiceServer::new(versions),
        );
        if let Some(authentication) = self.authentication {
            let sasl = SaslService::new(authentication, Arc::clone(&self.channels));
            self.router
                .mount(Gate::Always, SaslAuthenticationServiceServer::new(sasl));
            revoke_stale_channels(&self.channels, tasks);
        }

        let server = RpcServer {
            address,
            serving: self.serving,
            channels: self.channels,
            lifecycle: Lifecycle::default(),
        };
        let lifecycle = server.lifecycle.clone();
        let unfinished = Unfinished::with_room(self.room, Arc::clone(&self.clock));
        refuse_silent_requests(&unfinished, tasks);
        let acceptor = Acceptor::new(
            self.router,
            lifecycle,
            tasks.clone(),
            self.clock,
            unfinished,
        );
        let acceptor = Arc::new(acceptor);
        if let Some(socket) = self.domain_socket {
            let accepting = Arc::clone(&acceptor).run(Listener::Domain(socket));
            tasks.spawn("rpc accept of the machine", accepting);
        }
        tasks.spawn("rpc accept", acceptor.run(Listener::Tcp(listener)));
        Ok(server)
    }
}

fn revoke_stale_channels(channels: &Arc<Channels>, tasks: &Tasks) {
    let channels = Arc::clone(channels);
    let half = channels.stale_after() / 2;
    let interval = half.clamp(SHORTEST_STALE_CHECK, STALE_CHECK_INTERVAL);
    Heartbeat::new("rpc stale channels", interval).start(tasks, move || {
        let revoked = channels.revoke_stale();
        if revoked > 0 {
            tracing::info!(revoked, "channels without calls were revoked");
        }
        std::future::ready(())
    });
}

fn refuse_silent_requests(unfinished: &Arc<Unfinished>, tasks: &Tasks) {
    let unfinished = Arc::clone(unfinished);
    Heartbeat::new("rpc silent requests", SILENCE_CHECK_INTERVAL).start(tasks, move || {
        let refused = unfinished.refuse_silent();
        if refused > 0 {
            tracing::info!(refused, "requests that did not go on were refused");
        }
        std::future::ready(())
    });
}
