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
    let before = meta.hashes();
    clock.advance(Duration::from_secs(60));
    meta.set_configuration(view.clone());
    assert_eq!(meta.hashes(), before);
    let changed = ConfigurationView {
        resolved: vec![property("a", "2")],
        ..view
    };
    meta.set_configuration(changed);
    assert_ne!(meta.hashes().0, before.0);
    assert_eq!(meta.hashes().1, before.1);
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
    let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
    let meta = MetaMaster::new(identity(), ConfigurationView::default(), clock);
    assert_eq!(meta.hashes().1, "d41d8cd98f00b204e9800998ecf8427e");
    let paths =
        PathConfiguration::from([("/a".to_owned(), BTreeMap::from([("k".into(), "v".into())]))]);
    meta.set_configuration(ConfigurationView {
        paths,
        ..Default::default()
    });
    assert_ne!(meta.hashes().1, "d41d8cd98f00b204e9800998ecf8427e");
}
