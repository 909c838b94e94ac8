//! The handshake: one message in, one message out, and then a stream that stays open as long as the
//! channel lives.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use alluxio_common::{BoxedError, Describe, ErrorCode};
use alluxio_proto::grpc::sasl::sasl_authentication_service_server::SaslAuthenticationService;
use alluxio_proto::grpc::sasl::{ChannelAuthenticationScheme, SaslMessage, SaslMessageType};
use futures::{Stream, ready};
use tokio_util::sync::WaitForCancellationFutureOwned;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use super::channels::Registration;
use super::{Channels, ChannelsConf, Identity, Impersonation, PlainMessage, UserGroups};
use crate::error::to_status;

/// A client sends its first message together with the call. One that has not done so after this
/// time never will.
const FIRST_MESSAGE_LIMIT: Duration = Duration::from_secs(30);

/// What a server needs for SIMPLE authentication: it believes the name, and checks only who acts
/// for whom.
#[derive(Debug, Clone)]
pub struct SimpleAuthentication {
    /// Who may act for whom.
    pub impersonation: Impersonation,
    /// Where groups are looked up for that.
    pub groups: Arc<dyn UserGroups>,
    /// Limits of the registry of channels.
    pub channels: ChannelsConf,
}

#[derive(Debug, thiserror::Error)]
enum HandshakeError {
    #[error("Plain authentication failed: the client said nothing for {FIRST_MESSAGE_LIMIT:?}")]
    Silent,
    #[error("Plain authentication failed: the client ended the handshake before its first message")]
    Ended,
    #[error(
        "Authentication scheme {scheme} is not supported by this server, which is configured for SIMPLE"
    )]
    Scheme { scheme: &'static str },
    #[error("Plain authentication failed: {id:?} is not a channel id")]
    ChannelId { id: String },
    #[error("Plain authentication failed: a message of type CHALLENGE was expected")]
    NotAChallenge,
}

impl Describe for HandshakeError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unauthenticated
    }
}

/// Serves the handshake.
#[derive(Debug)]
pub(crate) struct SaslService {
    authentication: SimpleAuthentication,
    channels: Arc<Channels>,
}

impl SaslService {
    pub(crate) fn new(authentication: SimpleAuthentication, channels: Arc<Channels>) -> Self {
        Self {
            authentication,
            channels,
        }
    }

    async fn register(&self, message: SaslMessage) -> Result<Registration, BoxedError> {
        match message.authentication_scheme() {
            ChannelAuthenticationScheme::Simple => {}
            scheme
            @ (ChannelAuthenticationScheme::Nosasl | ChannelAuthenticationScheme::Custom) => {
                return Err(HandshakeError::Scheme {
                    scheme: scheme.as_str_name(),
                }
                .into());
            }
        }
        if message.message_type() != SaslMessageType::Challenge {
            return Err(HandshakeError::NotAChallenge.into());
        }
        let id = Uuid::try_parse(message.client_id()).map_err(|_not_a_uuid| {
            HandshakeError::ChannelId {
                id: message.client_id().chars().take(64).collect(),
            }
        })?;
        let plain = PlainMessage::parse(message.message())?;
        let SimpleAuthentication {
            impersonation,
            groups,
            channels: _,
        } = &self.authentication;
        impersonation
            .check(&plain.authentication_id, &plain.authorization_id, &**groups)
            .await?;
        let impersonator = Some(plain.authentication_id)
            .filter(|connecting| *connecting != plain.authorization_id);
        let identity = Identity {
            user: plain.authorization_id,
            impersonator,
        };
        tracing::debug!(
            channel_id = %id,
            user = identity.user,
            impersonator = identity.impersonator,
            channel = message.channel_ref(),
            "channel authenticated"
        );
        Ok(self.channels.register(id, identity)?)
    }
}

#[tonic::async_trait]
impl SaslAuthenticationService for SaslService {
    async fn authenticate(
        &self,
        request: Request<Streaming<SaslMessage>>,
    ) -> Result<Response<BoxStream<SaslMessage>>, Status> {
        let mut messages = request.into_inner();
        let first = tokio::time::timeout(FIRST_MESSAGE_LIMIT, messages.message())
            .await
            .map_err(|_elapsed| to_status(&HandshakeError::Silent))??
            .ok_or_else(|| to_status(&HandshakeError::Ended))?;
        let registration = self.register(first).await.map_err(|error| {
            tracing::warn!(%error, "authentication refused");
            to_status(error.inner())
        })?;
        Ok(Response::new(Box::pin(ParkedStream {
            greeting: Some(success()),
            revoked: Box::pin(registration.revoked().clone().cancelled_owned()),
            messages,
            registration: Some(registration),
        })))
    }
}

/// The message field stays absent: a client takes a present one, even an empty one, for another
/// challenge.
fn success() -> SaslMessage {
    SaslMessage {
        message_type: Some(SaslMessageType::Success.into()),
        ..SaslMessage::default()
    }
}

/// Our half of the handshake. It says SUCCESS and then nothing, until the client's half ends or the
/// channel is revoked.
///
/// It needs no task of its own: the transport polls it, and drops it when the connection is gone.
struct ParkedStream {
    greeting: Option<SaslMessage>,
    revoked: Pin<Box<WaitForCancellationFutureOwned>>,
    messages: Streaming<SaslMessage>,
    registration: Option<Registration>,
}

impl Stream for ParkedStream {
    type Item = Result<SaslMessage, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(greeting) = self.greeting.take() {
            return Poll::Ready(Some(Ok(greeting)));
        }
        if self.registration.is_none() {
            return Poll::Ready(None);
        }
        if self.revoked.as_mut().poll(context).is_ready() {
            self.registration = None;
            return Poll::Ready(None);
        }
        let heard = ready!(Pin::new(&mut self.messages).poll_next(context));
        // Whatever was heard, the handshake is over: the id is forgotten before the client sees the
        // end of the stream.
        self.registration = None;
        match heard {
            None | Some(Err(_)) => Poll::Ready(None),
            Some(Ok(_unexpected)) => {
                Poll::Ready(Some(Err(to_status(&HandshakeError::NotAChallenge))))
            }
        }
    }
}
