//! What clients rely on when they merge the configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use alluxio_common::conf::ConfProperty;
use alluxio_common::{ManualClock, Timestamp};

use super::*;

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
