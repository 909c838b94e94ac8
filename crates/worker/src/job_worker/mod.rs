//! The job worker: runs the tasks that the job master hands out.
//!
//! **Owns** the tasks of this process: their number at once, their results until the job master has
//! them.
//! **Must never know** which job worker is the right one, or what becomes of a result. A task must
//! bear being run twice: it is handed out again when its result is lost.
//! **Start reading** at [`JobWorkerProcess`], then at `persist.rs` for a task.

mod job_master_client;
mod persist;
mod process;
mod runner;
mod web;

pub use process::{JobWorkerConf, JobWorkerDeps, JobWorkerProcess, StartJobWorkerError};
