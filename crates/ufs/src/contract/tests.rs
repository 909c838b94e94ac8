//! The contract on two connectors that could hardly be less alike.

use std::sync::Arc;

use alluxio_common::{SystemClock, Tasks, UfsPath};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{CASES, Outcome, broken_promises, run};
use crate::layer::{
    Fault, FaultLayer, FaultPlan, FaultRule, Layered, Limits, RetryPolicy, StandardLayers,
    Timeouts, UfsCounters, standard,
};
use crate::local::LocalUfs;
use crate::object::memory::MemoryStores;
use crate::{UfsCapability, UfsErrorKind, UfsOperation, UfsProperties, UnderFileSystem};

#[tokio::test]
async fn the_local_file_system_keeps_every_promise() {
    let directory = tempfile::tempdir().unwrap();
    let root = UfsPath::parse(directory.path().to_str().unwrap()).unwrap();
    let ufs = LocalUfs::new(&UfsProperties::new(), SystemClock::shared());
    assert_eq!(broken_promises(&ufs, &root).await, Vec::<String>::new());
    let left = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(left, 0, "the suite cleans up");
}

#[tokio::test]
async fn an_object_store_keeps_every_promise() {
    let stores = MemoryStores::new(SystemClock::shared(), Tasks::new());
    let ufs: Arc<dyn UnderFileSystem> = stores.connect("bucket");
    let root = UfsPath::parse("memory://bucket/contract").unwrap();
    assert_eq!(
        broken_promises(ufs.as_ref(), &root).await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn the_layers_of_a_process_keep_every_promise_of_the_connector_inside() {
    let directory = tempfile::tempdir().unwrap();
    let root = UfsPath::parse(directory.path().to_str().unwrap()).unwrap();
    let local = LocalUfs::new(&UfsProperties::new(), SystemClock::shared());
    let layers = StandardLayers {
        retry: RetryPolicy::default(),
        timeouts: Timeouts::default(),
        limits: Limits::default(),
        metrics: Arc::new(UfsCounters::default()),
        clock: SystemClock::shared(),
    };
    let random = Box::new(StdRng::seed_from_u64(3));
    let ufs = standard(Arc::new(local), layers, random);
    assert_eq!(
        broken_promises(ufs.as_ref(), &root).await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_promise_that_is_broken_is_told_with_what_was_seen() {
    let stores = MemoryStores::new(SystemClock::shared(), Tasks::new());
    let plan = FaultPlan::new();
    let lost = Fault::LoseAnswer(UfsErrorKind::TimedOut);
    plan.add(FaultRule::on(UfsOperation::Close, lost));
    let ufs = Layered::new(FaultLayer::new(plan), stores.connect("bucket"));
    let root = UfsPath::parse("memory://bucket").unwrap();
    let case = CASES
        .iter()
        .find(|case| case.name == "an_empty_file_exists");
    let outcome = run(case.unwrap(), &ufs, &root).await;
    let Outcome::Broken { reason } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(reason.starts_with("close answered TimedOut"), "{reason}");
}

#[tokio::test]
async fn a_case_is_skipped_only_for_a_capability_that_is_not_declared() {
    let stores = MemoryStores::new(SystemClock::shared(), Tasks::new());
    let ufs = stores.connect("bucket");
    let root = UfsPath::parse("memory://bucket").unwrap();
    let case = CASES.iter().find(|case| case.name == "a_mode_is_kept");
    let outcome = run(case.unwrap(), ufs.as_ref(), &root).await;
    let missing = UfsCapability::Permissions;
    assert_eq!(outcome, Outcome::Skipped { missing });
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let names: std::collections::HashSet<_> = CASES.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), CASES.len());
}
