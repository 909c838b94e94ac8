//! Waiting until what the tree shows cannot be taken back.

use std::time::Duration;

use alluxio_common::SequenceNumber;

use super::FileSystemMaster;
use crate::error::FileSystemError;

impl FileSystemMaster {
    /// Waits until everything that the tree shows by now is durable.
    ///
    /// Reads see a change before it is durable, and a crash may take it back. Whoever destroys data
    /// on the word of the tree, as workers do that drop the only copy of a block, looks first and
    /// waits then.
    ///
    /// # Errors
    /// When the journal does not become durable; what was seen must not be acted on.
    pub async fn wait_shown_durable(&self) -> Result<(), FileSystemError> {
        let next = self.journal.status().next.raw();
        if let Some(last) = next.checked_sub(1) {
            let last = SequenceNumber::from_raw(last);
            self.journal.wait_durable(last).await?;
        }
        Ok(())
    }

    /// Whether everything that the tree shows by now is durable within this time. Nobody is kept
    /// waiting by a journal whose disk refuses, or does not answer.
    pub async fn is_shown_durable(&self, within: Duration) -> bool {
        let durable = tokio::time::timeout(within, self.wait_shown_durable()).await;
        matches!(durable, Ok(Ok(())))
    }
}
