//! The master as a process: its settings, its start, its end, and formatting.
//!
//! **Owns** the only place of this crate that reads configuration, and the order in which the parts
//! of a master come up and go down.
//! **Must never know** what an operation does.
//! **Start reading** at [`MasterProcess::start`], then `conf.rs`.

mod checkpoints;
mod conf;
mod error;
mod format;
mod journal;
mod master_process;
mod metrics;
mod root_store;

pub use conf::{InvalidMasterConf, JournalConf, MasterConf, MasterIntervals, ProgramVersion};
pub use error::StartMasterError;
pub use format::{FormatMasterError, format_master};
pub use master_process::{MasterDeps, MasterProcess};
pub use root_store::RootStoreProblem;

#[cfg(test)]
mod tests;
