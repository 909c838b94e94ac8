//! Where a worker is reached, and how near it is.

/// One level of locality: `node=host1` or `rack=r1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LocalityTier {
    /// `node`, `rack`, ... in the order of `alluxio.locality.order`.
    pub name: String,
    /// The value of this worker on that level; `None` when it is not configured.
    pub value: Option<String>,
}

/// Where a worker is reached.
///
/// Java clients compare every field, so the address in a block's location must equal the one in the
/// worker list: both are made from one value of this type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WorkerAddress {
    /// The name that clients connect to.
    pub host: String,
    /// Set instead of `host` when the worker runs in a container with another name.
    pub container_host: String,
    /// Unary calls; the same listener as `data_port`.
    pub rpc_port: u16,
    /// Streams of block data.
    pub data_port: u16,
    /// The web pages.
    pub web_port: u16,
    /// A unix domain socket that local clients may use; empty for none.
    pub domain_socket_path: String,
    /// At least the `node` tier: clients fail on an empty list.
    pub locality: Vec<LocalityTier>,
}

impl WorkerAddress {
    /// `host:port` of the data listener.
    pub fn data_address(&self) -> String {
        let host = if self.container_host.is_empty() {
            &self.host
        } else {
            &self.container_host
        };
        format!("{host}:{}", self.data_port)
    }
}
