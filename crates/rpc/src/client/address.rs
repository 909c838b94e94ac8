//! Where a server is reached.

use std::fmt;
use std::net::SocketAddr;

/// A host and a port. The host is looked up anew for every connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerAddress {
    /// A name or a literal address.
    pub host: String,
    /// The port of the RPC server.
    pub port: u16,
}

impl ServerAddress {
    /// From its parts.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }

    /// In the words of Alluxio's own messages, which print the address as its client sees it before
    /// the look-up.
    pub(crate) fn in_messages(&self) -> String {
        let Self { host, port } = self;
        format!("GrpcServerAddress{{HostName={host}, SocketAddress={host}/<unresolved>:{port}}}")
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
