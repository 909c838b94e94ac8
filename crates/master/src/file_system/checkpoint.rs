//! Checkpoints of the namespace: written while it changes, read at a start.

use std::sync::Arc;

use alluxio_common::{BoxedError, OperationId, SequenceNumber};
use alluxio_journal::checkpoint::Checkpoint;
use alluxio_journal::{CheckpointSink, CheckpointSource, Journal, JournalError, Journaled};
use parking_lot::RwLock;

use super::{FileSystemMaster, Namespace};
use crate::error::FileSystemError;
use crate::inode::{SECTIONS, Snapshot, TreeLoader};

/// The section with the ids of requests that have been done, behind those of the tree.
pub(super) const RETRIES: &str = "retries";

/// Bytes of one id in that section: both halves, lowest byte first.
const ID_LENGTH: usize = 16;

impl Journaled for Namespace {
    fn load_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), BoxedError> {
        let mut loader = TreeLoader::new();
        for name in SECTIONS {
            let Some(section) = checkpoint.section(name) else {
                continue;
            };
            for index in 0..section.chunk_count() {
                let chunk = checkpoint.read_chunk(section, index)?;
                loader
                    .add_chunk(name, &chunk)
                    .map_err(FileSystemError::from)?;
            }
        }
        self.tree = loader.finish().map_err(FileSystemError::from)?;
        if let Some(section) = checkpoint.section(RETRIES) {
            for index in 0..section.chunk_count() {
                self.load_retries(&checkpoint.read_chunk(section, index)?);
            }
        }
        Ok(())
    }

    fn apply(&mut self, sequence_number: SequenceNumber, payload: &[u8]) -> Result<(), BoxedError> {
        self.replay(sequence_number, payload)
    }
}

impl Namespace {
    pub(super) fn load_retries(&mut self, chunk: &[u8]) {
        for id in chunk.chunks_exact(ID_LENGTH) {
            let (most, least) = id.split_at(ID_LENGTH / 2);
            let half = |bytes: &[u8]| {
                let bytes = bytes.try_into().expect("half of sixteen bytes");
                i64::from_le_bytes(bytes)
            };
            let id = OperationId {
                most_significant: half(most),
                least_significant: half(least),
            };
            // What is in a checkpoint is durable, so any number that is durable will do.
            self.retries.record(id, SequenceNumber::ZERO);
        }
    }

    fn retries_chunk(&self) -> Vec<u8> {
        let mut chunk = Vec::with_capacity(self.retries.len() * ID_LENGTH);
        for id in self.retries.ids() {
            chunk.extend_from_slice(&id.most_significant.to_le_bytes());
            chunk.extend_from_slice(&id.least_significant.to_le_bytes());
        }
        chunk
    }
}

/// The namespace as it was at one moment, for [`alluxio_journal::Journal::write_checkpoint`].
#[derive(Debug)]
pub struct NamespaceCheckpoint {
    namespace: Arc<RwLock<Namespace>>,
    snapshot: Snapshot,
    retries: Vec<u8>,
    end: SequenceNumber,
}

impl FileSystemMaster {
    /// The namespace as it is now; it may change while the checkpoint is being written.
    ///
    /// # Errors
    /// `CheckpointRunning` while another one is being written.
    pub fn begin_checkpoint(&self) -> Result<NamespaceCheckpoint, FileSystemError> {
        let mut namespace = self.namespace.write();
        // Entries are appended under the same lock, so this is the number of the next one.
        let end = self.journal.status().next;
        let retries = namespace.retries_chunk();
        let snapshot = namespace.tree.begin_snapshot();
        Ok(NamespaceCheckpoint {
            namespace: Arc::clone(&self.namespace),
            snapshot: snapshot.ok_or(JournalError::CheckpointRunning)?,
            retries,
            end,
        })
    }

    /// The journal behind the namespace.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }
}

impl CheckpointSource for NamespaceCheckpoint {
    fn end(&self) -> SequenceNumber {
        self.end
    }

    fn write_sections(&mut self, sink: &mut dyn CheckpointSink) -> Result<(), JournalError> {
        let mut section = "";
        loop {
            let chunk = {
                let namespace = self.namespace.read();
                self.snapshot.next_chunk(&namespace.tree)
            };
            let Some(chunk) = chunk else { break };
            if chunk.section != section {
                section = chunk.section;
                sink.begin_section(section)?;
            }
            sink.write_chunk(&chunk.bytes)?;
        }
        sink.begin_section(RETRIES)?;
        sink.write_chunk(&self.retries)
    }
}
