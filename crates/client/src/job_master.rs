//! [`JobMasterClient`]: the job service, for reports.

use alluxio_proto::grpc::job as pb;
use alluxio_proto::grpc::job::job_master_client_service_client::JobMasterClientServiceClient;

use crate::connect::{MASTER_MESSAGE_LIMIT, MasterCaller};
use crate::error::ClientError;

/// Asks the job master about jobs and job workers. Reports are returned as messages.
#[derive(Debug, Clone)]
pub struct JobMasterClient {
    caller: MasterCaller,
}

impl JobMasterClient {
    pub(crate) fn new(caller: MasterCaller) -> Self {
        Self { caller }
    }

    /// How the job workers are.
    ///
    /// # Errors
    /// When the job master cannot be reached.
    pub async fn worker_health(&self) -> Result<Vec<pb::JobWorkerHealth>, ClientError> {
        let response = self
            .caller
            .call(
                pb::GetAllWorkerHealthPRequest { options: None },
                |channel, request| async move {
                    JobMasterClientServiceClient::new(channel)
                        .max_decoding_message_size(MASTER_MESSAGE_LIMIT)
                        .get_all_worker_health(request)
                        .await
                },
            )
            .await?;
        Ok(response.worker_healths)
    }

    /// The job masters.
    ///
    /// # Errors
    /// When the job master cannot be reached.
    pub async fn master_status(&self) -> Result<Vec<pb::JobMasterStatus>, ClientError> {
        let request = pb::GetAllMasterStatusPRequest { options: None };
        let asked = self.caller.call(request, |channel, request| async move {
            JobMasterClientServiceClient::new(channel)
                .get_all_master_status(request)
                .await
        });
        Ok(asked.await?.job_master_status)
    }

    /// All jobs that the job master remembers, newest first.
    ///
    /// # Errors
    /// When the job master cannot be reached.
    pub async fn list(&self) -> Result<Vec<pb::JobInfo>, ClientError> {
        let request = pb::ListAllPRequest { options: None };
        let asked = self.caller.call(request, |channel, request| async move {
            JobMasterClientServiceClient::new(channel)
                .max_decoding_message_size(MASTER_MESSAGE_LIMIT)
                .list_all(request)
                .await
        });
        Ok(asked.await?.job_infos)
    }

    /// One job, with its tasks.
    ///
    /// # Errors
    /// `PathNotFound` when no job has this id.
    pub async fn job(&self, id: i64) -> Result<pb::JobInfo, ClientError> {
        let request = pb::GetJobStatusDetailedPRequest {
            job_id: Some(id),
            options: None,
        };
        let asked = self.caller.call(request, |channel, request| async move {
            JobMasterClientServiceClient::new(channel)
                .max_decoding_message_size(MASTER_MESSAGE_LIMIT)
                .get_job_status_detailed(request)
                .await
        });
        Ok(asked.await?.job_info.unwrap_or_default())
    }

    /// Takes a job back.
    ///
    /// # Errors
    /// `PathNotFound` when no job has this id.
    pub async fn cancel(&self, id: i64) -> Result<(), ClientError> {
        let request = pb::CancelPRequest {
            job_id: Some(id),
            options: None,
        };
        let asked = self.caller.call(request, |channel, request| async move {
            JobMasterClientServiceClient::new(channel)
                .cancel(request)
                .await
        });
        asked.await.map(drop)
    }

    /// How the jobs of one command are going.
    ///
    /// # Errors
    /// `PathNotFound` when no command has this id.
    pub async fn command_status(&self, id: i64) -> Result<pb::CmdStatusBlock, ClientError> {
        let request = pb::GetCmdStatusDetailedRequest {
            job_control_id: Some(id),
            options: None,
        };
        let asked = self.caller.call(request, |channel, request| async move {
            JobMasterClientServiceClient::new(channel)
                .max_decoding_message_size(MASTER_MESSAGE_LIMIT)
                .get_cmd_status_detailed(request)
                .await
        });
        Ok(asked.await?.cmd_status_block.unwrap_or_default())
    }

    /// Counts of jobs by status, and the latest, failed and longest ones.
    ///
    /// # Errors
    /// When the job master cannot be reached.
    pub async fn summary(&self) -> Result<pb::JobServiceSummary, ClientError> {
        let request = pb::GetJobServiceSummaryPRequest { options: None };
        let response = self
            .caller
            .call(request, |channel, request| async move {
                JobMasterClientServiceClient::new(channel)
                    .max_decoding_message_size(MASTER_MESSAGE_LIMIT)
                    .get_job_service_summary(request)
                    .await
            })
            .await?;
        Ok(response.summary.unwrap_or_default())
    }
}
