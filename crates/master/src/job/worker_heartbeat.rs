//! What job workers tell, and what they are told.

use std::collections::{BTreeSet, HashSet};
use std::pin::pin;
use std::time::Duration;

use alluxio_common::{JobId, Timestamp, WorkerAddress, WorkerId};
use bytes::Bytes;
use tracing::{info, warn};

use super::job_master::{JobMaster, JobWorker, State};
use super::record::JobStatus;

/// How many bytes of plans go with one answer, so that it stays well below what a message may have.
/// The others go with the next ones.
const PLAN_BYTES: usize = 1 << 20;

/// How a job worker is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobWorkerHealth {
    /// Load of its machine over 1, 5 and 15 minutes.
    pub load_average: Vec<f64>,
    /// When it said so.
    pub updated: Option<Timestamp>,
    /// How many tasks it runs at once.
    pub task_pool_size: i32,
    /// How many it runs now.
    pub active_tasks: i32,
    /// How many it has.
    pub unfinished_tasks: i32,
    /// Its host.
    pub host: String,
    /// Its release.
    pub version: String,
    /// The revision that it was built from.
    pub revision: String,
}

/// How a task is going, in the words of its worker.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskReport {
    /// Which job.
    pub id: JobId,
    /// How it is going.
    pub status: JobStatus,
}

/// What a job worker is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskOrder {
    /// Run this.
    Run {
        /// The job.
        id: JobId,
        /// What to do.
        plan: Bytes,
    },
    /// Stop running this.
    Cancel {
        /// The job.
        id: JobId,
    },
    /// You are not known: register.
    Register,
}

impl JobMaster {
    /// Takes a job worker in. One that was there under this address before has started anew: its
    /// jobs are gone.
    pub fn register_worker(&self, address: WorkerAddress) -> WorkerId {
        let (now, at) = (self.clock.now(), self.clock.monotonic());
        let mut state = self.state.lock();
        let same: Vec<WorkerId> = state
            .workers
            .iter()
            .filter(|(_, worker)| worker.address == address)
            .map(|(id, _)| *id)
            .collect();
        for id in same {
            state.lose_worker(id, now, "its job worker has started anew");
        }
        let id = state.next_worker_id(now);
        info!(worker_id = %id, host = %address.host, "job worker registered");
        let health = JobWorkerHealth {
            host: address.host.clone(),
            ..JobWorkerHealth::default()
        };
        let worker = JobWorker {
            address,
            health,
            last_contact: at,
            unfinished: BTreeSet::new(),
        };
        state.workers.insert(id, worker);
        id
    }

    /// Takes a heartbeat. The answer follows from what the worker reports and what it should have,
    /// so nothing is lost with an answer that does not arrive: the next one says the same.
    pub fn worker_heartbeat(
        &self,
        id: WorkerId,
        health: JobWorkerHealth,
        reports: Vec<TaskReport>,
    ) -> Vec<TaskOrder> {
        let (now, at) = (self.clock.now(), self.clock.monotonic());
        let mut state = self.state.lock();
        let Some(worker) = state.workers.get_mut(&id) else {
            return vec![TaskOrder::Register];
        };
        worker.last_contact = at;
        worker.health = JobWorkerHealth {
            host: worker.address.host.clone(),
            ..health
        };
        let (mut reported, mut orders) = (HashSet::new(), Vec::new());
        for report in reports {
            reported.insert(report.id);
            if report.status.is_finished() {
                state.finish(report.id, report.status, now);
                continue;
            }
            let job = state.jobs.get_mut(&report.id);
            let Some(job) = job.filter(|job| job.worker == Some(id)) else {
                // Taken back, or given up and forgotten: nobody waits for it.
                orders.push(TaskOrder::Cancel { id: report.id });
                continue;
            };
            if job.status == JobStatus::Created {
                job.status = report.status;
                job.updated = now;
            }
        }
        state.push_unheard(id, &reported, &mut orders);
        orders
    }

    /// Waits until a worker that reports no tasks is to be told something, and for `patience` at
    /// most: so it hears of a job when there is one, not when its next heartbeat is due.
    pub async fn wait_for_orders(&self, id: WorkerId, patience: Duration) -> Vec<TaskOrder> {
        let wait = async {
            loop {
                let mut given = pin!(self.given.notified());
                given.as_mut().enable();
                let mut orders = Vec::new();
                self.state
                    .lock()
                    .push_unheard(id, &HashSet::new(), &mut orders);
                if !orders.is_empty() {
                    return orders;
                }
                given.await;
            }
        };
        tokio::time::timeout(patience, wait)
            .await
            .unwrap_or_default()
    }

    /// Gives up job workers that have been silent for too long, and forgets old jobs.
    pub fn detect_lost_workers(&self) {
        let (now, at) = (self.clock.now(), self.clock.monotonic());
        let mut state = self.state.lock();
        let silent =
            |worker: &JobWorker| at.saturating_sub(worker.last_contact) > self.conf.worker_timeout;
        let lost: Vec<WorkerId> = state
            .workers
            .iter()
            .filter(|(_, worker)| silent(worker))
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            warn!(worker_id = %id, silent_for = ?self.conf.worker_timeout, "job worker lost");
            state.lose_worker(id, now, "its job worker was lost");
        }
        self.forget_finished(&mut state, now, self.conf.retention);
    }

    /// How all job workers are, with the seconds since they were last heard.
    pub fn workers(&self) -> Vec<(WorkerId, WorkerAddress, JobWorkerHealth, Duration)> {
        let at = self.clock.monotonic();
        let state = self.state.lock();
        state
            .workers
            .iter()
            .map(|(id, worker)| {
                let silent_for = at.saturating_sub(worker.last_contact);
                (
                    *id,
                    worker.address.clone(),
                    worker.health.clone(),
                    silent_for,
                )
            })
            .collect()
    }
}

impl State {
    /// Orders what the worker should run and does not report: it has not heard of it yet, or had no
    /// room for it.
    fn push_unheard(&self, id: WorkerId, reported: &HashSet<JobId>, orders: &mut Vec<TaskOrder>) {
        let Some(worker) = self.workers.get(&id) else {
            return;
        };
        let mut plan_bytes = 0;
        for job in &worker.unfinished {
            let Some(job) = self.jobs.get(job).filter(|job| {
                // One that it has reported before ends with its report, or with the worker.
                job.status == JobStatus::Created && !reported.contains(&job.id)
            }) else {
                continue;
            };
            if plan_bytes >= PLAN_BYTES {
                return;
            }
            let plan = job.plan.bytes();
            plan_bytes += plan.len();
            orders.push(TaskOrder::Run { id: job.id, plan });
        }
    }

    fn lose_worker(&mut self, id: WorkerId, now: Timestamp, reason: &str) {
        let jobs: Vec<JobId> = self
            .jobs
            .values()
            .filter(|job| job.worker == Some(id))
            .map(|job| job.id)
            .collect();
        for job in jobs {
            self.finish(job, JobStatus::Failed(reason.to_owned()), now);
        }
        self.workers.remove(&id);
    }
}
