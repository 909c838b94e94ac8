//! The same over a real MinIO: `make test` builds one.

use std::time::Duration;

use alluxio_common::{AlluxioPath, WriteType};
use alluxio_crash::{Blow, Part, Patience, Plan, Planted, StoreKind, Violation, name_in_store};

use crate::planted::{Patient, an_object_left_behind_is_found_in, assert_told};
use crate::rounds::nothing_is_lost;

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn nothing_is_lost_or_left_behind_in_a_bucket_when_parts_are_killed() {
    nothing_is_lost(StoreKind::MinIo, 1).await;
}

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn nothing_is_lost_or_left_behind_when_a_store_hangs_and_does_late_what_it_was_asked() {
    // Longer than a request is waited for.
    const SILENCE: Duration = Duration::from_secs(6);
    let mut patient = Patient::with_patience(StoreKind::MinIo, Patience::default()).await;
    for killed in [Vec::new(), vec![Part::Master]] {
        let blow = Blow {
            after: Duration::from_millis(500),
            hung: vec![Part::Store],
            started: killed.clone(),
            killed,
            absence: SILENCE,
        };
        let plan = Plan {
            blows: vec![blow],
            rest: Duration::from_millis(200),
        };
        let violations = patient.run.suffer(&plan).await.unwrap();
        assert!(violations.is_empty(), "{violations:#?}");
    }
    assert!(patient.run.tally().interrupted() > 0, "nobody met it");
}

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn an_upload_of_a_worker_that_died_ends_though_nobody_uses_its_store() {
    let mut patient = Patient::over(StoreKind::MinIo).await;
    let upload = Planted::UploadNoted("unfinished".to_owned());
    let violations = patient.suffers(upload).await;
    // Its note stays until it has been looked for once more.
    let is_left = |violation: &Violation| violation.what.contains("a stale upload");
    assert!(!violations.iter().any(is_left), "{violations:#?}");
}

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn an_object_of_which_nobody_was_told_is_found() {
    an_object_left_behind_is_found_in(StoreKind::MinIo).await;
}

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn a_stale_upload_and_a_wrong_object_are_found() {
    let mut patient = Patient::over(StoreKind::MinIo).await;
    let path = patient.writes("f", WriteType::Through).await;
    let upload = Planted::UploadLeft("unfinished".to_owned());
    let violations = patient.suffers(upload).await;
    assert_told(&violations, &AlluxioPath::root(), "a stale upload");
    let changed = Planted::ObjectChanged(name_in_store(&path));
    changed.plant(patient.run.cluster()).unwrap();
    let violations = patient.run.compare().await.unwrap();
    assert_told(&violations, &path, "in the store root: has");
}
