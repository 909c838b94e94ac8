//! A move is no longer on its way to a store.

use super::codec::record;

/// Takes back a pending [`super::StoreRenameEntry`]: the namespace follows with a
/// [`super::RenameEntry`] in the same transaction, or the store has not moved anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRenameDoneEntry {
    /// The source of the move.
    pub source: String,
}

record!(StoreRenameDoneEntry { 1 => source });
