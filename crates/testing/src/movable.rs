//! [`MovableMaster`]: a master that is found again after it has come back on another port.

use std::net::SocketAddr;

use alluxio_rpc::{ClientError, MasterInquiry, ServerAddress};
use async_trait::async_trait;
use parking_lot::RwLock;

/// Where a master is, as everybody in the process knows it.
#[derive(Debug)]
pub(crate) struct MovableMaster(RwLock<ServerAddress>);

impl MovableMaster {
    /// It does not serve yet.
    pub(crate) fn new() -> Self {
        Self(RwLock::new(nowhere()))
    }

    /// It serves there.
    pub(crate) fn is_at(&self, address: SocketAddr) {
        *self.0.write() = address.into();
    }

    /// It does not serve.
    pub(crate) fn is_gone(&self) {
        *self.0.write() = nowhere();
    }
}

/// A port that is given to nobody, so that nobody else is taken for the master.
fn nowhere() -> ServerAddress {
    ServerAddress::new("127.0.0.1", 1)
}

#[async_trait]
impl MasterInquiry for MovableMaster {
    async fn primary(&self) -> Result<ServerAddress, ClientError> {
        Ok(self.0.read().clone())
    }

    fn candidates(&self) -> Vec<ServerAddress> {
        vec![self.0.read().clone()]
    }
}
