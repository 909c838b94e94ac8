//! [`JobService`]: who copies the bytes.

use std::fmt;

use alluxio_common::{BoxedError, Describe, ErrorCode, JobId};
use alluxio_proto::grpc::job as pb;
use alluxio_proto::grpc::job::job_master_client_service_client::JobMasterClientServiceClient;
use alluxio_proto::job_plan::JobPlan;
use alluxio_rpc::{Repeat, ServiceClient};
use async_trait::async_trait;
use bytes::Bytes;
use prost::Message;

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOutcome {
    /// It has not ended.
    Running,
    /// It did what was asked.
    Completed,
    /// It did not, or it was cancelled.
    Failed(String),
    /// Nobody knows the job any more: it may have done what was asked.
    Forgotten,
}

/// Runs jobs.
#[async_trait]
pub trait JobService: Send + Sync + fmt::Debug + 'static {
    /// Hands a job in.
    ///
    /// # Errors
    /// When the service cannot be reached or cannot take the job now.
    async fn run(&self, plan: JobPlan) -> Result<JobId, BoxedError>;

    /// How a job stands.
    ///
    /// # Errors
    /// When the service cannot be reached.
    async fn outcome(&self, id: JobId) -> Result<JobOutcome, BoxedError>;
}

/// The job master of the cluster.
#[derive(Debug)]
pub struct RemoteJobService {
    client: ServiceClient,
}

impl RemoteJobService {
    /// `client` must be one of [`alluxio_rpc::ServiceConf::JOB_MASTER`].
    pub fn new(client: ServiceClient) -> Self {
        Self { client }
    }
}

#[async_trait]
impl JobService for RemoteJobService {
    async fn run(&self, plan: JobPlan) -> Result<JobId, BoxedError> {
        let request = pb::RunPRequest {
            job_config: Some(Bytes::from(plan.encode_to_vec())),
            options: None,
        };
        // A job that was handed in twice copies to one temporary name twice, so it is not.
        let answer = self.client.call(Repeat::IfUnchanged, |channel| {
            let request = request.clone();
            async move {
                JobMasterClientServiceClient::new(channel)
                    .run(request)
                    .await
            }
        });
        let response = answer.await.map_err(BoxedError::new)?;
        Ok(JobId::from_raw(response.job_id()))
    }

    async fn outcome(&self, id: JobId) -> Result<JobOutcome, BoxedError> {
        let request = pb::GetJobStatusPRequest {
            job_id: Some(id.raw()),
            options: None,
        };
        let answer = self.client.call(Repeat::Always, |channel| async move {
            JobMasterClientServiceClient::new(channel)
                .get_job_status(request)
                .await
        });
        match answer.await {
            Ok(response) => Ok(outcome(response.job_info.unwrap_or_default())),
            Err(error) if error.code() == ErrorCode::PathNotFound => Ok(JobOutcome::Forgotten),
            Err(error) => Err(BoxedError::new(error)),
        }
    }
}

fn outcome(info: pb::JobInfo) -> JobOutcome {
    match info.status() {
        pb::Status::Unknown | pb::Status::Created | pb::Status::Running => JobOutcome::Running,
        pb::Status::Completed => JobOutcome::Completed,
        pb::Status::Canceled => JobOutcome::Failed("the job was cancelled".to_owned()),
        pb::Status::Failed => JobOutcome::Failed(info.error_message.unwrap_or_default()),
    }
}
