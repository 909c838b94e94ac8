//! A file has all its content.

use alluxio_common::{InodeId, PersistenceState, Timestamp};

use super::codec::record;

/// Completes a file: its length is final, and its blocks follow from length and block size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompleteFileEntry {
    /// Which file.
    pub id: InodeId,
    /// Its length in bytes; -1 when the store cannot tell.
    pub length: i64,
    /// Its modification and access times become at least this.
    pub operation_time: Timestamp,
    /// What the store said about the content; `None` leaves it as it is.
    pub fingerprint: Option<String>,
    /// Where the content stands now; `None` leaves it as it is.
    pub persistence: Option<PersistenceState>,
    /// The first block whose copies on workers may hold the bytes of another place; `None` when
    /// there is none.
    pub withdrawn_from: Option<u32>,
}

record!(CompleteFileEntry {
    1 => id,
    2 => length,
    3 => operation_time,
    4 => fingerprint,
    5 => persistence,
    6 => withdrawn_from,
});
