//! All properties.
//!
//! **Owns** the tables: every name that Alluxio 2.9 knows, with type, default, scope and, for those
//! that have an effect here, what it is; the names with variable parts; the names that are gone.
//! **Must never know** a value that somebody set.
//! **Start reading** at [`Registry`]; then any table, they all look alike.

mod choices;
mod every_process;
mod fuse;
mod job;
mod lookup;
mod master;
mod master_journal;
mod master_metadata;
mod proxy;
mod reason;
mod removed;
mod security;
mod templates;
mod underfs;
mod underfs_s3;
mod underfs_store;
mod user;
mod user_cache;
mod user_network;
mod worker;
mod worker_network;
mod worker_page;
mod zookeeper;

pub use lookup::Registry;
pub use removed::Removed;
