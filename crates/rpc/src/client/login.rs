//! How a client says who it is, and how it is told that this is accepted.

use alluxio_common::{Describe, ErrorCode};
use alluxio_proto::grpc::sasl::sasl_authentication_service_client::SaslAuthenticationServiceClient;
use alluxio_proto::grpc::sasl::{ChannelAuthenticationScheme, SaslMessage, SaslMessageType};
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};
use uuid::Uuid;

use super::transport::Transport;
use crate::auth::PlainMessage;
use crate::error::ClientError;

/// Who a channel is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Login {
    /// Nobody: no handshake. For servers without authentication, and for services that are open to
    /// everybody.
    NoSasl,
    /// This user, by its name alone.
    Simple {
        /// Who connects.
        user: String,
        /// For whom it acts, if that is somebody else.
        impersonated: Option<String>,
    },
}

impl Login {
    /// A user that acts for itself.
    pub fn simple(user: impl Into<String>) -> Self {
        Self::Simple {
            user: user.into(),
            impersonated: None,
        }
    }
}

/// A handshake that succeeded. Dropping `ours` tells the server to forget the channel.
pub(super) struct Handshake {
    pub(super) ours: mpsc::Sender<SaslMessage>,
    pub(super) theirs: Streaming<SaslMessage>,
}

impl Handshake {
    /// Authenticates one channel over a connection.
    pub(super) async fn perform(
        transport: Transport,
        id: Uuid,
        plain: PlainMessage,
    ) -> Result<Self, ClientError> {
        let (ours, requests) = mpsc::channel(1);
        let challenge = SaslMessage {
            message_type: Some(SaslMessageType::Challenge.into()),
            message: Some(Bytes::from(plain.encode())),
            client_id: Some(id.to_string()),
            authentication_scheme: Some(ChannelAuthenticationScheme::Simple.into()),
            channel_ref: Some(format!("alluxio-rs {}", plain.authentication_id)),
        };
        ours.try_send(challenge)
            .expect("the queue is new, has one place, and its receiver is held here");
        let mut theirs = SaslAuthenticationServiceClient::new(transport)
            .authenticate(ReceiverStream::new(requests))
            .await
            .map_err(refused)?
            .into_inner();
        let answer = theirs.message().await.map_err(refused)?;
        match answer {
            Some(answer) if answer.message_type() == SaslMessageType::Success => {
                Ok(Self { ours, theirs })
            }
            Some(_) | None => Err(ClientError::before_sending(
                ErrorCode::Unauthenticated,
                "the server ended the authentication without a success",
            )),
        }
    }
}

/// The call that waits for the handshake was not sent, whatever happened to the handshake.
fn refused(status: tonic::Status) -> ClientError {
    if status.code() == Code::Unimplemented {
        let sentence = "Authentication is disabled on target server.";
        return ClientError::before_sending(ErrorCode::Unauthenticated, sentence).login_refused();
    }
    let error = ClientError::from(status);
    if error.code() == ErrorCode::Unauthenticated {
        return error.login_refused();
    }
    error.unsent()
}
