//! Who is the primary master?

use std::fmt;

use async_trait::async_trait;

use super::ServerAddress;
use crate::error::ClientError;

/// Finds the server that a call must go to. Asked again whenever a call did not get through.
#[async_trait]
pub trait MasterInquiry: Send + Sync + fmt::Debug + 'static {
    /// The primary, as far as one can know.
    async fn primary(&self) -> Result<ServerAddress, ClientError>;

    /// Everybody who might be it, for messages.
    fn candidates(&self) -> Vec<ServerAddress>;
}

/// The only master there is.
#[derive(Debug, Clone)]
pub struct SingleMaster(pub ServerAddress);

#[async_trait]
impl MasterInquiry for SingleMaster {
    async fn primary(&self) -> Result<ServerAddress, ClientError> {
        Ok(self.0.clone())
    }

    fn candidates(&self) -> Vec<ServerAddress> {
        vec![self.0.clone()]
    }
}
