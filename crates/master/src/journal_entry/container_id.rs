//! Container ids are reserved.

use super::codec::record;

/// Reserves container ids: every id below the limit may be in use, so the next primary starts there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerIdEntry {
    /// The first container id that is certainly free.
    pub next: i64,
}

record!(ContainerIdEntry { 1 => next });
