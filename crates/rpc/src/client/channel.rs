//! [`Channel`]: one user's use of a server.

use std::sync::Arc;
use std::task::{Context, Poll};

use alluxio_common::ErrorCode;
use alluxio_proto::grpc::sasl::SaslMessage;
use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Status};
use uuid::Uuid;

use super::login::Handshake;
use super::transport::Transport;
use super::{Connections, Lane, Login, ServerAddress};
use crate::auth::{CHANNEL_ID_HEADER, PlainMessage};
use crate::error::ClientError;

/// A logical channel: the transport of generated clients. Cheap to clone; all clones are one
/// channel.
///
/// It connects and authenticates with its first call, and again, under a new id, when the
/// connection is lost or the server no longer knows the channel. It never repeats a call: that is
/// the business of [`Retries`](super::Retries).
#[derive(Debug, Clone)]
pub struct Channel {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    connections: Connections,
    address: ServerAddress,
    lane: Lane,
    login: Login,
    session: Mutex<Option<Arc<Session>>>,
    /// Held while opening a session, so that a crowd of callers opens one.
    opening: Semaphore,
}

/// A channel id that a server knows, and the connection it is known on.
#[derive(Debug)]
struct Session {
    transport: Transport,
    id: Option<HeaderValue>,
    /// Cancelled when the server has ended its half of the handshake.
    ended: CancellationToken,
    /// Our half of the handshake. The server forgets the id when this is dropped.
    _handshake: Option<mpsc::Sender<SaslMessage>>,
}

impl Session {
    fn is_open(&self) -> bool {
        !self.ended.is_cancelled() && !self.transport.is_closed()
    }
}

impl Channel {
    pub(super) fn new(
        connections: Connections,
        address: ServerAddress,
        lane: Lane,
        login: Login,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                connections,
                address,
                lane,
                login,
                session: Mutex::new(None),
                opening: Semaphore::new(1),
            }),
        }
    }

    /// Where the server is.
    pub fn address(&self) -> &ServerAddress {
        &self.shared.address
    }

    /// Connects and authenticates now, if that has not happened yet.
    ///
    /// # Errors
    /// When the server cannot be reached, or refuses the user.
    pub async fn open(&self) -> Result<(), ClientError> {
        self.shared.session().await.map(|_session| ())
    }

    /// Whether the next call will go out at once: connected, authenticated, and not revoked.
    pub fn is_open(&self) -> bool {
        self.shared.open_session().is_some()
    }

    /// Whether both are clones of one channel.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Gives the session up; the next call begins a new one.
    pub fn reset(&self) {
        self.shared.session.lock().take();
    }
}

impl Shared {
    fn open_session(&self) -> Option<Arc<Session>> {
        self.session
            .lock()
            .as_ref()
            .filter(|session| session.is_open())
            .cloned()
    }

    async fn session(&self) -> Result<Arc<Session>, ClientError> {
        if let Some(session) = self.open_session() {
            return Ok(session);
        }
        let _opening = self
            .opening
            .acquire()
            .await
            .expect("the semaphore of a channel is never closed");
        if let Some(session) = self.open_session() {
            return Ok(session);
        }
        let session = Arc::new(self.begin_session().await?);
        *self.session.lock() = Some(Arc::clone(&session));
        Ok(session)
    }

    async fn begin_session(&self) -> Result<Session, ClientError> {
        let transport = self.connections.transport(&self.address, self.lane).await?;
        let Login::Simple { user, impersonated } = &self.login else {
            return Ok(Session {
                transport,
                id: None,
                ended: CancellationToken::new(),
                _handshake: None,
            });
        };
        let id = Uuid::new_v4();
        let plain = PlainMessage::without_password(user, impersonated.as_deref());
        let limit = self.connections.conf().authentication_timeout;
        let handshake = Handshake::perform(transport.clone(), id, plain);
        let Handshake { ours, mut theirs } = tokio::time::timeout(limit, handshake)
            .await
            .map_err(|_elapsed| {
                let sentence = format!(
                    "{} did not answer the authentication within {limit:?}",
                    self.address
                );
                ClientError::before_sending(ErrorCode::Unavailable, sentence)
            })?
            .map_err(|error| error.with_origin(&self.address))?;
        let ended = CancellationToken::new();
        let guard = ended.clone().drop_guard();
        self.connections.tasks().spawn("rpc channel", async move {
            // Nothing more is ever said. Whatever ends the stream ends the session, and so does the
            // end of this task.
            while let Ok(Some(_message)) = theirs.message().await {}
            drop(guard);
        });
        let header = HeaderValue::try_from(id.to_string()).expect("a UUID is made of hex digits");
        Ok(Session {
            transport,
            id: Some(header),
            ended,
            _handshake: Some(ours),
        })
    }

    /// Drops this session, unless another caller has begun a newer one already.
    fn forget(&self, lost: &Arc<Session>) {
        let mut current = self.session.lock();
        if current
            .as_ref()
            .is_some_and(|session| Arc::ptr_eq(session, lost))
        {
            current.take();
        }
    }

    async fn send(&self, mut request: Request<Body>) -> Result<Response<Incoming>, Status> {
        let session = self
            .session()
            .await
            .map_err(ClientError::into_unsent_status)?;
        if let Some(id) = &session.id {
            request.headers_mut().insert(CHANNEL_ID_HEADER, id.clone());
        }
        let mut transport = session.transport.clone();
        let answer = transport.send(request).await;
        if lost_session(&answer) {
            self.forget(&session);
        }
        answer
    }
}

/// Whether the answer shows that the server knows the channel no longer, or that the connection is
/// gone.
fn lost_session(answer: &Result<Response<Incoming>, Status>) -> bool {
    match answer {
        Err(_connection_broke) => true,
        Ok(response) => response
            .headers()
            .get(Status::GRPC_STATUS)
            .is_some_and(|status| Code::from_bytes(status.as_bytes()) == Code::Unauthenticated),
    }
}

impl tower::Service<Request<Body>> for Channel {
    type Response = Response<Incoming>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Incoming>, Status>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.send(request).await })
    }
}
