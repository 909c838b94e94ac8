//! Where a server is reached.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// A host and a port, and perhaps the domain socket that leads there. The host is looked up anew for
/// every connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerAddress {
    /// A name or a literal address.
    pub host: String,
    /// The port of the RPC server.
    pub port: u16,
    domain_socket: Option<Arc<Path>>,
}

impl ServerAddress {
    /// From its parts.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            domain_socket: None,
        }
    }

    /// The same server, which listens on this machine at this path: connections go there, and not
    /// over the network.
    #[must_use]
    pub fn over_domain_socket(self, path: &Path) -> Self {
        Self {
            domain_socket: Some(path.into()),
            ..self
        }
    }

    pub(super) fn domain_socket(&self) -> Option<&Path> {
        self.domain_socket.as_deref()
    }

    /// In the words of Alluxio's own messages, which print the address as its client sees it before
    /// the look-up.
    pub(crate) fn in_messages(&self) -> String {
        let Self { host, port, .. } = self;
        let address = self.domain_socket().map_or_else(
            || format!("{host}/<unresolved>:{port}"),
            |path| path.display().to_string(),
        );
        format!("GrpcServerAddress{{HostName={host}, SocketAddress={address}}}")
    }
}

impl From<SocketAddr> for ServerAddress {
    fn from(address: SocketAddr) -> Self {
        Self::new(address.ip().to_string(), address.port())
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(f, "[{}]:{}", self.host, self.port);
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}
