//! [`CrashRun`]: rounds of load, death, recovery and comparison.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alluxio_client::{CreateDirectoryOptions, IfExists, Parents, ShortCircuit};
use alluxio_common::{AlluxioPath, WriteType};
use anyhow::{Context, Result};
use futures::future::join_all;
use parking_lot::Mutex;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::time::sleep;

use crate::chaos::{Blow, Plan};
use crate::check::{Copies, Patience, check};
use crate::cluster::{ClientKind, CrashCluster, Part};
use crate::evidence::Evidence;
use crate::history::{History, Violation};
use crate::load::LoadClient;
use crate::model::{InStore, Model, Operation, Sizes};
use crate::shared::SharedPaths;
use crate::site::StoreKind;
use crate::tally::Tally;

/// A client that tries until everybody is back, and one that gives up.
const PATIENT: Duration = Duration::from_secs(30);
const HASTY: Duration = Duration::from_millis(150);

/// Longer than the master takes to look again for copies that came late.
const LATE_COPIES: Patience = Patience(Duration::from_mins(5));

/// What a run is like.
#[derive(Debug, Clone)]
pub struct CrashOptions {
    /// The built program.
    pub program: PathBuf,
    /// An empty folder for everything.
    pub home: PathBuf,
    /// What the cluster stands over.
    pub store: StoreKind,
    /// Everything that is chosen follows from it.
    pub seed: u64,
    /// How many clients work at once.
    pub clients: usize,
    /// How long a cluster may take to come to rest.
    pub patience: Patience,
}

/// A cluster, its clients, and what has happened to them.
#[derive(Debug)]
pub struct CrashRun {
    cluster: CrashCluster,
    clients: Vec<LoadClient>,
    history: History,
    rng: SmallRng,
    patience: Patience,
    tally: Arc<Mutex<Tally>>,
}

impl CrashRun {
    /// Starts a cluster and makes each client its directory.
    ///
    /// # Errors
    /// When the cluster does not start.
    pub async fn start(options: CrashOptions) -> Result<Self> {
        let CrashOptions {
            program,
            home,
            store,
            seed,
            clients,
            patience,
        } = options;
        let cluster = CrashCluster::start(&program, &home, store).await?;
        let history = History::new(Arc::clone(cluster.clock()));
        let mut rng = SmallRng::seed_from_u64(seed);
        let tally = Arc::<Mutex<Tally>>::default();
        let evidence = Evidence::new(cluster.home());
        let mut all = Vec::new();
        let shared = Arc::new(SharedPaths::new(AlluxioPath::root().child("shared")));
        for number in 0..clients {
            let mut client = new_client(&cluster, number, history.clone(), rng.random())?;
            client.shared = Arc::clone(&shared);
            client.tally = Arc::clone(&tally);
            client.evidence = evidence.clone();
            let made = CreateDirectoryOptions {
                if_exists: IfExists::Fail,
                parents: Parents::MustExist,
                mode: None,
                write_type: Some(WriteType::MustCache),
            };
            let root = client.model.root();
            client.files[0].create_directory(root, made.clone()).await?;
            if number == 0 {
                let root = shared.root();
                client.files[0].create_directory(root, made).await?;
            }
            all.push(client);
        }
        Ok(Self {
            cluster,
            clients: all,
            history,
            rng,
            patience,
            tally,
        })
    }

    /// The folder of everything.
    pub fn home(&self) -> &Path {
        self.cluster.home()
    }

    /// The cluster.
    pub fn cluster(&mut self) -> &mut CrashCluster {
        &mut self.cluster
    }

    /// What the clients have asked for, and what came of it.
    pub fn tally(&self) -> Tally {
        self.tally.lock().clone()
    }

    /// A load in which parts die and come back, and the comparison afterwards.
    ///
    /// # Errors
    /// When a part does not start again.
    pub async fn round(&mut self) -> Result<(Plan, Vec<Violation>)> {
        let plan = Plan::draw(&mut self.rng, &self.cluster.parts());
        let found = self.suffer(&plan).await?;
        Ok((plan, found))
    }

    /// A round in which this happens.
    ///
    /// # Errors
    /// When a part does not start again.
    pub async fn suffer(&mut self, plan: &Plan) -> Result<Vec<Violation>> {
        let stop = AtomicBool::new(false);
        let load = join_all(self.clients.iter_mut().map(|client| client.work(&stop)));
        let chaos = Chaos {
            cluster: &mut self.cluster,
            history: &self.history,
        };
        let chaos = chaos.strike(plan, &stop);
        let (worked, struck) = tokio::join!(load, chaos);
        struck?;
        let mut found: Vec<Violation> = worked.into_iter().filter_map(Result::err).collect();
        if found.is_empty() {
            found = self.compare().await?;
        }
        Ok(found)
    }

    /// One operation of one client, in peace.
    ///
    /// # Errors
    /// When it does not turn out as it should.
    pub async fn perform(&mut self, client: usize, operation: &Operation) -> Result<(), Violation> {
        self.clients[client].perform(operation).await
    }

    /// The directory of a client.
    pub fn directory(&self, client: usize) -> &AlluxioPath {
        self.clients[client].model.root()
    }

    /// Compares the cluster with what its clients know.
    ///
    /// # Errors
    /// When a store or a folder cannot be looked into.
    pub async fn compare(&mut self) -> Result<Vec<Violation>> {
        self.compare_for(self.patience, Copies::MayComeLate).await
    }

    /// Compares for the last time: nothing at all is left, and the load was one in which most of what
    /// should have been done was done.
    ///
    /// # Errors
    /// When a store or a folder cannot be looked into.
    pub async fn finish(&mut self) -> Result<Vec<Violation>> {
        let mut found = self.compare_for(LATE_COPIES, Copies::Gone).await?;
        let root = AlluxioPath::root();
        let short = self.tally().shortfalls().into_iter();
        found.extend(short.map(|what| self.history.violation(&root, what)));
        Ok(found)
    }

    async fn compare_for(&mut self, patience: Patience, copies: Copies) -> Result<Vec<Violation>> {
        let (clients, history) = (&mut self.clients, &self.history);
        let found = check(&self.cluster, clients, history, patience, copies).await?;
        self.cluster.is_compared();
        Ok(found)
    }
}

fn new_client(
    cluster: &CrashCluster,
    number: usize,
    history: History,
    seed: u64,
) -> Result<LoadClient> {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut files = Vec::new();
    for (patience, short_circuit) in [
        (PATIENT, ShortCircuit::Enabled),
        (PATIENT, ShortCircuit::Disabled),
        (HASTY, ShortCircuit::Enabled),
        (HASTY, ShortCircuit::Disabled),
    ] {
        let kind = ClientKind {
            patience,
            short_circuit,
        };
        // Operation ids are drawn from it, and must differ between clients.
        files.push(cluster.client(kind, rng.random())?);
    }
    let stores: Vec<_> = cluster.stores().get(number).cloned().into_iter().collect();
    let root = AlluxioPath::root().child(&format!("c{number}"));
    let large = match cluster.parts().contains(&Part::Store) {
        // Uploads have parts of 5 MB.
        true => 12 << 20,
        false => 3 << 20,
    };
    Ok(LoadClient {
        number,
        shared: Arc::new(SharedPaths::new(root.clone())),
        model: Model::new(root, InStore::No, stores.len()),
        stores,
        files,
        rng,
        sizes: Sizes {
            usual: 300_000,
            large,
        },
        history,
        attendance: cluster.attendance().clone(),
        tally: Arc::default(),
        evidence: Evidence::new(cluster.home()),
    })
}

/// Stops, kills and starts.
struct Chaos<'a> {
    cluster: &'a mut CrashCluster,
    history: &'a History,
}

impl Chaos<'_> {
    /// Does what is planned; then the load ends.
    async fn strike(mut self, plan: &Plan, stop: &AtomicBool) -> Result<()> {
        let mut result = Ok(());
        for blow in &plan.blows {
            sleep(blow.after).await;
            result = self.strike_once(blow).await;
            if result.is_err() {
                break;
            }
        }
        if result.is_ok() {
            sleep(plan.rest).await;
        }
        stop.store(true, Ordering::Relaxed);
        result
    }

    async fn strike_once(&mut self, blow: &Blow) -> Result<()> {
        self.history.note(&[], format!("struck: {blow}"));
        for part in &blow.hung {
            self.cluster.hang(*part)?;
        }
        for part in &blow.killed {
            self.cluster.kill(*part)?;
        }
        sleep(blow.absence).await;
        for part in &blow.hung {
            self.cluster.go_on(*part)?;
        }
        self.history
            .note(&[], format!("started: {:?}", blow.started));
        let started = self.cluster.start_parts(&blow.started).await;
        started.with_context(|| format!("after {blow}"))?;
        self.history.note(&[], "all serve".to_owned());
        Ok(())
    }
}
