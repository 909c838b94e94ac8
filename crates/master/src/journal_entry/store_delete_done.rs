//! A deletion is no longer on its way to the stores.

use super::codec::record;

/// Takes back a pending [`super::StoreDeleteEntry`]: the stores have followed, or have refused and
/// what they kept is shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreDeleteDoneEntry {
    /// The path of the deletion.
    pub path: String,
}

record!(StoreDeleteDoneEntry { 1 => path });
