//! The cluster about itself: its master, its configuration, its metrics.
//!
//! **Owns** what the master tells others of the cluster: addresses, times, the configuration that
//! clients merge, its hashes, and on which properties servers do not agree.
//! **Must never know** inodes or blocks beyond a few counts.
//! **Start reading** at [`MetaMaster`].

mod cluster_metrics;
mod config_report;
mod meta_master;
mod update_configuration;

pub use cluster_metrics::ClusterMetrics;
pub use config_report::{ComparedSettings, ConfigReport, Disagreement};
pub use meta_master::{
    ConfigurationView, MasterIdentity, MetaMaster, PathConfiguration, hash_of_paths,
};
pub use update_configuration::{Overlay, Updates};

#[cfg(test)]
mod tests;
