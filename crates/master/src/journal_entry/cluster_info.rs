//! The cluster gets its identity.

use super::codec::record;

/// Names the cluster, once, when its first primary starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterInfoEntry {
    /// A random UUID in text form.
    pub cluster_id: String,
}

record!(ClusterInfoEntry { 1 => cluster_id });
