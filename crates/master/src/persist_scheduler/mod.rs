//! Getting files into the store by the job service: `ASYNC_THROUGH`, and `fs persist`.
//!
//! **Owns** how many files are on their way at once, which job carries which file, and what becomes
//! of a file whose job failed or was forgotten.
//! **Must never know** how a job is run, or how a file gets its name in the store.
//! **Start reading** at [`PersistScheduler`].

mod job_service;
mod scheduler;

#[cfg(test)]
mod tests;

pub use job_service::{JobOutcome, JobService, RemoteJobService};
pub use scheduler::{PersistMetrics, PersistScheduler};
