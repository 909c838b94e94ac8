//! A worker as a process: its settings, its start and its end, and formatting.
//!
//! **Owns** the only place of this crate that reads configuration, and the order in which the parts
//! of a worker come up and go down.
//! **Must never know** what a call or a block does.
//! **Start reading** at [`WorkerProcess::start`], then `conf.rs`.

mod conf;
mod format;
mod worker_process;

pub use conf::{DomainSocketConf, InvalidWorkerConf, ProgramVersion, WorkerConf};
pub use format::{FormatWorkerError, format};
pub use worker_process::{StartWorkerError, WorkerDeps, WorkerProcess};
