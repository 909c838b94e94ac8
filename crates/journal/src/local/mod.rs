//! The journal in a folder: one owner, segments and checkpoints as files.
//!
//! **Owns** the folder (its lock, its format marker, what is kept and what goes), recovery at start,
//! and the thread that writes. It serves the journal types UFS on a local or shared folder, and
//! EMBEDDED with one master, which is the same log with a quorum of one.
//! **Must never know** what an entry means.
//! **Start reading** at [`Recovery`], which ends in a [`LocalJournal`].

mod collect;
mod conf;
mod folder;
mod journal;
mod queue;
mod recovery;
mod spare;
mod writer;

pub use conf::LocalJournalConf;
pub use folder::{FormatRequest, format, is_formatted};
pub use journal::LocalJournal;
pub use recovery::{Recovery, ReplayReport, Replayed};

pub(crate) use folder::Folder;

#[cfg(test)]
mod tests;
