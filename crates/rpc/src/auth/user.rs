//! [`AuthenticatedUser`]: who is calling, as the services see it.

use std::net::SocketAddr;
use std::sync::Arc;

use tonic::{Request, Status};

use crate::socket::Peer;

/// Shared by all calls of one channel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Whose permissions count.
    pub(crate) user: String,
    /// Who made the connection, where that is somebody else.
    pub(crate) impersonator: Option<String>,
}

/// The user of a call. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatedUser {
    identity: Arc<Identity>,
    peer: Peer,
}

impl AuthenticatedUser {
    pub(crate) fn new(identity: Arc<Identity>, peer: Peer) -> Self {
        Self { identity, peer }
    }

    /// A user for tests of handlers that are called without a server.
    pub fn for_test(user: &str) -> Self {
        let identity = Identity {
            user: user.to_owned(),
            impersonator: None,
        };
        let peer = Peer::Network(SocketAddr::from(([127, 0, 0, 1], 1)));
        Self::new(Arc::new(identity), peer)
    }

    /// The user of this call.
    ///
    /// # Errors
    /// UNAUTHENTICATED, when the call came to a service that is open to everybody and so has no
    /// user.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Status::unauthenticated(""))
    }

    /// Whose permissions count.
    pub fn name(&self) -> &str {
        &self.identity.user
    }

    /// Who made the connection, when that is somebody else than [`AuthenticatedUser::name`].
    pub fn impersonator(&self) -> Option<&str> {
        self.identity.impersonator.as_deref()
    }

    /// Where the call comes from.
    pub fn peer(&self) -> Peer {
        self.peer
    }
}
