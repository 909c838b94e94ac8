//! What a defect would have done is done while the processes are dead: the check must find it, and
//! name the path.

use std::time::Duration;

use alluxio_common::{AlluxioPath, WriteType};
use alluxio_crash::model::Operation;
use alluxio_crash::{
    Content, CrashOptions, CrashRun, Part, Patience, Planted, StoreKind, Violation, journal_end,
    name_in_store,
};

use crate::rounds::program;

/// A cluster that is well comes to rest much sooner.
const PATIENCE: Patience = Patience(Duration::from_secs(3));

pub(crate) struct Patient {
    pub(crate) run: CrashRun,
    _folder: tempfile::TempDir,
}

impl Patient {
    /// A cluster in which all is well.
    pub(crate) async fn over(store: StoreKind) -> Self {
        Self::with_patience(store, PATIENCE).await
    }

    /// The same, and this is how long it may take to come to rest.
    pub(crate) async fn with_patience(store: StoreKind, patience: Patience) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = CrashOptions {
            program: program(),
            home: folder.path().to_path_buf(),
            store,
            seed: 1,
            clients: 1,
            patience,
        };
        let run = CrashRun::start(options).await.unwrap();
        Self {
            run,
            _folder: folder,
        }
    }

    fn path(&self, name: &str) -> AlluxioPath {
        self.run.directory(0).child(name)
    }

    async fn does(&mut self, operation: Operation) {
        self.run.perform(0, &operation).await.unwrap();
    }

    pub(crate) async fn writes(&mut self, name: &str, write_type: WriteType) -> AlluxioPath {
        let path = self.path(name);
        self.does(Operation::CreateFile {
            path: path.clone(),
            write_type,
            content: Content {
                seed: 3,
                length: 100_000,
            },
            block_size: 1 << 20,
            overwrite: false,
        })
        .await;
        path
    }

    /// Nothing is wrong before, everybody dies, the defect is planted, everybody comes back.
    pub(crate) async fn suffers(&mut self, planted: Planted) -> Vec<Violation> {
        assert!(self.run.compare().await.unwrap().is_empty());
        let cluster = self.run.cluster();
        for part in Part::SERVERS {
            cluster.kill(part).unwrap();
        }
        planted.plant(cluster).unwrap();
        cluster.start_parts(&Part::SERVERS).await.unwrap();
        self.run.compare().await.unwrap()
    }
}

#[track_caller]
pub(crate) fn assert_told(violations: &[Violation], path: &AlluxioPath, words: &str) {
    let told = |violation: &&Violation| violation.path == *path && violation.what.contains(words);
    assert!(
        violations.iter().any(|violation| told(&violation)),
        "{path}, {words:?}: {violations:#?}"
    );
}

#[tokio::test]
async fn a_cluster_in_which_all_is_well_survives_the_death_of_everybody() {
    let mut patient = Patient::over(StoreKind::Local).await;
    patient.writes("cached", WriteType::MustCache).await;
    patient.writes("through", WriteType::CacheThrough).await;
    let cluster = patient.run.cluster();
    for part in Part::SERVERS {
        cluster.kill(part).unwrap();
    }
    cluster.start_parts(&Part::SERVERS).await.unwrap();
    let violations = patient.run.compare().await.unwrap();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[tokio::test]
async fn a_reply_before_the_sync_is_found() {
    let mut patient = Patient::over(StoreKind::Local).await;
    let end = journal_end(patient.run.cluster()).unwrap();
    let path = patient.path("d");
    patient
        .does(Operation::CreateDirectory {
            path: path.clone(),
            write_type: WriteType::MustCache,
            recursive: false,
        })
        .await;
    let violations = patient.suffers(Planted::RepliedBeforeSync(end)).await;
    assert_told(&violations, &path, "should be there");
    assert!(
        violations[0]
            .history
            .iter()
            .any(|event| event.contains("mkdir")),
        "{violations:#?}"
    );
}

#[tokio::test]
async fn an_access_control_list_and_an_end_of_life_that_are_forgotten_are_found() {
    let mut patient = Patient::over(StoreKind::Local).await;
    let named = patient.writes("named", WriteType::MustCache).await;
    let gone = patient.writes("gone", WriteType::MustCache).await;
    assert!(patient.run.compare().await.unwrap().is_empty());
    let end = journal_end(patient.run.cluster()).unwrap();
    let set = Operation::SetAcl {
        path: named.clone(),
        user: 0,
        access: Some(7),
    };
    patient.does(set).await;
    patient.does(Operation::Expire { path: gone.clone() }).await;
    let violations = patient.suffers(Planted::RepliedBeforeSync(end)).await;
    assert_told(&violations, &named, "lets [\"alice\", \"bob\"] do");
    assert_told(&violations, &gone, "should not be there");
}

#[tokio::test]
async fn a_block_that_a_worker_has_lost_is_found() {
    let mut patient = Patient::over(StoreKind::Local).await;
    let path = patient.writes("f", WriteType::MustCache).await;
    let violations = patient.suffers(Planted::BlocksLost).await;
    assert_told(&violations, &path, "");
}

#[tokio::test]
async fn a_wrong_byte_in_a_block_is_found() {
    let mut patient = Patient::over(StoreKind::Local).await;
    let path = patient.writes("f", WriteType::MustCache).await;
    let violations = patient.suffers(Planted::BlocksDamaged).await;
    assert_told(&violations, &path, "has a wrong byte at");
}

#[tokio::test]
async fn a_file_that_the_store_has_lost_is_found() {
    let mut patient = Patient::over(StoreKind::Local).await;
    let path = patient.writes("f", WriteType::Through).await;
    let lost = Planted::ObjectLost(name_in_store(&path));
    let violations = patient.suffers(lost).await;
    assert_told(&violations, &path, "is missing");
}

#[tokio::test]
async fn a_file_that_is_another_in_the_store_is_found() {
    let mut patient = Patient::over(StoreKind::Local).await;
    let path = patient.writes("f", WriteType::CacheThrough).await;
    let changed = Planted::ObjectChanged(name_in_store(&path));
    let violations = patient.suffers(changed).await;
    assert_told(&violations, &path, "has a wrong byte at");
}

#[tokio::test]
async fn a_rename_that_only_one_side_has_is_found() {
    let mut patient = Patient::over(StoreKind::Local).await;
    let source = patient.writes("old", WriteType::Through).await;
    let target = patient.path("new");
    patient
        .does(Operation::Rename {
            source: source.clone(),
            target: target.clone(),
        })
        .await;
    let moved = Planted::MovedBack {
        from: name_in_store(&target),
        to: name_in_store(&source),
    };
    let violations = patient.suffers(moved).await;
    assert_told(&violations, &target, "is missing");
    assert_told(&violations, &source, "is left behind");
}

#[tokio::test]
async fn a_copy_that_nobody_named_is_found() {
    let mut patient = Patient::over(StoreKind::Local).await;
    let violations = patient.suffers(Planted::CopyLeft).await;
    let copy = AlluxioPath::parse("/.alluxio_ufs_persistence/copy").unwrap();
    assert_told(&violations, &copy, "is left behind");
}

/// As a writer leaves it that completes the upload of a file that was deleted meanwhile.
pub(crate) async fn an_object_left_behind_is_found_in(store: StoreKind) {
    let mut patient = Patient::over(store).await;
    let beside = patient.writes("f", WriteType::Through).await;
    let left = beside.parent().unwrap().child("left");
    let planted = Planted::ObjectLeft(name_in_store(&left));
    let violations = patient.suffers(planted).await;
    assert_told(&violations, &left, "is left behind");
}

#[tokio::test]
async fn a_file_of_which_nobody_was_told_is_found() {
    an_object_left_behind_is_found_in(StoreKind::Local).await;
}

#[tokio::test]
async fn an_error_that_nobody_who_died_can_explain_is_found() {
    let mut patient = Patient::over(StoreKind::Local).await;
    let path = patient.writes("f", WriteType::MustCache).await;
    Planted::WorkerDied.plant(patient.run.cluster()).unwrap();
    let read = Operation::Read {
        path: path.clone(),
        position: 0,
        length: u64::MAX,
    };
    let violation = patient.run.perform(0, &read).await.unwrap_err();
    let what = "has failed, though nobody was away";
    assert_told(&[violation], &path, what);
}

#[tokio::test]
async fn what_lies_beside_the_blocks_is_found() {
    let mut patient = Patient::over(StoreKind::Local).await;
    let violations = patient.suffers(Planted::BlockLeft).await;
    assert_told(&violations, &AlluxioPath::root(), "left-behind");
}
