//! [`Plan`]: what a job is to do, as far as the job master looks into it.

use alluxio_proto::job_plan::{JobPlan, job_plan};
use bytes::Bytes;
use prost::Message;

use super::error::JobError;

/// What a job is to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    bytes: Bytes,
    name: &'static str,
    description: String,
    near: Vec<String>,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// When the bytes are none, or of a kind that this release does not know.
    pub fn decode(bytes: Bytes) -> Result<Self, JobError> {
        let not_understood = |reason: String| JobError::PlanNotUnderstood { reason };
        let plan =
            JobPlan::decode(bytes.clone()).map_err(|error| not_understood(error.to_string()))?;
        match plan.plan {
            Some(job_plan::Plan::Persist(persist)) => Ok(Self {
                bytes,
                name: "Persist",
                description: format!(
                    "PersistConfig{{filePath={}, mountId={}, overwrite=false, ufsPath={}}}",
                    persist.path, persist.mount_id, persist.temporary_ufs_path
                ),
                near: persist.near,
            }),
            None => Err(not_understood("it is of no known kind".to_owned())),
        }
    }

    /// The kind of job, as reports name it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// One line for reports.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Hosts on which it would run best.
    pub(super) fn near(&self) -> &[String] {
        &self.near
    }

    /// The plan as the job worker reads it.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
}
