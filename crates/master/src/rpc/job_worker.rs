//! `JobMasterWorkerService`: what job workers tell, and what they are told.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{JobId, Timestamp, WorkerId};
use alluxio_proto::grpc::job as pb;
use alluxio_proto::grpc::job::job_master_worker_service_server::JobMasterWorkerService;
use alluxio_rpc::convert;
use tonic::{Request, Response, Status};

use super::job_client::status_from_proto;
use crate::job::{JobMaster, JobWorkerHealth, TaskOrder, TaskReport};

/// Each job of ours is one task.
const ONLY_TASK: i64 = 0;

/// How long the heartbeat of an idle worker waits for something to do: less than an interval of
/// heartbeats, so that a worker is not late with the next one.
const PATIENCE: Duration = Duration::from_millis(900);

/// Answers job workers.
#[derive(Debug, Clone)]
pub struct JobWorkerService {
    jobs: Arc<JobMaster>,
}

impl JobWorkerService {
    /// Serves this job master.
    pub fn new(jobs: Arc<JobMaster>) -> Self {
        Self { jobs }
    }
}

#[tonic::async_trait]
impl JobMasterWorkerService for JobWorkerService {
    async fn register_job_worker(
        &self,
        request: Request<pb::RegisterJobWorkerPRequest>,
    ) -> Result<Response<pb::RegisterJobWorkerPResponse>, Status> {
        let address = request.into_inner().worker_net_address.unwrap_or_default();
        let address = convert::worker_address_from_proto(&address)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let id = self.jobs.register_worker(address);
        Ok(Response::new(pb::RegisterJobWorkerPResponse {
            id: Some(id.raw()),
        }))
    }

    async fn heartbeat(
        &self,
        request: Request<pb::JobHeartbeatPRequest>,
    ) -> Result<Response<pb::JobHeartbeatPResponse>, Status> {
        let request = request.into_inner();
        let health = request.job_worker_health.unwrap_or_default();
        let reports = request.task_infos.into_iter().map(|info| TaskReport {
            // A task names the job that it is a part of.
            id: JobId::from_raw(info.parent_id()),
            status: status_from_proto(info),
        });
        let reports: Vec<TaskReport> = reports.collect();
        let id = WorkerId::from_raw(health.worker_id());
        let is_idle = reports.is_empty();
        let mut orders = self
            .jobs
            .worker_heartbeat(id, health_from_proto(health), reports);
        // A worker that runs something has to come back as soon as that ends.
        if is_idle && orders.is_empty() {
            orders = self.jobs.wait_for_orders(id, PATIENCE).await;
        }
        let commands = orders.into_iter().map(command).collect();
        Ok(Response::new(pb::JobHeartbeatPResponse { commands }))
    }
}

fn health_from_proto(health: pb::JobWorkerHealth) -> JobWorkerHealth {
    let build = health.version.clone().unwrap_or_default();
    JobWorkerHealth {
        updated: health.last_updated.map(Timestamp::from_millis),
        task_pool_size: health.task_pool_size(),
        active_tasks: health.num_active_tasks(),
        unfinished_tasks: health.unfinished_tasks(),
        load_average: health.load_average,
        host: health.hostname.unwrap_or_default(),
        version: build.version.unwrap_or_default(),
        revision: build.revision.unwrap_or_default(),
    }
}

fn command(order: TaskOrder) -> pb::JobCommand {
    match order {
        TaskOrder::Run { id, plan } => pb::JobCommand {
            run_task_command: Some(pb::RunTaskCommand {
                job_id: Some(id.raw()),
                task_id: Some(ONLY_TASK),
                job_config: Some(plan),
                task_args: None,
            }),
            ..Default::default()
        },
        TaskOrder::Cancel { id } => pb::JobCommand {
            cancel_task_command: Some(pb::CancelTaskCommand {
                job_id: Some(id.raw()),
                task_id: Some(ONLY_TASK),
            }),
            ..Default::default()
        },
        TaskOrder::Register => pb::JobCommand {
            register_command: Some(pb::RegisterCommand {}),
            ..Default::default()
        },
    }
}
