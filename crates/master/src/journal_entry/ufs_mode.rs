//! An under store enters or leaves maintenance.

use super::codec::{enum_field, record};

/// What may be done with an under store while it is maintained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UfsMode {
    /// Everything.
    ReadWrite,
    /// Reading.
    ReadOnly,
    /// Nothing.
    NoAccess,
}

/// Sets the mode of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UfsModeEntry {
    /// Scheme and authority of the store.
    pub ufs_uri: String,
    /// Its mode from now on.
    pub mode: UfsMode,
}

enum_field!(UfsMode { ReadWrite = 0, ReadOnly = 1, NoAccess = 2 });
record!(UfsModeEntry { 1 => ufs_uri, 2 => mode });
