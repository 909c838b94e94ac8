//! The comparison of a cluster that has come to rest with what its clients know.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use alluxio_client::SyncInterval;
use alluxio_common::{AlluxioPath, BlockId, Clock, SystemClock};
use anyhow::Result;
use tokio::time::sleep;

use crate::cluster::CrashCluster;
use crate::folder_view::COPIES;
use crate::history::{History, Violation};
use crate::leftovers::{Blocks, leftovers, uploads_left};
use crate::load::LoadClient;
use crate::look_at_shared::{SharedView, look_at_shared};
use crate::model::{
    Difference, Node, Operation, Persisted, Stored, Strictness, differences, differences_in_store,
    stored,
};

const PAUSE: Duration = Duration::from_millis(50);

/// How long a cluster may take to come to rest.
#[derive(Debug, Clone, Copy)]
pub struct Patience(pub Duration);

impl Default for Patience {
    /// Longer than any retry in the background takes: stale uploads are looked for once a minute,
    /// and once more ten seconds after the first look.
    fn default() -> Self {
        Self(Duration::from_secs(90))
    }
}

/// What counts of copies that nobody will name, and of uploads that nobody will complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copies {
    /// A job of a master that has died may close one after the next master has looked for them. It
    /// looks again in minutes. An upload whose beginning nobody has heard of is left alone for as
    /// long, as it may be another writer's who is about to send its first part.
    MayComeLate,
    /// All have gone.
    Gone,
}

/// Compares everything. What is not right yet may still become so; what is not right in the end is a
/// violation.
pub(crate) async fn check(
    cluster: &CrashCluster,
    clients: &mut [LoadClient],
    history: &History,
    patience: Patience,
    copies: Copies,
) -> Result<Vec<Violation>> {
    for client in &mut *clients {
        if let Err(violation) = take_incomplete_away(client).await {
            return Ok(vec![violation]);
        }
    }
    let clock = SystemClock::new();
    // A store that hung may have written what nobody waited for any more: a listing that compares finds it,
    // and it is whole.
    let sync = cluster.has_hung().then_some(SyncInterval::Always);
    loop {
        let blocks = namespace(clients).await;
        let shared = match &blocks {
            Ok(_) => look_at_shared(&clients[0], sync).await,
            Err(_) => Ok(SharedView::default()),
        };
        let mut wrong = match (blocks, &shared) {
            (Ok(blocks), Ok(shared)) => elsewhere(cluster, clients, (blocks, shared, copies))?,
            (Err(wrong), _) => wrong,
            (_, Err(wrong)) => wrong.clone(),
        };
        wrong.retain(|difference| copies == Copies::Gone || !is_copy(&difference.path));
        if let Ok(shared) = shared
            && wrong.is_empty()
        {
            clients[0].shared.settle(&shared.found);
            return Ok(contents(clients).await);
        }
        if clock.monotonic() > patience.0 {
            let mut found = violations(history, wrong);
            // What is missing in the listing may be told better by whoever reads it.
            found.extend(contents(clients).await);
            return Ok(found);
        }
        sleep(PAUSE).await;
    }
}

/// Writers that failed take their files away.
async fn take_incomplete_away(client: &mut LoadClient) -> Result<(), Violation> {
    loop {
        let incomplete = client.model.files().find(|(_, file)| !file.complete);
        let Some((path, _)) = incomplete else {
            return Ok(());
        };
        let operation = Operation::Delete {
            path: path.clone(),
            recursive: false,
        };
        client.perform(&operation).await?;
    }
}

/// Compares listings with the models; the blocks that there should be, if all is well.
async fn namespace(clients: &mut [LoadClient]) -> Result<Blocks, Vec<Difference>> {
    let mut wrong = Vec::new();
    let mut blocks = HashMap::new();
    for client in clients {
        let Some(listed) = client.list().await else {
            wrong.push(Difference {
                path: client.model.root().clone(),
                what: "cannot be listed".to_owned(),
            });
            continue;
        };
        client.note_arrivals(&listed);
        wrong.extend(differences(&client.model, &listed, Strictness::Quiet));
        for status in &listed {
            let must_be = is_only_copy(client, &status.path);
            let ids: &[BlockId] = &status.block_ids;
            blocks.extend(ids.iter().map(|id| (*id, (status.path.clone(), must_be))));
        }
    }
    if wrong.is_empty() {
        Ok(blocks)
    } else {
        Err(wrong)
    }
}

/// Whether the program names copies like this.
fn is_copy(path: &AlluxioPath) -> bool {
    let name = path.name();
    path.parent().is_some_and(|above| above.name() == COPIES)
        && name.contains(".alluxio.")
        && name.ends_with(".tmp")
}

fn is_only_copy(client: &LoadClient, path: &AlluxioPath) -> bool {
    matches!(client.model.node(path), Some(Node::File(file)) if file.persisted == Persisted::No)
}

/// Stores and folders.
fn elsewhere(
    cluster: &CrashCluster,
    clients: &[LoadClient],
    (mut blocks, shared, copies): (Blocks, &SharedView, Copies),
) -> Result<Vec<Difference>> {
    blocks.extend(shared.blocks.clone());
    let mut wrong = leftovers(cluster, &blocks)?;
    wrong.extend(uploads_left(cluster, copies)?);
    let mut root = shared.stored.clone();
    for client in clients {
        root.extend(stored(&client.model, None));
    }
    wrong.extend(differences_in_store("root", &root, &cluster.view(None)?));
    for client in clients {
        for (own, target) in client.stores.iter().enumerate() {
            let Some(number) = number_of(cluster, &target.uri) else {
                continue;
            };
            let expected: BTreeMap<String, Stored> = stored(&client.model, Some(own));
            let found = cluster.view(Some(number))?;
            let mut in_store = differences_in_store(&target.uri, &expected, &found);
            // What a job closes after its store was unmounted goes when the store is mounted again.
            let is_mounted = !client.model.unmounted().contains_key(&own);
            in_store.retain(|difference| is_mounted || !is_copy(&difference.path));
            wrong.extend(in_store);
        }
    }
    Ok(wrong)
}

/// The number of a store in the cluster.
fn number_of(cluster: &CrashCluster, uri: &str) -> Option<usize> {
    cluster.stores().iter().position(|known| known.uri == uri)
}

/// Reads every file from its beginning to its end.
async fn contents(clients: &mut [LoadClient]) -> Vec<Violation> {
    let mut found = Vec::new();
    for client in clients {
        let paths: Vec<AlluxioPath> = client.model.files().map(|(path, _)| path.clone()).collect();
        for path in paths {
            let operation = Operation::Read {
                path,
                position: 0,
                length: u64::MAX,
            };
            if let Err(violation) = client.read_or_fail(&operation).await {
                found.push(violation);
            }
        }
    }
    found
}

fn violations(history: &History, wrong: Vec<Difference>) -> Vec<Violation> {
    wrong
        .into_iter()
        .map(|difference| history.violation(&difference.path, difference.what))
        .collect()
}
