//! Default properties of clients under a path change.

use std::collections::BTreeMap;

use super::codec::record;

/// Sets all properties that hold for clients at and below a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPropertiesEntry {
    /// Where, absolute and normalised.
    pub path: String,
    /// All properties from now on.
    pub properties: BTreeMap<String, String>,
}

record!(PathPropertiesEntry { 1 => path, 2 => properties });
