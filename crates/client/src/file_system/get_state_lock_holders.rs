//! `get_state_lock_holders`: who keeps all others from changing anything.

use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

impl FileSystem {
    /// What holds the lock over the whole state of the master, or waits for it.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn state_lock_holders(&self) -> Result<Vec<String>, ClientError> {
        let request = pb::GetStateLockHoldersPRequest { options: None };
        let asked = self.call(request, |mut stub, request| async move {
            stub.get_state_lock_holders(request).await
        });
        Ok(asked.await?.threads)
    }
}
