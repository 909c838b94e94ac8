//! [`MetaMaster`]: who the master is, and what it tells of the configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use alluxio_common::conf::property::Scope;
use alluxio_common::conf::{ConfProperty, hash};
use alluxio_common::{Clock, Timestamp};
use arc_swap::ArcSwap;

use super::config_report::{ComparedSettings, ConfigReport};

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

/// The configuration in the two forms that are asked for, and its hashes.
#[derive(Debug, Clone, Default)]
pub struct ConfigurationView {
    /// With `${…}` replaced.
    pub resolved: Vec<ConfProperty>,
    /// As somebody wrote it.
    pub raw: Vec<ConfProperty>,
    /// By path.
    pub paths: PathConfiguration,
}

/// Who the master is, and what it tells of the configuration.
#[derive(Debug)]
pub struct MetaMaster {
    identity: MasterIdentity,
    view: ArcSwap<Hashed>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct Hashed {
    view: ConfigurationView,
    cluster_hash: String,
    path_hash: String,
    compared: ComparedSettings,
}

impl MetaMaster {
    /// Tells of this master and this configuration.
    pub fn new(identity: MasterIdentity, view: ConfigurationView, clock: Arc<dyn Clock>) -> Self {
        let meta = Self {
            identity,
            view: ArcSwap::default(),
            clock,
        };
        meta.set_configuration(view);
        meta
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
        let cluster_hash = hash(&view.resolved);
        let paths: Vec<ConfProperty> = view
            .paths
            .iter()
            .flat_map(|(path, properties)| {
                properties.iter().map(move |(name, value)| ConfProperty {
                    name: format!("{path}:{name}"),
                    value: Some(value.clone()),
                    source: String::new(),
                })
            })
            .collect();
        let path_hash = hash(&paths);
        let own = view.raw.iter();
        let own = own.map(|property| (property.name.clone(), property.value.clone()));
        let compared = ComparedSettings::of(Scope::Master, own);
        self.view.store(Arc::new(Hashed {
            view,
            cluster_hash,
            path_hash,
            compared,
        }));
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

    /// Strings that change when the configuration, and the one by path, do.
    pub fn hashes(&self) -> (String, String) {
        let hashed = self.view.load();
        (hashed.cluster_hash.clone(), hashed.path_hash.clone())
    }
}
