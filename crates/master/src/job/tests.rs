//! What submitters and job workers may rely on.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{JobId, ManualClock, Timestamp, WorkerAddress, WorkerId};
use alluxio_proto::job_plan::{JobPlan, PersistPlan, job_plan};
use bytes::Bytes;
use prost::Message;

use super::*;

struct Fixture {
    clock: Arc<ManualClock>,
    master: Arc<JobMaster>,
}

fn address(host: &str) -> WorkerAddress {
    WorkerAddress {
        host: host.to_owned(),
        container_host: String::new(),
        rpc_port: 30001,
        data_port: 30002,
        web_port: 30003,
        domain_socket_path: String::new(),
        locality: Vec::new(),
    }
}

fn plan(near: &[&str]) -> Plan {
    let persist = PersistPlan {
        path: "/a".to_owned(),
        near: near.iter().map(|host| (*host).to_owned()).collect(),
        ..PersistPlan::default()
    };
    let plan = JobPlan {
        plan: Some(job_plan::Plan::Persist(persist)),
    };
    Plan::decode(plan.encode_to_vec().into()).unwrap()
}

impl Fixture {
    fn new(capacity: usize) -> Self {
        let clock = ManualClock::starting_at(Timestamp::from_millis(1_000_000));
        let conf = JobMasterConf {
            capacity,
            ..JobMasterConf::default()
        };
        let master = JobMaster::new(conf, Arc::clone(&clock) as _);
        Self { clock, master }
    }

    fn beat(&self, worker: WorkerId, reports: Vec<TaskReport>) -> Vec<TaskOrder> {
        self.master
            .worker_heartbeat(worker, JobWorkerHealth::default(), reports)
    }

    fn status(&self, id: JobId) -> JobStatus {
        self.master.job(id).unwrap().status
    }
}

#[test]
fn a_job_goes_to_a_worker_near_its_data_and_comes_back_done() {
    let fixture = Fixture::new(10);
    let far = fixture.master.register_worker(address("far"));
    let near = fixture.master.register_worker(address("near"));
    let id = fixture.master.run(plan(&["near"])).unwrap();
    assert!(fixture.beat(far, Vec::new()).is_empty());
    let orders = fixture.beat(near, Vec::new());
    assert_eq!(
        orders,
        [TaskOrder::Run {
            id,
            plan: plan(&["near"]).bytes()
        }]
    );
    fixture.beat(
        near,
        vec![TaskReport {
            id,
            status: JobStatus::Running,
        }],
    );
    assert_eq!(fixture.status(id), JobStatus::Running);
    let done = JobStatus::Completed(Bytes::from_static(b"r"));
    fixture.beat(
        near,
        vec![TaskReport {
            id,
            status: done.clone(),
        }],
    );
    assert_eq!(fixture.status(id), done);
}

#[test]
fn jobs_of_a_lost_worker_fail_and_it_must_register_again() {
    let fixture = Fixture::new(10);
    let worker = fixture.master.register_worker(address("a"));
    let id = fixture.master.run(plan(&[])).unwrap();
    fixture.clock.advance(Duration::from_secs(61));
    fixture.master.detect_lost_workers();
    assert!(matches!(fixture.status(id), JobStatus::Failed(_)));
    assert_eq!(fixture.beat(worker, Vec::new()), [TaskOrder::Register]);
}

#[test]
fn a_worker_that_starts_anew_loses_its_jobs() {
    let fixture = Fixture::new(10);
    let first = fixture.master.register_worker(address("a"));
    let id = fixture.master.run(plan(&[])).unwrap();
    let second = fixture.master.register_worker(address("a"));
    assert_ne!(first, second);
    assert!(matches!(fixture.status(id), JobStatus::Failed(_)));
}

#[test]
fn no_more_jobs_than_the_capacity_and_none_without_a_worker() {
    let fixture = Fixture::new(1);
    assert_eq!(fixture.master.run(plan(&[])), Err(JobError::NoWorker));
    let worker = fixture.master.register_worker(address("a"));
    let id = fixture.master.run(plan(&[])).unwrap();
    assert_eq!(
        fixture.master.run(plan(&[])),
        Err(JobError::Full { capacity: 1 })
    );
    fixture.beat(
        worker,
        vec![TaskReport {
            id,
            status: JobStatus::Failed("x".to_owned()),
        }],
    );
    fixture.clock.advance(Duration::from_millis(1));
    assert!(fixture.master.run(plan(&[])).is_ok());
}

#[test]
fn a_canceled_job_stays_canceled_whatever_its_worker_says() {
    let fixture = Fixture::new(10);
    let worker = fixture.master.register_worker(address("a"));
    let id = fixture.master.run(plan(&[])).unwrap();
    fixture.master.cancel(id).unwrap();
    let orders = fixture.beat(
        worker,
        vec![TaskReport {
            id,
            status: JobStatus::Running,
        }],
    );
    assert!(orders.contains(&TaskOrder::Cancel { id }));
    assert_eq!(fixture.status(id), JobStatus::Canceled);
}

#[test]
fn an_order_is_given_until_the_worker_reports_the_task() {
    let fixture = Fixture::new(10);
    let worker = fixture.master.register_worker(address("a"));
    let id = fixture.master.run(plan(&[])).unwrap();
    let run = TaskOrder::Run {
        id,
        plan: plan(&[]).bytes(),
    };
    // The worker never gets the first answer.
    for _ in 0..2 {
        let orders = fixture.beat(worker, Vec::new());
        assert_eq!(orders, std::slice::from_ref(&run));
    }
    for status in [JobStatus::Created, JobStatus::Running] {
        assert!(
            fixture
                .beat(worker, vec![TaskReport { id, status }])
                .is_empty()
        );
    }
    // A heartbeat that was sent before, and arrives after.
    assert!(fixture.beat(worker, Vec::new()).is_empty());
    assert_eq!(fixture.status(id), JobStatus::Running);
}

#[test]
fn a_cancel_is_ordered_until_the_worker_has_stopped() {
    let fixture = Fixture::new(10);
    let worker = fixture.master.register_worker(address("a"));
    let (heard, unheard) = (
        fixture.master.run(plan(&[])).unwrap(),
        fixture.master.run(plan(&[])).unwrap(),
    );
    for id in [heard, unheard] {
        fixture.master.cancel(id).unwrap();
    }
    let running = TaskReport {
        id: heard,
        status: JobStatus::Running,
    };
    for _ in 0..2 {
        let orders = fixture.beat(worker, vec![running.clone()]);
        assert_eq!(orders, [TaskOrder::Cancel { id: heard }]);
    }
    // Nor does it matter that the job is forgotten by now.
    fixture.clock.advance(Duration::from_secs(60));
    fixture.master.detect_lost_workers();
    assert!(fixture.master.job(heard).is_err());
    let orders = fixture.beat(worker, vec![running]);
    assert_eq!(orders, [TaskOrder::Cancel { id: heard }]);
    assert!(fixture.beat(worker, Vec::new()).is_empty());
}

#[test]
fn orders_that_do_not_fit_into_one_answer_go_with_the_next() {
    const JOBS: usize = 40;
    let fixture = Fixture::new(JOBS);
    let worker = fixture.master.register_worker(address("a"));
    let long = "h".repeat(64 << 10);
    for _ in 0..JOBS {
        fixture.master.run(plan(&[&long])).unwrap();
    }
    let (mut heard, mut answers) = (Vec::new(), 0);
    while heard.len() < JOBS {
        let orders = fixture.beat(worker, heard.clone());
        assert!(!orders.is_empty() && orders.len() < JOBS);
        heard.extend(orders.into_iter().map(|order| match order {
            TaskOrder::Run { id, .. } => TaskReport {
                id,
                status: JobStatus::Created,
            },
            TaskOrder::Cancel { .. } | TaskOrder::Register => panic!("{order:?}"),
        }));
        answers += 1;
    }
    assert!(answers > 1);
}

#[tokio::test]
async fn an_idle_worker_hears_of_a_job_at_once_and_waits_no_longer_than_it_may() {
    let fixture = Fixture::new(10);
    let worker = fixture.master.register_worker(address("host"));
    let none = fixture
        .master
        .wait_for_orders(worker, Duration::from_millis(1));
    assert!(none.await.is_empty());
    let patience = Duration::from_secs(60);
    let give = async {
        tokio::task::yield_now().await;
        fixture.master.run(plan(&[])).unwrap()
    };
    let (orders, id) = tokio::join!(fixture.master.wait_for_orders(worker, patience), give);
    let plan = plan(&[]).bytes();
    assert_eq!(orders, [TaskOrder::Run { id, plan }]);
}
