//! [`LocalJournalConf`]: what a journal in a folder is told.

use std::path::PathBuf;
use std::time::Duration;

use alluxio_common::ByteSize;

/// The settings of a [`LocalJournal`](super::LocalJournal), as plain data.
#[derive(Debug, Clone)]
pub struct LocalJournalConf {
    /// The journal's own folder; it holds nothing else.
    pub folder: PathBuf,
    /// Who this is, as a person would look for it: `process 4711 (AlluxioMaster) on host m1`.
    /// Another process that wants the folder shows it.
    pub owner: String,
    /// `alluxio.master.journal.log.size.bytes.max`: a segment of this size is closed.
    pub segment_size: ByteSize,
    /// `alluxio.master.embedded.journal.entry.size.max`: longer entries are refused.
    pub entry_limit: ByteSize,
    /// How many bytes may wait for the disk before new operations wait as well.
    pub queue_limit: ByteSize,
    /// `alluxio.master.journal.flush.timeout`: after this an operation gets an error.
    pub flush_timeout: Duration,
    /// `alluxio.master.journal.retry.interval`: the pause between two tries of a failing disk.
    pub retry_interval: Duration,
    /// How long the disk may refuse before callers are told.
    pub patience: Duration,
    /// `alluxio.master.journal.checkpoint.period.entries`: a checkpoint is due after so many.
    pub checkpoint_entries: u64,
    /// A checkpoint is due after so many bytes of log, too.
    pub checkpoint_bytes: ByteSize,
    /// `alluxio.master.journal.gc.threshold`: how long logs are kept after a checkpoint made them
    /// superfluous.
    pub collect_after: Duration,
}

/// About a second of work for a slow disk, and bounded memory while it does not work at all.
const QUEUE_LIMIT: ByteSize = ByteSize::from_bytes(64 << 20);

/// Two million entries are about this much; fewer but longer ones should not take longer to replay.
const CHECKPOINT_BYTES: ByteSize = ByteSize::from_bytes(512 << 20);

/// Time for a few tries: a disk that fails once costs a moment, and one that is full is soon told.
const PATIENCE: Duration = Duration::from_secs(3);

impl LocalJournalConf {
    /// Alluxio's defaults.
    pub fn new(folder: PathBuf, owner: String) -> Self {
        Self {
            folder,
            owner,
            segment_size: ByteSize::from_bytes(10 << 20),
            entry_limit: ByteSize::from_bytes(10 << 20),
            queue_limit: QUEUE_LIMIT,
            flush_timeout: Duration::from_secs(5 * 60),
            retry_interval: Duration::from_secs(1),
            patience: PATIENCE,
            checkpoint_entries: 2_000_000,
            checkpoint_bytes: CHECKPOINT_BYTES,
            collect_after: Duration::from_secs(5 * 60),
        }
    }
}
