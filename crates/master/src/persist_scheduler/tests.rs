use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::metrics::Metrics;
use alluxio_common::{BoxedError, JobId, PersistenceState, SystemClock, Tasks, UfsPath};

use alluxio_journal::{Health, Journal as _};
use alluxio_proto::job_plan::{JobPlan, PersistPlan, job_plan};
use alluxio_ufs::UfsOperation;
use alluxio_ufs::layer::{Fault, FaultRule};
use async_trait::async_trait;
use parking_lot::Mutex;

use super::job_service::{JobOutcome, JobService};
use super::scheduler::{PersistMetrics, PersistScheduler};
use crate::file_system::DeleteOptions;
use crate::file_system::testing::Fixture;
use crate::job::JobError;

/// Jobs that end when the test says so.
#[derive(Debug, Default)]
struct ManualJobs(Mutex<ManualState>);

#[derive(Debug, Default)]
struct ManualState {
    is_away: bool,
    asked: usize,
    plans: Vec<PersistPlan>,
    outcomes: HashMap<JobId, JobOutcome>,
}

#[async_trait]
impl JobService for ManualJobs {
    async fn run(&self, plan: JobPlan) -> Result<JobId, BoxedError> {
        let mut state = self.0.lock();
        state.asked += 1;
        if state.is_away {
            return Err(BoxedError::new(JobError::NoWorker));
        }
        let Some(job_plan::Plan::Persist(persist)) = plan.plan else {
            panic!("only files are persisted");
        };
        state.plans.push(persist);
        let id = JobId::from_raw(i64::try_from(state.plans.len()).unwrap());
        state.outcomes.insert(id, JobOutcome::Running);
        Ok(id)
    }

    async fn outcome(&self, id: JobId) -> Result<JobOutcome, BoxedError> {
        let state = self.0.lock();
        if state.is_away {
            return Err(BoxedError::new(JobError::NoWorker));
        }
        Ok(state.outcomes[&id].clone())
    }
}

impl ManualJobs {
    fn end(&self, outcome: &JobOutcome) {
        let mut state = self.0.lock();
        for running in state.outcomes.values_mut() {
            *running = outcome.clone();
        }
    }

    fn plans(&self) -> usize {
        self.0.lock().plans.len()
    }
}

fn scheduler(fixture: &Fixture, jobs: &Arc<ManualJobs>) -> PersistScheduler {
    let metrics = Metrics::new(SystemClock::shared());
    PersistScheduler::new(
        Arc::clone(&fixture.master),
        fixture.blocks.clone(),
        jobs.clone(),
        PersistMetrics::new(&metrics),
        Tasks::new(),
    )
}

/// Does what the job worker does with the newest job.
fn copy(jobs: &ManualJobs, content: &[u8]) {
    let plan = jobs.0.lock().plans.last().cloned().unwrap();
    let temporary = std::path::PathBuf::from(plan.temporary_ufs_path);
    std::fs::create_dir_all(temporary.parent().unwrap()).unwrap();
    std::fs::write(temporary, content).unwrap();
}

#[tokio::test]
async fn a_file_is_persisted_when_its_job_is_done() {
    let fixture = Fixture::new().await;
    let jobs = Arc::new(ManualJobs::default());
    let mut scheduler = scheduler(&fixture, &jobs);
    fixture.write_async("/f", b"data").await;
    scheduler.round().await;
    scheduler.round().await;
    assert_eq!(jobs.plans(), 1, "it is handed in once");
    let plan = jobs.0.lock().plans[0].clone();
    assert_eq!(
        (plan.path.as_str(), plan.near),
        ("/f", vec!["localhost".to_owned()])
    );
    copy(&jobs, b"data");
    jobs.end(&JobOutcome::Completed);
    scheduler.round().await;
    scheduler.noted().await;
    assert_eq!(fixture.read_ufs("/f"), b"data");
    let info = fixture.status("/f").await.unwrap();
    assert_eq!(info.persistence, PersistenceState::Persisted);
}

#[tokio::test]
async fn nothing_is_copied_twice_because_the_journal_refuses() {
    let fixture = Fixture::new().await;
    let jobs = Arc::new(ManualJobs::default());
    let mut scheduler = scheduler(&fixture, &jobs);
    let refuses = || Health::Failing {
        reason: "the disk is full".to_owned(),
        since: fixture.now(),
    };
    fixture.write_async("/f", b"data").await;
    fixture.journal.progress().set_health(refuses());
    scheduler.round().await;
    assert_eq!(jobs.plans(), 0);
    fixture.journal.progress().set_health(Health::Writable);
    scheduler.round().await;
    assert_eq!(jobs.plans(), 1);
    // The copy is made when the disk is full again, and waits for room.
    copy(&jobs, b"data");
    jobs.end(&JobOutcome::Completed);
    fixture.journal.progress().set_health(refuses());
    scheduler.round().await;
    fixture.journal.progress().set_health(Health::Writable);
    scheduler.noted().await;
    scheduler.round().await;
    assert_eq!(jobs.plans(), 1);
    assert_eq!(fixture.read_ufs("/f"), b"data");
    let info = fixture.status("/f").await.unwrap();
    assert_eq!(info.persistence, PersistenceState::Persisted);
}

#[tokio::test]
async fn a_failed_job_is_handed_in_again_after_a_pause() {
    let fixture = Fixture::new().await;
    let jobs = Arc::new(ManualJobs::default());
    let mut scheduler = scheduler(&fixture, &jobs);
    fixture.write_async("/f", b"data").await;
    scheduler.round().await;
    jobs.end(&JobOutcome::Failed("no space".to_owned()));
    scheduler.round().await;
    scheduler.noted().await;
    scheduler.round().await;
    assert_eq!(jobs.plans(), 1, "the pause is not over");
    fixture.advance(Duration::from_secs(2));
    scheduler.round().await;
    assert_eq!(jobs.plans(), 2);
    let plans = jobs.0.lock().plans.clone();
    assert_ne!(plans[0].temporary_ufs_path, plans[1].temporary_ufs_path);
}

#[tokio::test]
async fn a_job_service_that_is_away_is_no_failure_of_the_file() {
    let fixture = Fixture::new().await;
    let jobs = Arc::new(ManualJobs::default());
    let mut scheduler = scheduler(&fixture, &jobs);
    for index in 0..10 {
        fixture.write_async(&format!("/{index}"), b"data").await;
    }
    jobs.0.lock().is_away = true;
    for _ in 0..5 {
        scheduler.round().await;
    }
    assert_eq!(jobs.0.lock().asked, 5, "it is asked once in a round");
    jobs.0.lock().is_away = false;
    scheduler.round().await;
    assert_eq!(jobs.plans(), 10, "nobody has to wait for a pause");
    // What is on its way stays so while nobody can be asked.
    jobs.0.lock().is_away = true;
    scheduler.round().await;
    jobs.0.lock().is_away = false;
    scheduler.round().await;
    assert_eq!(jobs.plans(), 10);
}

#[tokio::test]
async fn the_copy_of_a_file_that_is_gone_goes_too() {
    let fixture = Fixture::new().await;
    let jobs = Arc::new(ManualJobs::default());
    let mut scheduler = scheduler(&fixture, &jobs);
    fixture.write_async("/f", b"data").await;
    scheduler.round().await;
    copy(&jobs, b"data");
    fixture
        .delete("/f", DeleteOptions::default())
        .await
        .unwrap();
    jobs.end(&JobOutcome::Completed);
    scheduler.round().await;
    scheduler.noted().await;
    let left = fixture.ufs_file("/.alluxio_ufs_persistence");
    assert_eq!(std::fs::read_dir(left).unwrap().count(), 0);
    scheduler.round().await;
    assert_eq!(jobs.plans(), 1);
}

#[tokio::test]
async fn a_store_that_hangs_holds_up_its_own_files_only() {
    let fixture = Fixture::new().await;
    let jobs = Arc::new(ManualJobs::default());
    let mut scheduler = scheduler(&fixture, &jobs);
    let hung = fixture.mount("/hung", "hung").await;
    let hangs = FaultRule::on(UfsOperation::RenameFile, Fault::Hang).always();
    let hung = UfsPath::parse(&hung).unwrap();
    fixture.stores.faults.add(hangs.below(&hung));
    for name in ["/hung/f", "/g"] {
        fixture.write_async(name, b"data").await;
        scheduler.round().await;
        copy(&jobs, b"data");
    }
    jobs.end(&JobOutcome::Completed);
    let persisted = async {
        scheduler.round().await;
        while fixture.status("/g").await.unwrap().persistence != PersistenceState::Persisted {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), persisted);
    in_time.await.unwrap();
    let state = fixture.status("/hung/f").await.unwrap().persistence;
    assert_eq!(state, PersistenceState::ToBePersisted);
    // It still is on its way, and is not handed in a second time.
    scheduler.round().await;
    assert_eq!(jobs.plans(), 2);
}

#[tokio::test]
async fn the_copy_of_a_job_that_was_forgotten_after_it_was_made_gets_its_name() {
    let fixture = Fixture::new().await;
    let jobs = Arc::new(ManualJobs::default());
    let mut scheduler = scheduler(&fixture, &jobs);
    for (name, made) in [("/whole", "data"), ("/cut", "da")] {
        fixture.write_async(name, b"data").await;
        scheduler.round().await;
        copy(&jobs, made.as_bytes());
    }
    jobs.end(&JobOutcome::Forgotten);
    scheduler.round().await;
    scheduler.noted().await;
    assert_eq!(fixture.read_ufs("/whole"), b"data");
    let state = fixture.status("/cut").await.unwrap().persistence;
    assert_eq!(state, PersistenceState::ToBePersisted);
    assert!(!fixture.ufs_file("/cut").try_exists().unwrap());
    let left = fixture.ufs_file("/.alluxio_ufs_persistence");
    assert_eq!(std::fs::read_dir(left).unwrap().count(), 0);
}
