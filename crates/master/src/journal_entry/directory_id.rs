//! Directory ids are reserved.

use super::codec::record;

/// Reserves directory ids: every sequence of this container below the limit may be in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryIdEntry {
    /// The container from which directories get their ids.
    pub container_id: i64,
    /// The first sequence in it that is certainly free.
    pub next_sequence: u32,
}

record!(DirectoryIdEntry { 1 => container_id, 2 => next_sequence });
