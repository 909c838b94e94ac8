//! Snapshots of the state, so that the log before them can go.
//!
//! **Owns** the checkpoint file: named sections, each a sequence of chunks with a checksum, and a
//! footer that says where they are; how one is written so that a crash leaves the old one; how one
//! is verified before it is trusted.
//! **Must never know** what a section holds.
//! **Start reading** at [`CheckpointSource`] (writing) and [`Checkpoint`] (reading).

mod format;
mod read;
mod source;
mod write;

pub use format::MAX_CHUNK;
pub use read::{Checkpoint, Section};
pub use source::{CheckpointInfo, CheckpointSink, CheckpointSource};

pub(crate) use write::{CheckpointFile, write_checkpoint_file};
