//! [`DirectRead`]: a range of the store's file for one reader, of which nothing is kept.

use std::sync::Arc;

use alluxio_common::{BlockId, UfsPath};
use alluxio_ufs::{UfsError, UfsReader};
use bytes::Bytes;

use crate::metrics::WorkerMetrics;
use crate::read_error::ReadBlockError;

/// Reading a range of the store's file, without keeping it.
#[derive(Debug)]
pub struct DirectRead {
    pub(super) reader: Box<dyn UfsReader>,
    pub(super) block_id: BlockId,
    pub(super) path: UfsPath,
    pub(super) metrics: Arc<WorkerMetrics>,
}

impl DirectRead {
    /// The next bytes, at most `max`; none at the end of the file.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next(&mut self, max: usize) -> Result<Bytes, ReadBlockError> {
        match self.reader.read(max).await {
            Ok(bytes) => {
                let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                self.metrics.bytes_read_ufs.add(count);
                Ok(bytes)
            }
            Err(source) => Err(ufs_error(self.block_id, &self.path, source)),
        }
    }
}

/// What an error of the store is to a reader of the block.
pub(super) fn ufs_error(block_id: BlockId, path: &UfsPath, source: UfsError) -> ReadBlockError {
    ReadBlockError::Ufs {
        block_id,
        ufs_path: path.clone(),
        source: Arc::new(source),
    }
}
