//! `JobMasterClientService`: what submitters and administrators ask the job master.

use std::sync::Arc;

use alluxio_common::{Clock, JobId};
use alluxio_proto::grpc;
use alluxio_proto::grpc::job as pb;
use alluxio_proto::grpc::job::job_master_client_service_server::JobMasterClientService;
use alluxio_rpc::{Call, convert};
use tonic::{Request, Response, Status};

use crate::job::{Job, JobError, JobMaster, JobMasterIdentity, JobStatus, Plan};

/// The most jobs that one listing names, newest first.
const LIST_LIMIT: usize = 100_000;

/// Answers submitters and administrators.
#[derive(Debug, Clone)]
pub struct JobClientService {
    jobs: Arc<JobMaster>,
    identity: JobMasterIdentity,
    clock: Arc<dyn Clock>,
}

impl JobClientService {
    /// Serves this job master.
    pub fn new(jobs: Arc<JobMaster>, identity: JobMasterIdentity, clock: Arc<dyn Clock>) -> Self {
        Self {
            jobs,
            identity,
            clock,
        }
    }

    fn job_info(&self, id: i64) -> Result<pb::JobInfo, JobError> {
        self.jobs.job(JobId::from_raw(id)).map(job_info)
    }
}

#[tonic::async_trait]
impl JobMasterClientService for JobClientService {
    async fn run(
        &self,
        request: Request<pb::RunPRequest>,
    ) -> Result<Response<pb::RunPResponse>, Status> {
        let call = Call::start("Run", &*self.clock);
        let bytes = request.into_inner().job_config.unwrap_or_default();
        let submitted = Plan::decode(bytes).and_then(|plan| self.jobs.run(plan));
        call.answer(submitted.map(|id| pb::RunPResponse {
            job_id: Some(id.raw()),
        }))
    }

    async fn submit(
        &self,
        _request: Request<pb::SubmitRequest>,
    ) -> Result<Response<pb::SubmitResponse>, Status> {
        let call = Call::start("Submit", &*self.clock);
        let reason = "distributed commands are not offered".to_owned();
        call.answer(Err(JobError::PlanNotUnderstood { reason }))
    }

    async fn cancel(
        &self,
        request: Request<pb::CancelPRequest>,
    ) -> Result<Response<pb::CancelPResponse>, Status> {
        let call = Call::start("Cancel", &*self.clock);
        let id = JobId::from_raw(request.get_ref().job_id());
        call.answer(self.jobs.cancel(id).map(|()| pb::CancelPResponse {}))
    }

    async fn get_job_status(
        &self,
        request: Request<pb::GetJobStatusPRequest>,
    ) -> Result<Response<pb::GetJobStatusPResponse>, Status> {
        let call = Call::start("GetJobStatus", &*self.clock);
        let info = self.job_info(request.get_ref().job_id());
        call.answer(info.map(|info| pb::GetJobStatusPResponse {
            job_info: Some(info),
        }))
    }

    async fn get_job_status_detailed(
        &self,
        request: Request<pb::GetJobStatusDetailedPRequest>,
    ) -> Result<Response<pb::GetJobStatusDetailedPResponse>, Status> {
        let call = Call::start("GetJobStatusDetailed", &*self.clock);
        let info = self.job_info(request.get_ref().job_id());
        call.answer(info.map(|info| pb::GetJobStatusDetailedPResponse {
            job_info: Some(with_task(info)),
        }))
    }

    async fn get_cmd_status(
        &self,
        request: Request<pb::GetCmdStatusRequest>,
    ) -> Result<Response<pb::GetCmdStatusResponse>, Status> {
        let call = Call::start("GetCmdStatus", &*self.clock);
        let id = request.get_ref().job_control_id();
        call.answer(Err(JobError::CommandNotFound { id }))
    }

    async fn get_cmd_status_detailed(
        &self,
        request: Request<pb::GetCmdStatusDetailedRequest>,
    ) -> Result<Response<pb::GetCmdStatusDetailedResponse>, Status> {
        let call = Call::start("GetCmdStatusDetailed", &*self.clock);
        let id = request.get_ref().job_control_id();
        call.answer(Err(JobError::CommandNotFound { id }))
    }

    async fn get_all_master_status(
        &self,
        _request: Request<pb::GetAllMasterStatusPRequest>,
    ) -> Result<Response<pb::GetAllMasterStatusPResponse>, Status> {
        let identity = &self.identity;
        let address = convert::net_address_to_proto(&identity.hostname, identity.rpc_port);
        Ok(Response::new(pb::GetAllMasterStatusPResponse {
            job_master_status: vec![pb::JobMasterStatus {
                state: Some("PRIMARY".to_owned()),
                master_address: Some(address),
                start_time: Some(identity.started.millis()),
                version: Some(grpc::BuildVersion {
                    version: Some(identity.version.clone()),
                    revision: Some(identity.revision.clone()),
                }),
            }],
        }))
    }

    async fn get_job_service_summary(
        &self,
        _request: Request<pb::GetJobServiceSummaryPRequest>,
    ) -> Result<Response<pb::GetJobServiceSummaryPResponse>, Status> {
        let summary = self.jobs.summary();
        let list = |jobs: Vec<Job>| jobs.into_iter().map(job_info).collect();
        let counts = STATUSES.map(|(name, status)| pb::StatusSummary {
            status: Some(status.into()),
            count: Some(summary.counts.get(name).copied().unwrap_or(0).cast_signed()),
        });
        Ok(Response::new(pb::GetJobServiceSummaryPResponse {
            summary: Some(pb::JobServiceSummary {
                summary_per_status: counts.to_vec(),
                recent_activities: list(summary.recent),
                recent_failures: list(summary.failed),
                longest_running: list(summary.longest),
            }),
        }))
    }

    async fn list_all(
        &self,
        request: Request<pb::ListAllPRequest>,
    ) -> Result<Response<pb::ListAllPResponse>, Status> {
        let options = request.into_inner().options.unwrap_or_default();
        let statuses: Vec<pb::Status> = options.status().collect();
        let wanted = |info: &pb::JobInfo| {
            (statuses.is_empty() || statuses.contains(&info.status()))
                && options
                    .name
                    .as_deref()
                    .is_none_or(|name| name == info.name())
        };
        let jobs = self.jobs.jobs();
        let infos: Vec<pb::JobInfo> = jobs
            .into_iter()
            .rev()
            .map(job_info)
            .filter(wanted)
            .take(LIST_LIMIT)
            .collect();
        Ok(Response::new(pb::ListAllPResponse {
            job_ids: infos.iter().map(pb::JobInfo::id).collect(),
            job_infos: if options.job_id_only() {
                Vec::new()
            } else {
                infos
            },
        }))
    }

    async fn get_all_worker_health(
        &self,
        _request: Request<pb::GetAllWorkerHealthPRequest>,
    ) -> Result<Response<pb::GetAllWorkerHealthPResponse>, Status> {
        let workers = self.jobs.workers().into_iter();
        let healths = workers.map(|(id, _address, health, _silent_for)| pb::JobWorkerHealth {
            worker_id: Some(id.raw()),
            load_average: health.load_average,
            last_updated: health.updated.map(|time| time.millis()),
            hostname: Some(health.host),
            task_pool_size: Some(health.task_pool_size),
            num_active_tasks: Some(health.active_tasks),
            unfinished_tasks: Some(health.unfinished_tasks),
            version: Some(grpc::BuildVersion {
                version: Some(health.version),
                revision: Some(health.revision),
            }),
        });
        Ok(Response::new(pb::GetAllWorkerHealthPResponse {
            worker_healths: healths.collect(),
        }))
    }
}

/// The statuses, in the order of Alluxio's reports.
const STATUSES: [(&str, pb::Status); 5] = [
    ("CREATED", pb::Status::Created),
    ("CANCELED", pb::Status::Canceled),
    ("FAILED", pb::Status::Failed),
    ("RUNNING", pb::Status::Running),
    ("COMPLETED", pb::Status::Completed),
];

fn job_info(job: Job) -> pb::JobInfo {
    // What a job found out is for the masters: a 2.9 client takes it for an object of Java, and fails.
    let (status, error) = match job.status {
        JobStatus::Created => (pb::Status::Created, None),
        JobStatus::Running => (pb::Status::Running, None),
        JobStatus::Completed(_) => (pb::Status::Completed, None),
        JobStatus::Failed(reason) => (pb::Status::Failed, Some(reason)),
        JobStatus::Canceled => (pb::Status::Canceled, None),
    };
    pb::JobInfo {
        id: Some(job.id.raw()),
        error_message: Some(error.unwrap_or_default()),
        status: Some(status.into()),
        last_updated: Some(job.updated.millis()),
        name: Some(job.plan.name().to_owned()),
        r#type: Some(pb::JobType::Plan.into()),
        worker_host: Some(job.worker_host),
        description: Some(job.plan.description().to_owned()),
        ..Default::default()
    }
}

/// The same with what its job worker says: each job of ours is one task.
fn with_task(mut job: pb::JobInfo) -> pb::JobInfo {
    job.children = vec![pb::JobInfo {
        id: Some(0),
        parent_id: job.id,
        status: job.status,
        error_message: job.error_message.clone(),
        last_updated: job.last_updated,
        r#type: Some(pb::JobType::Task.into()),
        worker_host: job.worker_host.clone(),
        ..Default::default()
    }];
    job
}

/// The status in a message about a job or a task.
pub(crate) fn status_from_proto(info: pb::JobInfo) -> JobStatus {
    match info.status() {
        pb::Status::Unknown | pb::Status::Created => JobStatus::Created,
        pb::Status::Running => JobStatus::Running,
        pb::Status::Completed => JobStatus::Completed(info.result.unwrap_or_default()),
        pb::Status::Failed => JobStatus::Failed(info.error_message.unwrap_or_default()),
        pb::Status::Canceled => JobStatus::Canceled,
    }
}
