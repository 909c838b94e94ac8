//! [`JobMasterClient`]: what a job worker tells the job master.

use alluxio_common::WorkerAddress;
use alluxio_proto::grpc::job as pb;
use alluxio_proto::grpc::job::job_master_worker_service_client::JobMasterWorkerServiceClient;
use alluxio_rpc::convert::worker_address_to_proto;
use alluxio_rpc::{Channel, ClientError, Repeat, ServiceClient};

/// The job master, as a job worker uses it.
#[derive(Debug)]
pub(super) struct JobMasterClient {
    service: ServiceClient,
}

impl JobMasterClient {
    pub(super) fn new(service: ServiceClient) -> Self {
        Self { service }
    }

    /// Registers, and returns the id for heartbeats.
    pub(super) async fn register(&self, address: &WorkerAddress) -> Result<i64, ClientError> {
        let request = pb::RegisterJobWorkerPRequest {
            worker_net_address: Some(worker_address_to_proto(address)),
            options: None,
            version: None,
        };
        let answer = self
            .service
            .call(Repeat::Always, |channel| {
                let request = request.clone();
                async move { stub(channel).register_job_worker(request).await }
            })
            .await?;
        Ok(answer.id())
    }

    /// Tells how this worker and its tasks are, and gets what to do. Not repeated when it may have
    /// arrived: the next heartbeat, with fresh reports, gets what this one has missed.
    pub(super) async fn heartbeat(
        &self,
        health: pb::JobWorkerHealth,
        tasks: Vec<pb::JobInfo>,
    ) -> Result<Vec<pb::JobCommand>, ClientError> {
        let request = pb::JobHeartbeatPRequest {
            job_worker_health: Some(health),
            task_infos: tasks,
            options: None,
        };
        let answer = self
            .service
            .call(Repeat::IfUnchanged, |channel| {
                let request = request.clone();
                async move { stub(channel).heartbeat(request).await }
            })
            .await?;
        Ok(answer.commands)
    }
}

fn stub(channel: Channel) -> JobMasterWorkerServiceClient<Channel> {
    JobMasterWorkerServiceClient::new(channel)
}
