//! [`Job`]: one piece of work, and how it is going.

use alluxio_common::{JobId, Timestamp, WorkerId};
use bytes::Bytes;

use super::plan::Plan;

/// How a job is going.
#[derive(Debug, Clone, PartialEq)]
pub enum JobStatus {
    /// It waits for a job worker.
    Created,
    /// A job worker has it.
    Running,
    /// It is done; the bytes are what it found out.
    Completed(Bytes),
    /// It did not work, for this reason.
    Failed(String),
    /// Somebody took it back.
    Canceled,
}

impl JobStatus {
    /// Whether nothing will change any more.
    pub const fn is_finished(&self) -> bool {
        match self {
            Self::Created | Self::Running => false,
            Self::Completed(_) | Self::Failed(_) | Self::Canceled => true,
        }
    }

    /// The word of Alluxio's reports.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Running => "RUNNING",
            Self::Completed(_) => "COMPLETED",
            Self::Failed(_) => "FAILED",
            Self::Canceled => "CANCELED",
        }
    }
}

/// One piece of work.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it is to do.
    pub plan: Plan,
    /// How it is going.
    pub status: JobStatus,
    /// When it was submitted.
    pub created: Timestamp,
    /// When its status last changed.
    pub updated: Timestamp,
    /// Who has it.
    pub worker: Option<WorkerId>,
    /// The host of who has or had it.
    pub worker_host: String,
}
