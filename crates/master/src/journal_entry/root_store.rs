//! The store behind `/` is named.

use super::codec::record;

/// Says which store the namespace is over from here on. It changes nothing by itself: which store
/// that is, is in the configuration, and this tells whether it was another one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootStoreEntry {
    /// The URI of the root store.
    pub ufs_uri: String,
}

record!(RootStoreEntry { 1 => ufs_uri });
