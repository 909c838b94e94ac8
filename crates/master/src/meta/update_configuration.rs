//! `update_configuration`: what clients are told while the master runs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use alluxio_common::conf::Registry;
use alluxio_common::conf::property::{Property, Scope, Update};
use tracing::info;

use super::meta_master::{ConfigurationView, MetaMaster};

/// Makes the view of a configuration with these values above all others.
pub trait Overlay: Send + Sync + fmt::Debug {
    /// The view with these values; it is the same for the same values.
    fn overlaid(&self, updates: &BTreeMap<String, String>) -> ConfigurationView;
}

/// Whether `fsadmin updateConf` changes anything.
#[derive(Debug, Clone)]
pub enum Updates {
    /// `alluxio.conf.dynamic.update.enabled` is off.
    Off,
    /// It is on.
    On(Arc<dyn Overlay>),
}

impl MetaMaster {
    /// Sets properties until the master stops, and says of each whether that was done. Properties
    /// that clients alone read can be set: clients follow within a minute. Whatever a server reads,
    /// it reads at its start.
    pub fn update_configuration(
        &self,
        properties: BTreeMap<String, String>,
    ) -> BTreeMap<String, bool> {
        let Updates::On(overlay) = self.updates() else {
            return properties.into_keys().map(|name| (name, false)).collect();
        };
        let registry = Registry::new();
        let mut done = BTreeMap::new();
        // Held to the end: of two updates the later one is told with the earlier one in it.
        let mut updated = self.updated().lock();
        for (name, value) in properties {
            let property = registry.find(&name);
            let property = property.filter(|property| takes(property, &value));
            if let Some(property) = property {
                info!(
                    property = property.name,
                    "a property was set while the master runs"
                );
                updated.insert(property.name.to_owned(), value);
            }
            done.insert(name, property.is_some());
        }
        if done.values().any(|done| *done) {
            self.set_configuration(overlay.overlaid(&updated));
        }
        done
    }
}

/// Whether the property may have this value from now on.
fn takes(property: &Property, value: &str) -> bool {
    property.update == Update::Dynamic
        && property.scope == Scope::Client
        && !property.name.contains('{')
        // What it refers to is not known here.
        && !value.contains("${")
        && property.check(value).is_ok()
}
