//! Random operations by two clients on a whole cluster, compared with a simple model after each one,
//! and now and then with what another program sees in the stores.
//!
//! A run that differs is made shorter, by leaving out operations, and then printed.

#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod ground;
mod minio;
mod run;
mod script;

use ground::GroundKind;
use script::Script;

/// How many operations a run has.
const LENGTH: usize = 150;

async fn agrees(kind: GroundKind, seed: u64) {
    let script = Script::draw(seed, LENGTH);
    let Err(first) = run::run(kind, &script).await else {
        return;
    };
    let (script, last) = script::shorten(kind, script, first.clone()).await;
    panic!("seed {seed}: {first}\n\nshorter: {last}\n{script}");
}

#[tokio::test]
async fn a_cluster_is_what_the_model_says_1() {
    agrees(GroundKind::Folders, 1).await;
}

#[tokio::test]
async fn a_cluster_is_what_the_model_says_2() {
    agrees(GroundKind::Folders, 2).await;
}

#[tokio::test]
async fn a_cluster_is_what_the_model_says_3() {
    agrees(GroundKind::Folders, 3).await;
}

#[tokio::test]
async fn a_cluster_is_what_the_model_says_4() {
    agrees(GroundKind::Folders, 4).await;
}
