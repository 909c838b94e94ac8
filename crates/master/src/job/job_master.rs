//! [`JobMaster`]: the struct, and what submitters ask.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Clock, JobId, Timestamp, WorkerAddress, WorkerId};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::error::JobError;
use super::plan::Plan;
use super::record::{Job, JobStatus};
use super::worker_heartbeat::JobWorkerHealth;

/// What the job master takes from the configuration.
#[derive(Debug, Clone)]
pub struct JobMasterConf {
    /// `alluxio.job.master.job.capacity`
    pub capacity: usize,
    /// `alluxio.job.master.finished.job.retention.time`
    pub retention: Duration,
    /// `alluxio.job.master.worker.timeout`
    pub worker_timeout: Duration,
}

impl Default for JobMasterConf {
    fn default() -> Self {
        Self {
            capacity: 100_000,
            retention: Duration::from_secs(60),
            worker_timeout: Duration::from_secs(60),
        }
    }
}

/// Jobs and job workers. One short lock: jobs come at most a few thousand times a second.
#[derive(Debug)]
pub struct JobMaster {
    pub(super) conf: JobMasterConf,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) state: Mutex<State>,
    /// Told when a worker is given a job.
    pub(super) given: Notify,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) jobs: BTreeMap<JobId, Job>,
    pub(super) workers: BTreeMap<WorkerId, JobWorker>,
    last_id: i64,
    last_worker_id: i64,
}

/// A job worker.
#[derive(Debug)]
pub(super) struct JobWorker {
    pub(super) address: WorkerAddress,
    pub(super) health: JobWorkerHealth,
    pub(super) last_contact: Duration,
    /// Jobs that are its own and not finished, whether it has heard of them or not.
    pub(super) unfinished: BTreeSet<JobId>,
}

/// Counts and lists for `fsadmin report jobservice`.
#[derive(Debug, Clone, Default)]
pub struct JobSummary {
    /// How many jobs are in each status.
    pub counts: BTreeMap<&'static str, u64>,
    /// The jobs that changed last, newest first.
    pub recent: Vec<Job>,
    /// The jobs that failed last, newest first.
    pub failed: Vec<Job>,
    /// The jobs that have been running longest.
    pub longest: Vec<Job>,
}

/// How many jobs each list of a summary has.
const SUMMARY_ROWS: usize = 10;

impl JobMaster {
    /// No jobs and no workers.
    pub fn new(conf: JobMasterConf, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            conf,
            clock,
            state: Mutex::default(),
            given: Notify::new(),
        })
    }

    /// Takes a job and gives it to the least loaded job worker, near its data if there is one.
    ///
    /// # Errors
    /// When the capacity is reached or no job worker is registered.
    pub fn run(&self, plan: Plan) -> Result<JobId, JobError> {
        let now = self.clock.now();
        let mut state = self.state.lock();
        if state.jobs.len() >= self.conf.capacity {
            self.forget_finished(&mut state, now, Duration::ZERO);
        }
        if state.jobs.len() >= self.conf.capacity {
            return Err(JobError::Full {
                capacity: self.conf.capacity,
            });
        }
        let worker_id = state.choose_worker(plan.near()).ok_or(JobError::NoWorker)?;
        let id = state.next_id(now);
        let Some(worker) = state.workers.get_mut(&worker_id) else {
            return Err(JobError::NoWorker);
        };
        worker.unfinished.insert(id);
        let job = Job {
            id,
            plan,
            status: JobStatus::Created,
            created: now,
            updated: now,
            worker: Some(worker_id),
            worker_host: worker.address.host.clone(),
        };
        state.jobs.insert(id, job);
        self.given.notify_waiters();
        Ok(id)
    }

    /// How a job is going.
    ///
    /// # Errors
    /// When no job has this id.
    pub fn job(&self, id: JobId) -> Result<Job, JobError> {
        self.state
            .lock()
            .jobs
            .get(&id)
            .cloned()
            .ok_or(JobError::JobNotFound { id })
    }

    /// Takes a job back; one that is finished stays as it is. Its worker hears of it when it next
    /// reports the task.
    ///
    /// # Errors
    /// When no job has this id.
    pub fn cancel(&self, id: JobId) -> Result<(), JobError> {
        let mut state = self.state.lock();
        let now = self.clock.now();
        if !state.jobs.contains_key(&id) {
            return Err(JobError::JobNotFound { id });
        }
        state.finish(id, JobStatus::Canceled, now);
        Ok(())
    }

    /// All jobs, in the order in which they came.
    pub fn jobs(&self) -> Vec<Job> {
        self.state.lock().jobs.values().cloned().collect()
    }

    /// Counts and lists.
    pub fn summary(&self) -> JobSummary {
        let jobs = self.jobs();
        let mut counts: BTreeMap<&'static str, u64> =
            ["CREATED", "CANCELED", "FAILED", "RUNNING", "COMPLETED"]
                .map(|name| (name, 0))
                .into();
        for job in &jobs {
            *counts.entry(job.status.as_str()).or_default() += 1;
        }
        let top = |wanted: &dyn Fn(&Job) -> bool, oldest_first: bool| {
            let mut list: Vec<Job> = jobs.iter().filter(|job| wanted(job)).cloned().collect();
            list.sort_by_key(|job| {
                if oldest_first {
                    job.created
                } else {
                    job.updated
                }
            });
            if !oldest_first {
                list.reverse();
            }
            list.truncate(SUMMARY_ROWS);
            list
        };
        JobSummary {
            recent: top(&|_| true, false),
            failed: top(&|job| matches!(job.status, JobStatus::Failed(_)), false),
            longest: top(&|job| job.status == JobStatus::Running, true),
            counts,
        }
    }

    /// Forgets finished jobs whose time is over.
    pub(super) fn forget_finished(&self, state: &mut State, now: Timestamp, retention: Duration) {
        let retention = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
        state.jobs.retain(|_, job| {
            !job.status.is_finished() || now.millis() - job.updated.millis() < retention
        });
    }
}

impl State {
    /// Ids grow with time, so that those of an earlier process are never given again.
    fn next_id(&mut self, now: Timestamp) -> JobId {
        self.last_id = now.millis().max(self.last_id + 1);
        JobId::from_raw(self.last_id)
    }

    /// As [`State::next_id`]: an id says which start of which worker is meant.
    pub(super) fn next_worker_id(&mut self, now: Timestamp) -> WorkerId {
        self.last_worker_id = now.millis().max(self.last_worker_id + 1);
        WorkerId::from_raw(self.last_worker_id)
    }

    fn choose_worker(&self, near: &[String]) -> Option<WorkerId> {
        let least = |workers: &mut dyn Iterator<Item = (&WorkerId, &JobWorker)>| {
            workers
                .min_by_key(|(_, worker)| worker.unfinished.len())
                .map(|(id, _)| *id)
        };
        let mut local = self
            .workers
            .iter()
            .filter(|(_, worker)| near.contains(&worker.address.host));
        least(&mut local).or_else(|| least(&mut self.workers.iter()))
    }

    /// Changes the status of a job that is not finished.
    pub(super) fn finish(&mut self, id: JobId, status: JobStatus, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&id) else {
            return;
        };
        if job.status.is_finished() {
            return;
        }
        job.status = status;
        job.updated = now;
        let worker = job.worker.take();
        if let Some(worker) = worker.and_then(|worker| self.workers.get_mut(&worker)) {
            worker.unfinished.remove(&id);
        }
    }
}
