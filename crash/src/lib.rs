//! A cluster of the built program that is killed in the middle of a load, again and again; and a
//! simple model of the file system to compare it with.
//!
//! **Owns** [`CrashCluster`]: the processes, their folders, and a MinIO if there is one; the clients
//! that work meanwhile and know what they were told; what is killed and when; the search for what is
//! missing, half there or left behind; the count of what was done, so that a load in which all fails
//! is none; and the [`model`], which other tests use too.
//! **Must never know** how the program does its work: it kills processes, asks as a client, and looks
//! into folders and buckets.
//!
//! A process that is killed has written what it has written: the system keeps the pages that no disk
//! has yet. So these rounds tell what survives the death of processes, not the loss of power; a sync
//! that is missing is found by the tests of the journal, on a disk that forgets what was not synced.
//!
//! **Start reading** at [`CrashRun::round`], then at [`model::Model`] and `check.rs`.
#![expect(
    clippy::disallowed_types,
    reason = "nobody matches on the errors of a test's surroundings; they end it"
)]

mod attendance;
mod chaos;
mod check;
mod cluster;
mod evidence;
mod folder_view;
mod free_ports;
mod history;
mod leftovers;
mod load;
mod look_at_shared;
mod minio;
pub mod model;
mod pattern;
mod plant;
mod round;
mod shared;
mod site;
mod tally;
mod torn_objects;

pub use chaos::{Blow, Plan};
pub use check::Patience;
pub use cluster::{CrashCluster, Part};
pub use folder_view::folder_view;
pub use free_ports::FreePorts;
pub use history::{History, Violation};
pub use minio::MinIo;
pub use pattern::Content;
pub use plant::{JournalEnd, Planted, journal_end, name_in_store};
pub use round::{CrashOptions, CrashRun};
pub use site::StoreKind;
pub use tally::Tally;
