//! [`Journaled`]: the state on the other side of the log.

use alluxio_common::{BoxedError, SequenceNumber};

use crate::checkpoint::Checkpoint;

/// A state that can be rebuilt from a checkpoint and the entries after it.
///
/// The journal calls [`Journaled::load_checkpoint`] at most once, on a fresh state, and only with a
/// checkpoint whose every byte has been verified; then [`Journaled::apply`] with every later entry,
/// in order, without gaps.
pub trait Journaled {
    /// Takes over the state that the checkpoint holds. Sections may be read on several threads.
    ///
    /// # Errors
    /// When a section is missing or its content is not understood.
    fn load_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), BoxedError>;

    /// Replays one entry, exactly as it was given to `append`.
    ///
    /// # Errors
    /// When the bytes are not understood. The change itself cannot fail: it was decided before.
    fn apply(&mut self, sequence_number: SequenceNumber, payload: &[u8]) -> Result<(), BoxedError>;
}
