//! [`Channel`]: one user's use of a server.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use alluxio_common::ErrorCode;
use alluxio_proto::grpc::sasl::SaslMessage;
use futures::future::BoxFuture;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Status};
use uuid::Uuid;

use super::login::Handshake;
use super::single_flight::SingleFlight;
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
    /// Of a channel for one call: the session that its first request went over.
    passage: Option<Arc<OnceLock<Arc<Session>>>>,
}

#[derive(Debug)]
struct Shared {
    connections: Connections,
    address: ServerAddress,
    lane: Lane,
    login: Login,
    session: SingleFlight<Arc<Session>>,
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
    fn is_open(self: &Arc<Self>) -> bool {
        !self.ended.is_cancelled() && self.transport.is_open()
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
                session: SingleFlight::new(),
            }),
            passage: None,
        }
    }

    /// The same channel for one call: whatever is asked with it goes over the session of its first
    /// request, so that this session can be looked at, and given up, and not a newer one.
    pub(super) fn for_one_call(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            passage: Some(Arc::default()),
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
        self.shared.session.find(Session::is_open).is_some()
    }

    /// Whether both are clones of one channel.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Gives the session up; the next call begins a new one.
    pub fn reset(&self) {
        self.shared.session.discard(|_session| true);
    }

    /// Gives up the session of this one call and its connection, on which somebody takes calls and
    /// does not answer them. What is under way on it goes on; the next call makes another connection,
    /// unless somebody has done so already.
    pub(super) fn abandon(&self) {
        let Some(silent) = self.passage.as_ref().and_then(|passage| passage.get()) else {
            return;
        };
        let shared = &self.shared;
        shared
            .session
            .discard(|current| Arc::ptr_eq(current, silent));
        shared.forget(&silent.transport);
    }
}

impl Shared {
    async fn session(&self) -> Result<Arc<Session>, ClientError> {
        self.session
            .find_or_make(Session::is_open, || self.begin_session())
            .await
    }

    async fn begin_session(&self) -> Result<Arc<Session>, ClientError> {
        let transport = self.connections.transport(&self.address, self.lane).await?;
        let Login::Simple { user, impersonated } = &self.login else {
            return Ok(Arc::new(Session {
                transport,
                id: None,
                ended: CancellationToken::new(),
                _handshake: None,
            }));
        };
        let id = Uuid::new_v4();
        let plain = PlainMessage::without_password(user, impersonated.as_deref());
        let limit = self.connections.conf().authentication_timeout;
        let handshake = Handshake::perform(transport.clone(), id, plain);
        let Handshake { ours, mut theirs } = tokio::time::timeout(limit, handshake)
            .await
            .map_err(|_elapsed| {
                self.forget(&transport);
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
        Ok(Arc::new(Session {
            transport,
            id: Some(header),
            ended,
            _handshake: Some(ours),
        }))
    }

    /// The next session is begun on another connection than this one.
    fn forget(&self, transport: &Transport) {
        self.connections.forget(&self.address, self.lane, transport);
    }

    /// The session of the call, or of the next one on this channel.
    async fn passage(
        &self,
        passage: Option<&OnceLock<Arc<Session>>>,
    ) -> Result<Arc<Session>, Status> {
        if let Some(session) = passage.and_then(OnceLock::get) {
            return Ok(Arc::clone(session));
        }
        let session = self.session().await;
        let session = session.map_err(ClientError::into_unsent_status)?;
        Ok(match passage {
            Some(passage) => Arc::clone(passage.get_or_init(|| session)),
            None => session,
        })
    }

    async fn send(
        &self,
        mut request: Request<Body>,
        passage: Option<&OnceLock<Arc<Session>>>,
    ) -> Result<Response<Incoming>, Status> {
        let session = self.passage(passage).await?;
        if let Some(id) = &session.id {
            request.headers_mut().insert(CHANNEL_ID_HEADER, id.clone());
        }
        let mut transport = session.transport.clone();
        let call = request.uri().path_and_query().cloned();
        let answer = self.tell_of_silence(call, transport.send(request)).await;
        if lost_session(&answer) {
            self.session
                .discard(|current| Arc::ptr_eq(current, &session));
        }
        answer
    }

    /// Waits for an answer, and tells when it takes long: whoever looks for what hangs finds its name.
    async fn tell_of_silence<T>(
        &self,
        call: Option<PathAndQuery>,
        answer: impl Future<Output = T>,
    ) -> T {
        let mut answer = pin!(answer);
        let silence = self.connections.conf().silence;
        if let Ok(answer) = tokio::time::timeout(silence, &mut answer).await {
            return answer;
        }
        let (address, call) = (
            &self.address,
            call.as_ref().map_or("", PathAndQuery::as_str),
        );
        tracing::warn!(%address, call, waited = ?silence, "still waiting for an answer");
        answer.await
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
        let Self { shared, passage } = self.clone();
        Box::pin(async move { shared.send(request, passage.as_deref()).await })
    }
}
