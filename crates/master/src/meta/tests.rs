//! What clients rely on when they merge the configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use alluxio_common::conf::ConfProperty;
use alluxio_common::conf::property::Scope;
use alluxio_common::{ManualClock, Timestamp, WorkerAddress};

use super::*;
use crate::block::{BlockMaster, BlockMasterConf, Registration};

fn identity() -> MasterIdentity {
    MasterIdentity {
        hostname: "host".to_owned(),
        rpc_port: 19998,
        web_port: 19999,
        version: "2.9.4".to_owned(),
        started: Timestamp::from_millis(1_000),
        cluster_id: "id".to_owned(),
        zookeeper: Vec::new(),
        raft: Vec::new(),
    }
}

fn property(name: &str, value: &str) -> ConfProperty {
    ConfProperty {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        source: "DEFAULT".to_owned(),
    }
}

#[test]
fn the_hash_changes_with_the_configuration_and_with_nothing_else() {
    let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
    let view = ConfigurationView {
        resolved: vec![property("a", "1")],
        ..Default::default()
    };
    let meta = MetaMaster::new(identity(), view.clone(), clock.clone());
    let before = meta.hash();
    clock.advance(Duration::from_secs(60));
    meta.set_configuration(view.clone());
    assert_eq!(meta.hash(), before);
    let changed = ConfigurationView {
        resolved: vec![property("a", "2")],
        ..view
    };
    meta.set_configuration(changed);
    assert_ne!(meta.hash(), before);
}

#[test]
fn workers_that_take_part_are_compared_with_the_master_as_long_as_they_do() {
    const NAME: &str = "alluxio.security.authentication.type";
    let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
    let view = ConfigurationView {
        raw: vec![property(NAME, "SIMPLE")],
        ..ConfigurationView::default()
    };
    let meta = MetaMaster::new(identity(), view, clock.clone());
    let blocks = BlockMaster::new(BlockMasterConf::default(), clock.clone(), 7);
    assert_eq!(
        meta.config_report(&blocks.settings()),
        ConfigReport::default()
    );
    let address = WorkerAddress {
        host: "w".to_owned(),
        container_host: String::new(),
        rpc_port: 29_999,
        data_port: 29_999,
        web_port: 30_000,
        domain_socket_path: String::new(),
        locality: Vec::new(),
    };
    let id = blocks.worker_id(&address);
    let own = [(NAME.to_owned(), Some("NOSASL".to_owned()))];
    let registration = Registration {
        settings: ComparedSettings::of(Scope::Worker, own.into_iter()),
        ..Registration::default()
    };
    blocks.begin_registration(id).unwrap();
    blocks.complete_registration(id, registration).unwrap();
    let report = meta.config_report(&blocks.settings());
    assert_eq!(
        report.errors[0].values[&Some("NOSASL".to_owned())],
        ["w:29999"]
    );
    assert_eq!(
        report.errors[0].values[&Some("SIMPLE".to_owned())],
        ["host:19998"]
    );
    clock.advance(BlockMasterConf::default().worker_timeout * 2);
    blocks.detect_lost_workers();
    assert_eq!(
        meta.config_report(&blocks.settings()),
        ConfigReport::default()
    );
}

#[test]
fn no_path_properties_have_the_hash_of_nothing() {
    const OF_NOTHING: &str = "d41d8cd98f00b204e9800998ecf8427e";
    assert_eq!(hash_of_paths(&PathConfiguration::new()), OF_NOTHING);
    let paths =
        PathConfiguration::from([("/a".to_owned(), BTreeMap::from([("k".into(), "v".into())]))]);
    assert_ne!(hash_of_paths(&paths), OF_NOTHING);
}

/// Shows what it was given, and nothing else.
#[derive(Debug)]
struct Shown;

impl Overlay for Shown {
    fn overlaid(&self, updates: &BTreeMap<String, String>) -> ConfigurationView {
        let rows = updates.iter().map(|(name, value)| property(name, value));
        ConfigurationView {
            resolved: rows.collect(),
            raw: Vec::new(),
        }
    }
}

#[test]
fn only_what_clients_take_from_the_master_can_be_set_while_it_runs() {
    const OF_CLIENTS: &str = "alluxio.user.file.writetype.default";
    let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
    let asked = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let meta = MetaMaster::new(identity(), ConfigurationView::default(), clock.clone());
    let before = meta.hash();
    let done = meta.update_configuration(asked(&[(OF_CLIENTS, "THROUGH")]));
    assert_eq!(done, BTreeMap::from([(OF_CLIENTS.to_owned(), false)]));
    assert_eq!(meta.hash(), before);

    let meta = meta.updating(Updates::On(std::sync::Arc::new(Shown)));
    let done = meta.update_configuration(asked(&[
        (OF_CLIENTS, "THROUGH"),
        ("alluxio.user.file.readtype.default", "BOGUS"),
        ("alluxio.master.hostname", "x"),
        ("no.such", "1"),
    ]));
    let names: Vec<_> = done.iter().filter(|(_, done)| **done).collect();
    assert_eq!(names, [(&OF_CLIENTS.to_owned(), &true)]);
    assert_ne!(meta.hash(), before);
    meta.update_configuration(asked(&[("alluxio.user.app.id", "later")]));
    assert_eq!(meta.configuration().resolved.len(), 2);
}
