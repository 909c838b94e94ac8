//! The cluster about itself: its master, its configuration, its metrics.
//!
//! **Owns** what the master tells others of the cluster: addresses, times, the configuration that
//! clients merge, and its hashes.
//! **Must never know** inodes or blocks beyond a few counts.
//! **Start reading** at [`MetaMaster`].

mod meta_master;

pub use meta_master::{ConfigurationView, MasterIdentity, MetaMaster, PathConfiguration};

#[cfg(test)]
mod tests;
