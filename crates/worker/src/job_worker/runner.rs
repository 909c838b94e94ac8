//! [`Runner`]: the tasks of this process, and their results until the job master has them.

use std::collections::HashMap;
use std::sync::Arc;

use alluxio_common::{Clock, Tasks};
use alluxio_proto::grpc::BuildVersion;
use alluxio_proto::grpc::job as pb;
use alluxio_proto::job_plan::{JobPlan, JobResult, job_plan, job_result};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::persist::{PersistContext, persist, shown_path};
use crate::places::Places;

/// Tasks that may wait here. The job master spreads jobs, so more than this means that it has lost
/// count.
const WAITING_LIMIT: usize = 100_000;

/// Why a task has failed that has ended without saying anything.
const BROKEN_OFF: &str = "broken off by a defect, see the log of the job worker";

/// Runs tasks, a few at once.
#[derive(Debug)]
pub(super) struct Runner {
    context: PersistContext,
    clock: Arc<dyn Clock>,
    host: String,
    build: BuildVersion,
    places: Places<i64>,
    state: Mutex<HashMap<i64, Task>>,
    /// Woken when a result is there, so that it need not wait for the next heartbeat.
    pub(super) finished: Notify,
}

#[derive(Debug)]
struct Task {
    cancel: CancellationToken,
    outcome: Outcome,
}

#[derive(Debug, Clone)]
enum Outcome {
    Waiting,
    Running,
    Completed(Bytes),
    Failed(String),
}

impl Runner {
    pub(super) fn new(
        context: PersistContext,
        clock: Arc<dyn Clock>,
        (host, build): (String, BuildVersion),
        pool_size: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            context,
            clock,
            host,
            build,
            places: Places::new(pool_size),
            state: Mutex::default(),
            finished: Notify::new(),
        })
    }

    /// How this worker is.
    pub(super) fn health(&self, id: i64, load_average: Vec<f64>) -> pb::JobWorkerHealth {
        let state = self.state.lock();
        let unfinished = state
            .values()
            .filter(|task| !task.outcome.is_finished())
            .count();
        let count = |count: usize| Some(i32::try_from(count).unwrap_or(i32::MAX));
        pb::JobWorkerHealth {
            worker_id: Some(id),
            load_average,
            last_updated: Some(self.clock.now().millis()),
            hostname: Some(self.host.clone()),
            task_pool_size: count(self.places.total()),
            num_active_tasks: count(self.places.taken()),
            unfinished_tasks: count(unfinished),
            version: Some(self.build.clone()),
        }
    }

    /// How all tasks are. Finished ones are kept until [`Runner::forget`] says that they arrived.
    pub(super) fn reports(&self) -> Vec<pb::JobInfo> {
        let state = self.state.lock();
        state
            .iter()
            .map(|(id, task)| report(*id, &task.outcome, &self.host))
            .collect()
    }

    /// The job master has these reports: finished tasks among them are done with.
    pub(super) fn forget(&self, reported: &[pb::JobInfo]) {
        let mut state = self.state.lock();
        for info in reported {
            if matches!(info.status(), pb::Status::Completed | pb::Status::Failed) {
                state.remove(&info.parent_id());
            }
        }
    }

    /// Does what the job master says. Returns whether it does not know this worker.
    pub(super) fn obey(self: &Arc<Self>, commands: Vec<pb::JobCommand>, tasks: &Tasks) -> Known {
        let mut known = Known::Yes;
        for command in commands {
            if command.register_command.is_some() {
                known = Known::No;
            }
            if let Some(run) = command.run_task_command {
                self.start(run, tasks);
            }
            if let Some(cancel) = command.cancel_task_command
                && let Some(task) = self.state.lock().remove(&cancel.job_id())
            {
                task.cancel.cancel();
            }
        }
        known
    }

    /// Stops everything: the job master has given this worker's jobs up.
    pub(super) fn stop_all(&self) {
        for (_, task) in self.state.lock().drain() {
            task.cancel.cancel();
        }
    }

    fn start(self: &Arc<Self>, command: pb::RunTaskCommand, tasks: &Tasks) {
        let id = command.job_id();
        let cancel = CancellationToken::new();
        let task = Task {
            cancel: cancel.clone(),
            outcome: Outcome::Waiting,
        };
        {
            let mut state = self.state.lock();
            if state.contains_key(&id) {
                // Ordered again, because the order came before the report.
                return;
            }
            if state.len() >= WAITING_LIMIT {
                warn!(job_id = id, "a task is not taken before others have ended");
                return;
            }
            state.insert(id, task);
        }
        let runner = Arc::clone(self);
        tasks.spawn("job task", async move {
            let _broken_off = BrokenOff {
                runner: Arc::clone(&runner),
                id,
            };
            let run = async {
                let outcome = match runner.take(id, command).await {
                    Ok(result) => Outcome::Completed(result),
                    Err(reason) => Outcome::Failed(reason),
                };
                runner.set(id, outcome);
                runner.finished.notify_one();
            };
            tokio::select! {
                () = run => {}
                () = cancel.cancelled() => {}
            }
        });
    }

    fn set(&self, id: i64, outcome: Outcome) {
        if let Some(task) = self.state.lock().get_mut(&id) {
            task.outcome = outcome;
        }
    }

    async fn take(&self, id: i64, command: pb::RunTaskCommand) -> Result<Bytes, String> {
        let plan = JobPlan::decode(command.job_config.unwrap_or_default())
            .map_err(|error| error.to_string())?
            .plan;
        let Some(job_plan::Plan::Persist(plan)) = plan else {
            return Err("the plan is of no kind that this job worker knows".to_owned());
        };
        let _place = self.places.enter(plan.mount_id).await;
        self.set(id, Outcome::Running);
        let path = shown_path(&plan);
        match persist(&self.context, plan).await {
            Ok(result) => {
                info!(%path, length = result.length, "file copied to its store");
                let result = JobResult {
                    result: Some(job_result::Result::Persist(result)),
                };
                Ok(result.encode_to_vec().into())
            }
            Err(error) => {
                warn!(%path, %error, "file could not be copied to its store");
                Err(error.to_string())
            }
        }
    }
}

/// What becomes of a task that panics: it has failed, and is not forgotten.
#[derive(Debug)]
struct BrokenOff {
    runner: Arc<Runner>,
    id: i64,
}

impl Drop for BrokenOff {
    fn drop(&mut self) {
        // One that is cancelled is in nobody's list any more.
        if std::thread::panicking() {
            self.runner
                .set(self.id, Outcome::Failed(BROKEN_OFF.to_owned()));
            self.runner.finished.notify_one();
        }
    }
}

/// Whether the job master knows this worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
}

impl Outcome {
    const fn is_finished(&self) -> bool {
        match self {
            Self::Waiting | Self::Running => false,
            Self::Completed(_) | Self::Failed(_) => true,
        }
    }
}

fn report(id: i64, outcome: &Outcome, host: &str) -> pb::JobInfo {
    let (status, result, error) = match outcome {
        Outcome::Waiting => (pb::Status::Created, None, None),
        Outcome::Running => (pb::Status::Running, None, None),
        Outcome::Completed(result) => (pb::Status::Completed, Some(result.clone()), None),
        Outcome::Failed(reason) => (pb::Status::Failed, None, Some(reason.clone())),
    };
    pb::JobInfo {
        id: Some(0),
        parent_id: Some(id),
        status: Some(status.into()),
        r#type: Some(pb::JobType::Task.into()),
        result,
        error_message: error,
        worker_host: Some(host.to_owned()),
        ..Default::default()
    }
}
