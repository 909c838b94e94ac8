//! [`Journal`]: what a master calls while it serves.

use std::fmt;
use std::time::Duration;

use alluxio_common::{SequenceNumber, Timestamp};
use async_trait::async_trait;

use crate::checkpoint::{CheckpointInfo, CheckpointSource};
use crate::error::JournalError;
use crate::progress::{Admit, Progress, WaitDurable};

/// The ordered, durable log, open for appending by its one owner.
///
/// The use, per operation: [`admit`](Self::admit) and await it; take the state's lock; decide;
/// [`append`](Self::append); apply; release the lock; [`wait_durable`](Self::wait_durable) and await
/// it; reply.
///
/// What every implementation promises (the functions of [`crate::contract`] check it):
/// - Numbers are given without gaps, in the order of the calls to `append`.
/// - An entry whose wait succeeded is replayed by every later owner, once, in its place.
/// - An entry that was never waited for is either replayed in its place, or it and everything after
///   it is not replayed at all.
/// - An owner that has been replaced cannot make anything durable that a later owner or reader takes
///   as valid: its frames carry its epoch, and a later epoch's segment ends the earlier one.
#[async_trait]
pub trait Journal: Send + Sync + fmt::Debug {
    /// The counters and the waiters; the other methods stand on them.
    fn progress(&self) -> &Progress;

    /// Adds an entry to the queue and gives its number. Never waits and does no I/O, so it may be
    /// called under a lock. The entry becomes durable soon, also when nobody waits for it.
    ///
    /// # Errors
    /// `EntryTooLarge` and `Closed`; nothing was appended then. A failing disk is no error here: it
    /// is seen by `admit` and `wait_durable`.
    fn append(&self, payload: &[u8]) -> Result<SequenceNumber, JournalError>;

    /// Writes a checkpoint in the background of everything else. Appends go on meanwhile. When it
    /// returns, the checkpoint is durable, and logs that nobody needs any more are being dropped.
    ///
    /// # Errors
    /// When one is running already, or it cannot be written; the log is as good as before.
    async fn write_checkpoint(
        &self,
        source: Box<dyn CheckpointSource>,
    ) -> Result<CheckpointInfo, JournalError>;

    /// Whether enough was appended since the last checkpoint to write another.
    fn is_checkpoint_due(&self) -> bool;

    /// Where it stands; for reports and metrics.
    fn status(&self) -> JournalStatus;

    /// Makes durable what is queued, if the disk lets it, and gives up the ownership. Later calls to
    /// the other methods answer `Closed`.
    ///
    /// # Errors
    /// When something that was appended could not be made durable.
    async fn close(&self) -> Result<(), JournalError>;

    /// Waits until there is room in the queue. Call it before taking any lock.
    ///
    /// Resolves to an error when the disk has not taken writes for a few seconds.
    fn admit(&self) -> Admit<'_> {
        self.progress().admit()
    }

    /// Waits until this entry, and so every earlier one, is durable.
    ///
    /// Resolves to `NotDurable` when the disk has refused for a few seconds, and to `FlushTimeout` when
    /// it does not answer; the entry may still become durable.
    fn wait_durable(&self, sequence_number: SequenceNumber) -> WaitDurable<'_> {
        self.progress().wait_durable(sequence_number)
    }
}

/// Whether the journal takes new changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Writable,
    /// The disk refused a write; it is tried again and again.
    Failing {
        /// The last failure, as a sentence.
        reason: String,
        /// For how long.
        since: Timestamp,
    },
    /// It was closed.
    Closed,
}

/// Where a journal stands.
#[derive(Debug, Clone)]
pub struct JournalStatus {
    /// The term of this owner.
    pub epoch: u64,
    /// The number that the next entry gets.
    pub next: SequenceNumber,
    /// Every entry below this number is durable.
    pub durable_end: SequenceNumber,
    /// Bytes appended and not yet durable.
    pub queued_bytes: usize,
    /// Entries since the last checkpoint.
    pub entries_since_checkpoint: u64,
    /// Bytes of log since the last checkpoint.
    pub bytes_since_checkpoint: u64,
    /// The newest checkpoint.
    pub last_checkpoint: Option<CheckpointInfo>,
    /// How often the disk was synced for appended entries.
    pub flushes: u64,
    /// How often that failed.
    pub flush_failures: u64,
    /// The time that all flushes took together.
    pub flush_time: Duration,
    /// Whether it takes changes.
    pub health: Health,
}
