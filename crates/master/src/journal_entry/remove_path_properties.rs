//! Default properties of clients under a path go.

use super::codec::record;

/// Removes all properties of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovePathPropertiesEntry {
    /// Where, absolute and normalised.
    pub path: String,
}

record!(RemovePathPropertiesEntry { 1 => path });
