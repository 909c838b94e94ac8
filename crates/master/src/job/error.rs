//! [`JobError`]: what a submitter or a job worker can be told.

use alluxio_common::{Describe, ErrorCode, Fact, JobId};

/// What a submitter or a job worker can be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// No job has this id; it may have been forgotten with an earlier process.
    #[error("Job with id {id} is not found")]
    JobNotFound {
        /// What was given.
        id: JobId,
    },
    /// No command of several jobs has this id.
    #[error("Cannot find the command with jobControlId {id}")]
    CommandNotFound {
        /// What was given.
        id: i64,
    },
    /// The plan is nothing that this release can run.
    #[error("the plan of the job is not understood: {reason}")]
    PlanNotUnderstood {
        /// What is wrong with it.
        reason: String,
    },
    /// As many jobs are waiting as the capacity allows.
    #[error("Job master is at full capacity of {capacity} jobs")]
    Full {
        /// `alluxio.job.master.job.capacity`
        capacity: usize,
    },
    /// Nobody can run jobs.
    #[error("no job worker is registered")]
    NoWorker,
}

impl Describe for JobError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::JobNotFound { .. } | Self::CommandNotFound { .. } => ErrorCode::PathNotFound,
            Self::PlanNotUnderstood { .. } => ErrorCode::InvalidArgument,
            Self::Full { .. } => ErrorCode::Busy,
            Self::NoWorker => ErrorCode::Unavailable,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::JobNotFound { id } => vec![("job_id", id.to_string())],
            Self::Full { capacity } => vec![("limit", capacity.to_string())],
            Self::CommandNotFound { .. } | Self::PlanNotUnderstood { .. } | Self::NoWorker => {
                Vec::new()
            }
        }
    }
}
