//! [`PersistScheduler`]: hands files to the job service, and takes note of what became of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::metrics::{Counter, Metrics, name};
use alluxio_common::{JobId, MountId, Tasks};
use alluxio_proto::job_plan::{JobPlan, PersistPlan, job_plan};
use futures::future::join_all;
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tracing::{debug, warn};

use super::job_service::{JobOutcome, JobService};
use crate::file_system::{BlockLocations, FileSystemMaster, PersistRoom, PersistTask};

/// How many files of one mount are on their way at once. Enough to keep a large cluster's job workers
/// busy, few enough that asking for each one costs little.
const IN_FLIGHT_OF_ONE_MOUNT: usize = 1_000;

/// The same for all mounts together: a store that hangs holds up its own files only.
const IN_FLIGHT: usize = 4 * IN_FLIGHT_OF_ONE_MOUNT;

/// How many calls to the job master run at once.
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

/// How many files of each mount are on their way: handed in, or with a copy that has no name yet.
#[derive(Debug, Default)]
struct OnTheirWay {
    counts: Mutex<HashMap<MountId, usize>>,
    /// Told when one has arrived, or has come back.
    ended: Notify,
}

impl OnTheirWay {
    fn begin(self: &Arc<Self>, mount: MountId) -> Place {
        *self.counts.lock().entry(mount).or_default() += 1;
        Place {
            of: Arc::clone(self),
            mount,
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.counts.lock().values().sum()
    }

    fn room(&self) -> PersistRoom {
        let counts = self.counts.lock().clone();
        let total = IN_FLIGHT.saturating_sub(counts.values().sum());
        PersistRoom::new(total, IN_FLIGHT_OF_ONE_MOUNT, counts)
    }

    /// Whether somebody may be waiting for one to end.
    fn is_tight(&self) -> bool {
        let counts = self.counts.lock();
        let is_full = |count: &usize| *count >= IN_FLIGHT_OF_ONE_MOUNT;
        counts.values().any(is_full) || counts.values().sum::<usize>() >= IN_FLIGHT
    }
}

/// One of them; given back when dropped.
#[derive(Debug)]
struct Place {
    of: Arc<OnTheirWay>,
    mount: MountId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.of.counts.lock();
        if let Some(count) = counts.get_mut(&self.mount) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.mount);
            }
        }
        drop(counts);
        self.of.ended.notify_one();
    }
}

/// A file that somebody copies.
#[derive(Debug)]
struct Handed {
    task: PersistTask,
    place: Place,
}

/// Hands files to the job service, and takes note of what became of them. What it knows is lost
/// with the process; the namespace then hands all files out again.
#[derive(Debug)]
pub struct PersistScheduler {
    files: Arc<FileSystemMaster>,
    blocks: Arc<dyn BlockLocations>,
    jobs: Arc<dyn JobService>,
    metrics: PersistMetrics,
    tasks: Tasks,
    in_flight: HashMap<JobId, Handed>,
    on_their_way: Arc<OnTheirWay>,
}

impl PersistScheduler {
    /// Nothing is on its way. `tasks` does what takes as long as a store likes.
    pub fn new(
        files: Arc<FileSystemMaster>,
        blocks: Arc<dyn BlockLocations>,
        jobs: Arc<dyn JobService>,
        metrics: PersistMetrics,
        tasks: Tasks,
    ) -> Self {
        Self {
            files,
            blocks,
            jobs,
            metrics,
            tasks,
            in_flight: HashMap::new(),
            on_their_way: Arc::default(),
        }
    }

    /// Goes on until the tasks stop. A new file is handed in at once; a file whose time has come
    /// waits for `interval` at most.
    pub fn start(mut self, interval: Duration) {
        let tasks = self.tasks.clone();
        tasks.spawn_vital("persist scheduler", async move {
            loop {
                self.round().await;
                let pause = match self.in_flight.len() {
                    0 => interval,
                    1..=CALLS_AT_ONCE => POLL_FEW.min(interval),
                    _ => POLL.min(interval),
                };
                // Whichever comes first, the next round does all there is to do.
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = self.files.persist_requested() => {}
                    () = self.on_their_way.ended.notified(), if self.on_their_way.is_tight() => {}
                }
            }
        });
    }

    /// Asks for what is on its way, then hands in what waits.
    pub(super) async fn round(&mut self) {
        self.poll().await;
        self.submit().await;
    }

    /// Waits until everything that has ended so far is noted.
    #[cfg(test)]
    pub(super) async fn noted(&self) {
        while self.on_their_way.len() > self.in_flight.len() {
            self.on_their_way.ended.notified().await;
        }
    }

    async fn poll(&mut self) {
        let ids: Vec<JobId> = self.in_flight.keys().copied().collect();
        let jobs = Arc::clone(&self.jobs);
        let asked = stream::iter(ids).map(|id| {
            let jobs = Arc::clone(&jobs);
            async move { (id, jobs.outcome(id).await) }
        });
        let mut answers = asked.buffer_unordered(CALLS_AT_ONCE);
        while let Some((id, answer)) = answers.next().await {
            match answer {
                Ok(JobOutcome::Running) => {}
                Ok(outcome) => {
                    if let Some(handed) = self.in_flight.remove(&id) {
                        self.take_note(handed, outcome);
                    }
                }
                Err(error) => {
                    // The others would learn the same.
                    debug!(%error, "the job master does not answer");
                    return;
                }
            }
        }
    }

    /// What has ended goes on by itself: the store of its file may be slow, or its place be a part of
    /// a long move, and the job master does not remember the other jobs for ever.
    fn take_note(&self, handed: Handed, outcome: JobOutcome) {
        let note = Note {
            files: Arc::clone(&self.files),
            metrics: self.metrics.clone(),
        };
        self.tasks.spawn("persist note", async move {
            note.take(&handed.task, outcome).await;
            drop(handed.place);
        });
    }

    /// One file goes first, so that a service that is not there is asked once and not a thousand
    /// times.
    async fn submit(&mut self) {
        let mut waiting = self.files.files_to_persist(self.on_their_way.room());
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
                    let place = self.on_their_way.begin(task.mount_id);
                    self.in_flight.insert(id, Handed { task, place });
                }
                Err(error) => {
                    // Nobody is there to do it, which is not the file's fault.
                    debug!(path = %task.path, %error, "file waits for the job service");
                    self.files.persist_postponed(task.file_id);
                    // The job may run all the same: the answer can have been lost.
                    self.files.expect_late_copy(&task.temporary);
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

/// Takes note of what became of one file.
#[derive(Debug)]
struct Note {
    files: Arc<FileSystemMaster>,
    metrics: PersistMetrics,
}

impl Note {
    async fn take(&self, task: &PersistTask, outcome: JobOutcome) {
        let id = task.file_id;
        let reason = match outcome {
            JobOutcome::Running => return,
            JobOutcome::Completed => None,
            JobOutcome::Forgotten if self.files.has_copy(task).await => None,
            JobOutcome::Forgotten => Some("the job master forgot the job".to_owned()),
            JobOutcome::Failed(reason) => Some(reason),
        };
        let noted = match reason {
            None => {
                let named = self.files.persisted(id, task.mount_id, &task.temporary);
                let Err(error) = named.await else {
                    self.metrics.succeeded.increment();
                    return;
                };
                Err(error)
            }
            Some(reason) => self.files.persist_failed(id, &reason).await,
        };
        self.metrics.failed.increment();
        // The next try makes a copy of its own.
        self.files.discard_copy(&task.temporary).await;
        if let Err(error) = noted {
            warn!(path = %task.path, %error, "file could not be persisted");
        }
    }
}
