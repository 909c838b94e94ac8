//! A move is on its way to a store.

use alluxio_common::OperationId;

use super::codec::{record, record_field};

/// A store is about to move a path, and the namespace will follow. It is pending until
/// [`super::StoreRenameDoneEntry`] takes it back; a start looks what the store has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreRenameEntry {
    /// What moves. No two pending moves have the same source.
    pub source: String,
    /// Where it moves to.
    pub target: String,
    /// The request; it counts as done only when the namespace has followed.
    pub operation_id: Option<OperationId>,
    /// Whether a directory moves.
    pub is_directory: bool,
    /// Where the source lies in the store.
    pub ufs_source: String,
    /// Where the target lies in the store.
    pub ufs_target: String,
}

record!(StoreRenameEntry {
    1 => source,
    2 => target,
    3 => operation_id,
    4 => is_directory,
    5 => ufs_source,
    6 => ufs_target,
});
record_field!(StoreRenameEntry);
