//! The two sides of writing a checkpoint: the state that gives, the file that takes.

use std::path::PathBuf;

use alluxio_common::{SequenceNumber, Timestamp};

use crate::error::JournalError;

/// A consistent view of the state at one sequence number, which can be written piece by piece while
/// the state itself goes on changing.
pub trait CheckpointSource: Send + 'static {
    /// The view holds the effect of every entry below this number, and of no other.
    fn end(&self) -> SequenceNumber;

    /// Writes the whole view. Runs on a thread that may block; it should hold no lock while it calls
    /// the sink, which waits for the disk.
    ///
    /// # Errors
    /// Those of the sink, passed on. The checkpoint is given up then.
    fn write_sections(&mut self, sink: &mut dyn CheckpointSink) -> Result<(), JournalError>;
}

/// Takes a checkpoint: sections one after the other, each with its chunks in order.
pub trait CheckpointSink {
    /// Starts the next section. A name may come more than once; readers see them in order.
    ///
    /// # Errors
    /// When the name is longer than 255 bytes, or the disk refuses.
    fn begin_section(&mut self, name: &str) -> Result<(), JournalError>;

    /// Adds a chunk to the section. A chunk is the unit that a reader gets back, on any thread;
    /// about one MiB is a good size.
    ///
    /// # Errors
    /// When the chunk is longer than [`MAX_CHUNK`](super::MAX_CHUNK), or the disk refuses.
    fn write_chunk(&mut self, chunk: &[u8]) -> Result<(), JournalError>;
}

/// What is known of a checkpoint from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointInfo {
    /// It holds the effect of every entry below this number.
    pub end: SequenceNumber,
    /// When it was written.
    pub written_at: Timestamp,
    /// Its length in bytes.
    pub length_bytes: u64,
    /// Where it is; nowhere for a journal that keeps nothing.
    pub file: Option<PathBuf>,
}
