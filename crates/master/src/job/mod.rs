//! The job master: hands long work to job workers, and knows how it went.
//!
//! **Owns** jobs, their tasks and the registry of job workers, in memory. Jobs are lost with the
//! process: whoever submitted them asks, is told that the job is unknown, and submits again.
//! **Must never know** inodes, blocks or stores: a plan is bytes that a job worker understands; only
//! the fields that say where it should run are read here.
//! **Start reading** at [`JobMaster`].

mod error;
mod identity;
mod job_master;
mod plan;
mod process;
mod record;
mod web;
mod worker_heartbeat;

pub use error::JobError;
pub use identity::JobMasterIdentity;
pub use job_master::{JobMaster, JobMasterConf, JobSummary};
pub use plan::Plan;
pub use process::{JobMasterProcess, JobMasterProcessConf, JobMasterProcessDeps, ListenError};
pub use record::{Job, JobStatus};
pub use worker_heartbeat::{JobWorkerHealth, TaskOrder, TaskReport};

#[cfg(test)]
mod tests;
