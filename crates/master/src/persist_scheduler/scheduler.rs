//! [`PersistScheduler`]: hands files to the job service, and takes note of what became of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::metrics::{Counter, Metrics, name};
use alluxio_common::{JobId, Tasks};
use alluxio_proto::job_plan::{JobPlan, PersistPlan, job_plan};
use futures::future::join_all;
use futures::{StreamExt, stream};
use tracing::{debug, warn};

use super::job_service::{JobOutcome, JobService};
use crate::file_system::{BlockLocations, FileSystemMaster, PersistTask};

/// How many files are on their way at once. Enough to keep a large cluster's job workers busy, few
/// enough that asking for each one costs little.
const IN_FLIGHT: usize = 1_000;

/// How many calls to the job master, or to a store, run at once.
const CALLS_AT_ONCE: usize = 32;

/// How often jobs are asked for while many are running.
const POLL: Duration = Duration::from_millis(200);

/// The same while no more are running than are asked for at once: what somebody who waits for a file
/// may notice.
const POLL_FEW: Duration = Duration::from_millis(20);

/// What is counted.
#[derive(Debug, Clone)]
pub struct PersistMetrics {
    succeeded: Counter,
    failed: Counter,
    files: Counter,
}

impl PersistMetrics {
    /// Puts the counters into the registry.
    pub fn new(metrics: &Metrics) -> Self {
        Self {
            succeeded: metrics.counter(name::MASTER_ASYNC_PERSIST_SUCCESS),
            failed: metrics.counter(name::MASTER_ASYNC_PERSIST_FAIL),
            files: metrics.counter(name::MASTER_ASYNC_PERSIST_FILE_COUNT),
        }
    }
}

/// Hands files to the job service, and takes note of what became of them. What it knows is lost
/// with the process; the namespace then hands all files out again.
#[derive(Debug)]
pub struct PersistScheduler {
    files: Arc<FileSystemMaster>,
    blocks: Arc<dyn BlockLocations>,
    jobs: Arc<dyn JobService>,
    metrics: PersistMetrics,
    in_flight: HashMap<JobId, PersistTask>,
}

impl PersistScheduler {
    /// Nothing is on its way.
    pub fn new(
        files: Arc<FileSystemMaster>,
        blocks: Arc<dyn BlockLocations>,
        jobs: Arc<dyn JobService>,
        metrics: PersistMetrics,
    ) -> Self {
        Self {
            files,
            blocks,
            jobs,
            metrics,
            in_flight: HashMap::new(),
        }
    }

    /// Goes on until the tasks stop. A new file is handed in at once; a file whose time has come
    /// waits for `interval` at most.
    pub fn start(mut self, tasks: &Tasks, interval: Duration) {
        tasks.spawn("persist scheduler", async move {
            loop {
                self.round().await;
                let pause = match self.in_flight.len() {
                    0 => interval,
                    1..=CALLS_AT_ONCE => POLL_FEW.min(interval),
                    _ => POLL.min(interval),
                };
                // Whichever comes first, the next round does all there is to do.
                let files = Arc::clone(&self.files);
                tokio::time::timeout(pause, files.persist_requested())
                    .await
                    .ok();
            }
        });
    }

    /// Asks for what is on its way, then hands in what waits.
    pub(super) async fn round(&mut self) {
        self.poll().await;
        self.submit().await;
    }

    async fn poll(&mut self) {
        let ids: Vec<JobId> = self.in_flight.keys().copied().collect();
        let jobs = Arc::clone(&self.jobs);
        let asked = stream::iter(ids).map(|id| {
            let jobs = Arc::clone(&jobs);
            async move { (id, jobs.outcome(id).await) }
        });
        let mut answers = asked.buffer_unordered(CALLS_AT_ONCE);
        let mut ended = Vec::new();
        while let Some((id, answer)) = answers.next().await {
            match answer {
                Ok(JobOutcome::Running) => {}
                Ok(outcome) => ended.extend(self.in_flight.remove(&id).map(|task| (task, outcome))),
                Err(error) => {
                    // The others would learn the same.
                    debug!(%error, "the job master does not answer");
                    break;
                }
            }
        }
        drop(answers);
        stream::iter(ended)
            .for_each_concurrent(CALLS_AT_ONCE, |(task, outcome)| self.note(task, outcome))
            .await;
    }

    async fn note(&self, task: PersistTask, outcome: JobOutcome) {
        let (id, mount) = (task.file_id, task.mount_id);
        let noted = match outcome {
            JobOutcome::Running => return,
            JobOutcome::Completed => match self.files.persisted(id, mount, &task.temporary).await {
                Ok(()) => {
                    self.metrics.succeeded.increment();
                    return;
                }
                Err(error) => Err(error),
            },
            JobOutcome::Failed(reason) => self.files.persist_failed(id, &reason).await,
        };
        self.metrics.failed.increment();
        // The next try makes a copy of its own.
        self.files.discard_copy(mount, &task.temporary).await;
        if let Err(error) = noted {
            warn!(path = %task.path, %error, "file could not be persisted");
        }
    }

    /// One file goes first, so that a service that is not there is asked once and not a thousand
    /// times.
    async fn submit(&mut self) {
        let room = IN_FLIGHT.saturating_sub(self.in_flight.len());
        let mut waiting = self.files.files_to_persist(room);
        let mut at_once = 1;
        while !waiting.is_empty() {
            let batch: Vec<PersistTask> = waiting.drain(..at_once.min(waiting.len())).collect();
            if !self.submit_batch(batch).await {
                for task in waiting {
                    self.files.persist_postponed(task.file_id);
                }
                return;
            }
            at_once = CALLS_AT_ONCE;
        }
    }

    /// Returns whether the service took them all.
    async fn submit_batch(&mut self, batch: Vec<PersistTask>) -> bool {
        let calls = batch.iter().map(|task| self.jobs.run(self.plan(task)));
        let answers = join_all(calls).await;
        let mut took_all = true;
        for (task, answer) in batch.into_iter().zip(answers) {
            match answer {
                Ok(id) => {
                    self.metrics.files.increment();
                    self.in_flight.insert(id, task);
                }
                Err(error) => {
                    // Nobody is there to do it, which is not the file's fault.
                    debug!(path = %task.path, %error, "file waits for the job service");
                    self.files.persist_postponed(task.file_id);
                    took_all = false;
                }
            }
        }
        took_all
    }

    fn plan(&self, task: &PersistTask) -> JobPlan {
        let copies = task
            .block_ids
            .iter()
            .flat_map(|block| self.blocks.copies(*block));
        let near: BTreeSet<String> = copies.map(|copy| copy.address.host.clone()).collect();
        JobPlan {
            plan: Some(job_plan::Plan::Persist(PersistPlan {
                path: task.path.to_string(),
                file_id: task.file_id.raw(),
                mount_id: task.mount_id.raw(),
                temporary_ufs_path: task.temporary.to_string(),
                near: near.into_iter().collect(),
            })),
        }
    }
}
