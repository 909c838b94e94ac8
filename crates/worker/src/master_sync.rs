//! Keeping in step with the master: registration, heartbeats, commands, the list of pinned files.
//!
//! While there is no master, the worker goes on serving what it has. A master that has started again
//! answers a heartbeat with "register", which tells it everything anew.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::block_report::{self, Identity, MetricsReport};
use crate::master_client::{MasterCommand, MasterError};
use crate::removals::Removals;
use crate::worker::Worker;

/// How long to wait when the master does not let this worker register yet.
const LEASE_PAUSE: Duration = Duration::from_secs(1);

/// How often to ask for permission to register before beginning again from the start.
const LEASE_TRIES: usize = 30;

/// Whether the master knows this worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Not yet, or not any more.
    Missing,
    /// It does, as far as this worker has heard.
    Done,
}

/// One side of the conversation with the master.
#[derive(Debug)]
pub struct MasterSync {
    worker: Arc<Worker>,
    identity: Identity,
    batch: usize,
    report: MetricsReport,
    removals: Arc<Removals>,
    state: watch::Sender<Registration>,
    /// Whether the last round failed: only the change is worth a line in the log.
    silent: bool,
}

impl MasterSync {
    /// Nothing was said yet. `batch` is the largest number of blocks in one message.
    pub fn new(worker: Arc<Worker>, identity: Identity, batch: usize) -> Self {
        let report = MetricsReport::new(Arc::clone(&worker.metrics), &worker.address.host);
        Self {
            removals: Removals::start(&worker.store, &worker.tasks),
            worker,
            identity,
            batch,
            report,
            state: watch::Sender::new(Registration::Missing),
            silent: false,
        }
    }

    /// Tells whether the worker is registered, and when that changes.
    pub fn registration(&self) -> watch::Receiver<Registration> {
        self.state.subscribe()
    }

    /// One round: registers if need be, else tells what has changed.
    pub async fn round(&mut self) {
        let registered = *self.state.borrow() == Registration::Done;
        let outcome = if registered {
            self.heartbeat().await
        } else {
            self.register().await
        };
        match outcome {
            Ok(()) => self.silent = false,
            Err(error) if self.silent => debug!(%error, "the master is still not reached"),
            Err(error) => {
                warn!(%error, "the master is not reached; blocks are served on");
                self.silent = true;
            }
        }
    }

    async fn register(&mut self) -> Result<(), MasterError> {
        let worker = Arc::clone(&self.worker);
        let worker_id = worker.master.fetch_worker_id(&worker.address).await?;
        let mut tries = 0;
        while !worker
            .master
            .request_register_lease(worker.store.block_count())
            .await?
        {
            tries += 1;
            if tries == LEASE_TRIES {
                return Ok(());
            }
            tokio::time::sleep(LEASE_PAUSE).await;
        }
        // Forgotten before the list is made: what changes after it is told by the next heartbeat.
        worker.store.take_changes();
        worker.store.take_lost_news();
        let messages =
            block_report::registration(&worker.store, worker_id.raw(), &self.identity, self.batch);
        worker.master.register(messages).await?;
        worker.metrics.registrations.increment();
        info!(%worker_id, blocks = worker.store.block_count(), "registered with the master");
        self.state.send_replace(Registration::Done);
        Ok(())
    }

    async fn heartbeat(&mut self) -> Result<(), MasterError> {
        let store = &self.worker.store;
        let changes = store.take_changes();
        if changes.incomplete {
            self.state.send_replace(Registration::Missing);
            return self.register().await;
        }
        let (metrics, told) = self.report.growth();
        let message = block_report::heartbeat(store, &changes, metrics);
        let command = match self.worker.master.heartbeat(message).await {
            Ok(command) => command,
            Err(error) => {
                store.put_back_changes(changes);
                return Err(error);
            }
        };
        self.report.remember(told);
        match command {
            MasterCommand::Nothing => Ok(()),
            MasterCommand::Register => {
                info!("the master asks to register again");
                self.state.send_replace(Registration::Missing);
                self.register().await
            }
            MasterCommand::Remove(blocks) => {
                self.removals.add(blocks);
                Ok(())
            }
        }
    }
}

/// Fetches the list of pinned files once. Without an answer the last list stays in force.
pub async fn sync_pin_list(worker: &Worker) {
    match worker.master.fetch_pinned_files().await {
        Ok(files) => worker.store.set_pinned(files),
        Err(error) => debug!(%error, "the list of pinned files is as it was"),
    }
}
