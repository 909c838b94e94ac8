//! A few rounds with fixed seeds: whoever breaks the recovery hears of it before the long form runs.

use std::path::PathBuf;

use alluxio_crash::{CrashOptions, CrashRun, Patience, StoreKind};

const ROUNDS: usize = 4;
const CLIENTS: usize = 3;

pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_alluxio"))
}

pub(crate) async fn nothing_is_lost(store: StoreKind, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let options = CrashOptions {
        program: program(),
        home: folder.path().to_path_buf(),
        store,
        seed,
        clients: CLIENTS,
        patience: Patience::default(),
    };
    let mut run = CrashRun::start(options).await.unwrap();
    let mut found = None;
    for round in 1..=ROUNDS {
        let (plan, violations) = run.round().await.unwrap();
        if !violations.is_empty() {
            found = Some((format!("round {round}, {:?}", plan.blows), violations));
            break;
        }
    }
    let (when, violations) = match found {
        Some(found) => found,
        None => ("the end".to_owned(), run.finish().await.unwrap()),
    };
    if let Some(first) = violations.first() {
        // The folders are what there is to look at.
        let kept = folder.keep();
        panic!(
            "seed {seed}, {when}, in {}:\n{first}\nand {} more\n{}",
            kept.display(),
            violations.len() - 1,
            run.tally()
        );
    }
    assert!(run.tally().interrupted() > 0, "nobody met anybody's death");
}

#[tokio::test]
async fn nothing_is_lost_or_left_behind_when_parts_are_killed() {
    nothing_is_lost(StoreKind::Local, 1).await;
}
