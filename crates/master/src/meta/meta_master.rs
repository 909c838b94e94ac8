//! [`MetaMaster`]: who the master is, and what it tells of the configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use alluxio_common::conf::property::Scope;
use alluxio_common::conf::{ConfProperty, hash};
use alluxio_common::{Clock, Timestamp};
use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::config_report::{ComparedSettings, ConfigReport};
use super::update_configuration::Updates;

/// Who this master is: plain data, made when the process starts.
#[derive(Debug, Clone)]
pub struct MasterIdentity {
    /// The name that clients use.
    pub hostname: String,
    /// Where calls are answered.
    pub rpc_port: u16,
    /// Where the pages are.
    pub web_port: u16,
    /// What clients are told: the release whose protocol this is.
    pub version: String,
    /// When the process started.
    pub started: Timestamp,
    /// The id that the cluster got when it was formatted.
    pub cluster_id: String,
    /// ZooKeeper, when it elects the primary.
    pub zookeeper: Vec<String>,
    /// The masters of the embedded journal, when there is one.
    pub raft: Vec<String>,
}

/// Properties for a subtree, by path.
pub type PathConfiguration = BTreeMap<String, BTreeMap<String, String>>;

/// A text that changes when the properties by path do.
pub fn hash_of_paths(paths: &PathConfiguration) -> String {
    let properties = paths.iter().flat_map(|(path, properties)| {
        properties.iter().map(move |(name, value)| ConfProperty {
            name: format!("{path}:{name}"),
            value: Some(value.clone()),
            source: String::new(),
        })
    });
    hash(&properties.collect::<Vec<_>>())
}

/// The configuration in the two forms that are asked for, and its hashes.
#[derive(Debug, Clone, Default)]
pub struct ConfigurationView {
    /// With `${…}` replaced.
    pub resolved: Vec<ConfProperty>,
    /// As somebody wrote it.
    pub raw: Vec<ConfProperty>,
}

/// Who the master is, and what it tells of the configuration.
#[derive(Debug)]
pub struct MetaMaster {
    identity: MasterIdentity,
    view: ArcSwap<Hashed>,
    updates: Updates,
    /// What was set while the master runs.
    updated: Mutex<BTreeMap<String, String>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Hashed {
    view: ConfigurationView,
    cluster_hash: String,
    /// When it came to be.
    since: Timestamp,
    compared: ComparedSettings,
}

impl Hashed {
    fn of(view: ConfigurationView, since: Timestamp) -> Self {
        let own = view.raw.iter();
        let own = own.map(|property| (property.name.clone(), property.value.clone()));
        Self {
            cluster_hash: hash(&view.resolved),
            compared: ComparedSettings::of(Scope::Master, own),
            since,
            view,
        }
    }
}

impl MetaMaster {
    /// Tells of this master and this configuration.
    pub fn new(identity: MasterIdentity, view: ConfigurationView, clock: Arc<dyn Clock>) -> Self {
        Self {
            identity,
            view: ArcSwap::from_pointee(Hashed::of(view, clock.now())),
            updates: Updates::Off,
            updated: Mutex::default(),
            clock,
        }
    }

    /// The same, but properties may be set while it runs, or not.
    #[must_use]
    pub fn updating(mut self, updates: Updates) -> Self {
        self.updates = updates;
        self
    }

    pub(super) fn updates(&self) -> &Updates {
        &self.updates
    }

    pub(super) fn updated(&self) -> &Mutex<BTreeMap<String, String>> {
        &self.updated
    }

    /// Who the master is.
    pub fn identity(&self) -> &MasterIdentity {
        &self.identity
    }

    /// How long it has been up, in milliseconds.
    pub fn uptime_ms(&self) -> i64 {
        (self.clock.now().millis() - self.identity.started.millis()).max(0)
    }

    /// The address as Alluxio prints it: Java shows a socket address before its look-up like this.
    pub fn printed_address(&self) -> String {
        format!(
            "{}/<unresolved>:{}",
            self.identity.hostname, self.identity.rpc_port
        )
    }

    /// Replaces what is told of the configuration.
    pub fn set_configuration(&self, view: ConfigurationView) {
        let hashed = Hashed::of(view, self.clock.now());
        self.view.store(Arc::new(hashed));
    }

    /// The configuration.
    pub fn configuration(&self) -> ConfigurationView {
        self.view.load().view.clone()
    }

    /// Compares this master with these workers, named by host and port. References count as they
    /// were written: what they stand for differs from machine to machine.
    pub fn config_report(&self, workers: &[(String, Arc<ComparedSettings>)]) -> ConfigReport {
        let hashed = self.view.load();
        let own = format!("{}:{}", self.identity.hostname, self.identity.rpc_port);
        let workers = workers
            .iter()
            .map(|(server, settings)| (server.as_str(), &**settings));
        ConfigReport::compare(std::iter::once((own.as_str(), &hashed.compared)).chain(workers))
    }

    /// A text that changes when the configuration does.
    pub fn hash(&self) -> String {
        self.view.load().cluster_hash.clone()
    }

    /// When the configuration came to be as it is.
    pub fn configured_at(&self) -> Timestamp {
        self.view.load().since
    }
}
