//! What a backup asks of the namespace beside its content.

use std::sync::Arc;

use alluxio_common::UfsPath;
use alluxio_ufs::{UfsError, UnderFileSystem};

use super::FileSystemMaster;

impl FileSystemMaster {
    /// A connector for a place that is not mounted, with the settings of the root store.
    ///
    /// # Errors
    /// When no connector knows the scheme, or a property is missing or wrong.
    pub(crate) fn connect_beside_root(
        &self,
        ufs: &UfsPath,
    ) -> Result<Arc<dyn UnderFileSystem>, UfsError> {
        self.stores
            .connect(ufs, &self.mounts.load().root().properties)
    }

    /// Sixteen bytes that nobody can guess.
    pub(crate) fn random_bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.random_id().to_le_bytes());
        bytes[8..].copy_from_slice(&self.random_id().to_le_bytes());
        bytes
    }
}
