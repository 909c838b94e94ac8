//! The ordered, durable log of byte records, and the checkpoints that keep it short.
//!
//! **Owns** sequence numbers, frames, segments, group commit, checkpoints, recovery after a crash or
//! a failed disk, and the exclusion of a second owner.
//! **Must never know** what a record means: no inode, no block, no gRPC. A record is bytes that a
//! [`Journaled`] state understands.
//! **Start reading** at [`Journal`] (what a master calls), then [`local`] (segments in a folder), and
//! `docs/formats/journal.md` for every byte on disk.

pub mod checkpoint;
pub mod contract;
pub mod disk;
pub mod local;

mod error;
mod file_header;
mod inspect;
mod journal;
mod journaled;
mod noop;
mod progress;
mod segment;

pub use checkpoint::{Checkpoint, CheckpointInfo, CheckpointSink, CheckpointSource};
pub use error::{DamageKind, JournalError};
pub use file_header::FormatId;
pub use inspect::{InspectedEntry, Inspector, inspect};
pub use journal::{Health, Journal, JournalStatus};
pub use journaled::Journaled;
pub use local::{LocalJournal, LocalJournalConf, Recovery, ReplayReport};
pub use noop::NoopJournal;
pub use progress::{Admit, Progress, ProgressLimits, WaitDurable};
