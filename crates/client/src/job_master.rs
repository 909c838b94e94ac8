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
