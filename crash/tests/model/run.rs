//! Running a script on a cluster.

use std::fmt;
use std::time::Duration;

use alluxio_client::Descend;
use alluxio_client::{FileStatus, FileSystem, ListStatusOptions, ShortCircuit};
use alluxio_common::{AlluxioPath, PersistenceState};
use alluxio_crash::model::{
    Expected, Model, Operation, Outcome, StoreTarget, Strictness, differences,
    differences_in_store, execute, stored,
};
use alluxio_testing::MiniCluster;

use crate::ground::{Ground, GroundKind};
use crate::script::{STORES, Script, beginning};

/// How often is looked whether what happens in the background has happened.
const LOOKS: u32 = 1_500;
/// After so many steps the stores are looked into, though more steps follow.
const LOOKED_INTO_EVERY: usize = 50;

const PAUSE: Duration = Duration::from_millis(10);

/// Where a cluster was not what the model says.
#[derive(Debug, Clone)]
pub(crate) struct Disagreement {
    /// After which step.
    pub(crate) step: usize,
    what: String,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after step {}: {}", self.step, self.what)
    }
}

/// Runs it, and compares.
pub(crate) async fn run(kind: GroundKind, script: &Script) -> Result<(), Disagreement> {
    let ground = Ground::new(kind);
    let cluster = Box::pin(ground.cluster()).await;
    let stores = ground.mountable(&cluster);
    let clients = [
        cluster.client(),
        cluster.client_with(|conf| conf.short_circuit = ShortCircuit::Disabled),
    ];
    let mut run = Run {
        ground,
        cluster,
        clients,
        stores,
        model: beginning(),
    };
    let result = Box::pin(run.steps(script)).await;
    run.cluster.shutdown().await;
    result
}

struct Run {
    ground: Ground,
    cluster: MiniCluster,
    clients: [FileSystem; 2],
    stores: Vec<StoreTarget>,
    model: Model,
}

impl Run {
    async fn steps(&mut self, script: &Script) -> Result<(), Disagreement> {
        for (step, (client, operation)) in script.steps.iter().enumerate() {
            let done = self.step(*client, operation).await;
            done.map_err(|what| Disagreement { step, what })?;
            if (step + 1).is_multiple_of(LOOKED_INTO_EVERY) {
                let looked = self.look_into_stores().await;
                looked.map_err(|what| Disagreement { step, what })?;
            }
        }
        let end = self.end().await;
        end.map_err(|what| Disagreement {
            step: script.steps.len().saturating_sub(1),
            what: format!("at the end: {what}"),
        })
    }

    async fn step(&mut self, client: usize, operation: &Operation) -> Result<(), String> {
        if let Operation::Unmount { path } = operation {
            self.arrive(path).await?;
        }
        let content = operation.paths().first().and_then(|path| {
            let mut files = self.model.files();
            let found = files.find(|(known, _)| known == path);
            found.map(|(_, file)| file.content)
        });
        let expected = self.model.apply(operation);
        let outcome = execute(&self.clients[client], operation, &self.stores, content).await;
        match (&outcome, expected) {
            (Outcome::Done, Expected::Done | Expected::Either)
            | (Outcome::Refused(_), Expected::Refused | Expected::Either) => {}
            (Outcome::Done | Outcome::Refused(_) | Outcome::Unknown(_) | Outcome::Wrong(_), _) => {
                return Err(format!("{operation}: {outcome:?}, not {expected:?}"));
            }
        }
        if let (Operation::Expire { path }, Outcome::Done) = (operation, &outcome) {
            self.goes(path).await?;
        }
        // The others see it as well.
        let other = (client + 1) % self.clients.len();
        let listed = self.list(other).await?;
        self.model.settle(operation, |path| {
            listed.iter().any(|status| status.path == *path)
        });
        same(&self.model, &listed, Strictness::Busy)
            .map_err(|what| format!("{operation}: {what}"))?;
        self.note_arrivals(&listed);
        Ok(())
    }

    /// Waits until a path has gone that lives no longer.
    async fn goes(&self, path: &AlluxioPath) -> Result<(), String> {
        for _ in 0..LOOKS {
            let listed = self.list(0).await?;
            if self.model.node(path).is_some() || !listed.iter().any(|status| status.path == *path)
            {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(format!("expire {path}: it is still there"))
    }

    /// Waits until everything has arrived that is on its way to a store.
    async fn arrive(&mut self, top: &AlluxioPath) -> Result<(), String> {
        for _ in 0..LOOKS {
            let listed = self.list(0).await?;
            self.note_arrivals(&listed);
            if !self.model.is_coming(top) {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        let late = self
            .model
            .files()
            .map(|(path, file)| format!("{path}: {file:?}"));
        Err(format!(
            "does not arrive in its store: {:?}",
            late.collect::<Vec<_>>()
        ))
    }

    fn note_arrivals(&mut self, listed: &[FileStatus]) {
        for status in listed {
            if status.persistence == PersistenceState::Persisted {
                self.model.arrived(&status.path);
            }
        }
    }

    async fn list(&self, client: usize) -> Result<Vec<FileStatus>, String> {
        let options = ListStatusOptions {
            descend: Descend::All,
            ..ListStatusOptions::default()
        };
        let root = AlluxioPath::root();
        let listed = self.clients[client].list_status(&root, options).await;
        listed.map_err(|error| format!("cannot be listed: {error}"))
    }

    async fn end(&mut self) -> Result<(), String> {
        self.arrive(&AlluxioPath::root()).await?;
        let listed = self.list(1).await?;
        same(&self.model, &listed, Strictness::Quiet)?;
        let files: Vec<AlluxioPath> = self.model.files().map(|(path, _)| path.clone()).collect();
        for path in files {
            let operation = Operation::Read {
                path,
                position: 0,
                length: u64::MAX,
            };
            self.step(0, &operation).await?;
        }
        self.look_into_stores().await?;
        match self.ground.uploads().as_slice() {
            [] => Ok(()),
            left => Err(format!("uploads are left behind: {left:?}")),
        }
    }

    /// Compares the stores with what they should hold, when everything has arrived in them.
    async fn look_into_stores(&mut self) -> Result<(), String> {
        self.arrive(&AlluxioPath::root()).await?;
        let mut wrong = String::new();
        for _ in 0..LOOKS {
            wrong = self.wrong_in_stores().await;
            if wrong.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(wrong)
    }

    async fn wrong_in_stores(&self) -> String {
        let mut wrong = Vec::new();
        for store in std::iter::once(None).chain((0..STORES).map(Some)) {
            let expected = stored(&self.model, store);
            let found = self.ground.view(&self.cluster, store).await;
            let name = store.map_or("root".to_owned(), |number| number.to_string());
            wrong.extend(differences_in_store(&name, &expected, &found));
        }
        sentences(&wrong)
    }
}

fn same(model: &Model, listed: &[FileStatus], strictness: Strictness) -> Result<(), String> {
    let found = differences(model, listed, strictness);
    if found.is_empty() {
        return Ok(());
    }
    Err(sentences(&found))
}

fn sentences(found: &[alluxio_crash::model::Difference]) -> String {
    let sentences: Vec<String> = found.iter().map(ToString::to_string).collect();
    sentences.join("\n")
}
