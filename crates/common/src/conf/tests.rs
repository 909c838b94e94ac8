//! The registry and the snapshot together, against what the original prints.

use super::property::DefaultValue;
use super::*;

/// Those of 2.9, and `s3a.sessionToken`, which it reads without listing it.
const PROPERTIES: usize = 861 + 1;

fn conf(pairs: &[(&str, &str)]) -> Conf {
    Conf::of(Machine::sample(), pairs).unwrap()
}

#[test]
fn the_registry_has_every_property_of_2_9_and_no_name_twice() {
    let registry = Registry::new();
    let properties = registry.properties();
    assert_eq!(properties.len(), PROPERTIES);
    assert_eq!(registry.templates().len(), 44);
    assert_eq!(registry.removed().len(), 95);
    let is_sorted = registry.removed().is_sorted_by_key(|removed| removed.name);
    assert!(is_sorted);
    for property in properties {
        assert!(registry.find_removed(property.name).is_none());
        for alias in property.aliases {
            assert_ne!(*alias, property.name);
        }
    }
}

#[test]
fn every_default_parses_as_the_type_of_its_property() {
    let conf = Conf::defaults(Machine::sample());
    for property in conf.registry().properties() {
        if property.default == DefaultValue::Unset {
            continue;
        }
        let Some(text) = conf.find(property.name) else {
            continue;
        };
        let result = value::check(property.kind, text);
        assert_eq!(result, Ok(()), "{} = {text}", property.name);
    }
}

#[test]
fn every_property_with_an_effect_has_a_key_and_a_description() {
    let registry = Registry::new();
    for property in registry.properties() {
        assert!(property.about.is_some() || !property.has_effect());
        let has_key = key::ALL.contains(&property.name);
        assert_eq!(property.about.is_some(), has_key, "{}", property.name);
    }
    for name in key::ALL {
        assert!(registry.by_name(name).is_some(), "{name}");
    }
}

#[test]
fn descriptions_are_sentences() {
    let registry = Registry::new();
    for property in registry.properties() {
        let Some(about) = property.about else {
            continue;
        };
        let starts_well = about.starts_with(|c: char| c.is_uppercase() || c == '`');
        assert!(starts_well && about.ends_with('.'), "{}", property.name);
    }
}

#[test]
fn defaults_refer_to_others_and_follow_them() {
    let conf = conf(&[
        ("alluxio.home", "/h"),
        ("alluxio.worker.ramdisk.size", "1GB"),
    ]);
    for (name, value) in [
        ("alluxio.work.dir", "/h"),
        ("alluxio.logs.dir", "/h/logs"),
        ("alluxio.user.logs.dir", "/h/logs/user"),
        ("alluxio.master.journal.folder", "/h/journal"),
        ("alluxio.master.mount.table.root.ufs", "/h/underFSStorage"),
        ("alluxio.worker.tieredstore.level0.dirs.quota", "1GB"),
        ("alluxio.worker.tieredstore.level0.dirs.mediumtype", "MEM"),
        ("alluxio.worker.tieredstore.level0.dirs.path", "/dev/shm"),
        (
            "alluxio.site.conf.dir",
            "/h/conf/,/home/alluxio/.alluxio/,/etc/alluxio/",
        ),
    ] {
        assert_eq!(conf.find(name), Some(value), "{name}");
    }
    // What refers to something unset is unset too.
    assert_eq!(conf.find("alluxio.job.master.hostname"), None);
    assert_eq!(
        conf.find("alluxio.worker.tieredstore.level1.dirs.mediumtype"),
        None
    );
    assert_eq!(conf.host("alluxio.job.master.hostname"), "localhost");
}

#[test]
fn values_are_read_by_type() {
    let conf = conf(&[
        ("alluxio.user.file.writetype.default", "through"),
        ("alluxio.worker.tieredstore.level0.dirs.path", "/a, /b;/c"),
        ("alluxio.user.file.create.ttl", "3m"),
        ("alluxio.user.file.metadata.sync.interval", ""),
        ("alluxio.worker.tieredstore.level7.alias", "X"),
    ]);
    assert_eq!(conf.choice(key::USER_FILE_WRITETYPE_DEFAULT), "THROUGH");
    assert_eq!(conf.choice(key::USER_FILE_READTYPE_DEFAULT), "CACHE");
    assert_eq!(
        conf.list(key::WORKER_TIEREDSTORE_LEVEL0_DIRS_PATH),
        ["/a", "/b", "/c"]
    );
    assert_eq!(conf.millis(key::USER_FILE_CREATE_TTL), 180_000);
    assert_eq!(conf.millis(key::USER_FILE_METADATA_SYNC_INTERVAL), -1);
    assert_eq!(conf.port(key::MASTER_RPC_PORT), 19998);
    assert_eq!(
        conf.bytes(key::USER_BLOCK_SIZE_BYTES_DEFAULT).bytes(),
        64 << 20
    );
    assert_eq!(
        conf.millis("alluxio.user.network.streaming.keepalive.time"),
        i64::MAX
    );
    assert_eq!(conf.string("alluxio.worker.tieredstore.level7.alias"), "X");
    assert!(conf.bool(key::SECURITY_AUTHORIZATION_PERMISSION_ENABLED));
}

#[test]
fn every_name_of_a_property_means_the_same() {
    for (written, canonical) in [
        ("alluxio.master.port", "alluxio.master.rpc.port"),
        ("alluxio.worker.memory.size", "alluxio.worker.ramdisk.size"),
        ("aws.accessKeyId", "s3a.accessKeyId"),
        ("aws.secretKey", "s3a.secretKey"),
        ("fs.kodo.accessKey", "fs.kodo.accesskey"),
        ("fs.kodo.secretKey", "fs.kodo.secretkey"),
        (
            "alluxio.underfs.address",
            "alluxio.master.mount.table.root.ufs",
        ),
        (
            "alluxio.dora.client.ufs.root",
            "alluxio.master.mount.table.root.ufs",
        ),
        (
            "alluxio.user.network.data.timeout",
            "alluxio.user.streaming.data.read.timeout",
        ),
    ] {
        let conf = conf(&[(written, "12")]);
        assert_eq!(conf.find(canonical), Some("12"), "{canonical}");
        assert_eq!(conf.find(written), Some("12"), "{written}");
    }
}

#[test]
fn the_canonical_name_wins_over_an_alias_of_the_same_source() {
    for pairs in [
        [
            ("alluxio.master.rpc.port", "1"),
            ("alluxio.master.port", "2"),
        ],
        [
            ("alluxio.master.port", "2"),
            ("alluxio.master.rpc.port", "1"),
        ],
    ] {
        assert_eq!(conf(&pairs).port(key::MASTER_RPC_PORT), 1);
    }
}

#[test]
fn undefined_and_circular_references_are_errors() {
    for (value, part) in [
        (
            "${no.such.thing}",
            "there is no value for ${no.such.thing} (-Dalluxio.work.dir)",
        ),
        ("${alluxio.logs.dir}", "its value refers to itself: "),
    ] {
        let error = Conf::of(Machine::sample(), &[("alluxio.work.dir", value)]).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_listing_shows_all_names_in_order_and_hides_secrets() {
    let conf = conf(&[
        ("s3a.secretKey", "abc"),
        (
            "alluxio.master.mount.table.root.option.some.password",
            "abc",
        ),
        ("fs.azure.account.key.me.blob.core.windows.net", "abc"),
        ("alluxio.dora.client.ufs.root", "/x"),
    ]);
    let entries = conf.entries();
    assert_eq!(entries.len(), PROPERTIES + 2);
    assert!(entries.iter().all(|entry| entry.value != "abc"));
    let shown: Vec<String> = conf
        .written_entries()
        .iter()
        .map(|entry| format!("{}={} ({})", entry.name, entry.value, entry.source))
        .collect();
    assert_eq!(
        shown,
        [
            "alluxio.master.mount.table.root.option.some.password=****** (SYSTEM_PROPERTY)",
            "alluxio.dora.client.ufs.root=/x (SYSTEM_PROPERTY)",
            "fs.azure.account.key.me.blob.core.windows.net=****** (SYSTEM_PROPERTY)",
            "s3a.secretKey=****** (SYSTEM_PROPERTY)",
        ]
    );
    assert!(!format!("{conf:?}").contains("abc"));
    assert_eq!(conf.string("s3a.secretKey"), "abc");
    assert_eq!(conf.entry_of("alluxio.nosuch.key"), None);
    assert_eq!(conf.entry_of("s3a.accessKeyId").unwrap().value, "");
}

#[test]
fn amounts_convert_to_units() {
    for (value, unit, expected) in [
        ("1GB", "KB", Some("1048576")),
        ("1GB", "b", Some("1073741824")),
        ("4096B", "KB", Some("4")),
        ("5min", "S", Some("300")),
        ("5min", "MS", Some("300000")),
        ("5min", "M", Some("5")),
        ("5min", "H", Some("0")),
        ("5min", "D", Some("0")),
        ("localhost", "MB", None),
    ] {
        let unit = Unit::parse(unit).unwrap();
        assert_eq!(unit.convert(value).as_deref(), expected, "{value}");
    }
    assert_eq!(Unit::parse("X"), None);
}

#[test]
fn the_hash_depends_on_the_properties_and_not_on_their_order() {
    let conf = conf(&[]);
    let mut properties = conf.wire_properties(References::AsWritten);
    let first = hash(&properties);
    properties.reverse();
    assert_eq!(hash(&properties), first);
    assert_eq!(hash(&[]), "d41d8cd98f00b204e9800998ecf8427e");
    properties[0].value = Some("changed".to_owned());
    assert_ne!(hash(&properties), first);
}

#[test]
fn what_goes_over_the_wire_keeps_references_and_masks_secrets() {
    let conf = conf(&[
        ("s3a.secretKey", "abc"),
        ("alluxio.work.dir", "${alluxio.home}/w"),
    ]);
    let properties = conf.wire_properties(References::AsWritten);
    let value = |name: &str| {
        let found = properties.iter().find(|p| p.name == name).unwrap();
        found.value.clone()
    };
    assert_eq!(value("alluxio.version").as_deref(), Some("2.9.4"));
    assert_eq!(value("alluxio.underfs.version").as_deref(), Some("3.3.4"));
    assert_eq!(
        value("alluxio.work.dir").as_deref(),
        Some("${alluxio.home}/w")
    );
    assert_eq!(value("s3a.secretKey").as_deref(), Some("******"));
    assert_eq!(value("s3a.accessKeyId"), None);
}

#[test]
fn clients_take_cluster_defaults_below_their_own_values() {
    let master = conf(&[
        ("alluxio.user.file.writetype.default", "THROUGH"),
        ("alluxio.user.file.readtype.default", "NO_CACHE"),
        ("alluxio.master.journal.folder", "/j"),
    ]);
    let client = conf(&[("alluxio.user.file.readtype.default", "CACHE")]);
    let sent = master.wire_properties(References::AsWritten);
    let merged = client.with_cluster_defaults(&sent, property::Scope::Client);
    assert_eq!(merged.choice(key::USER_FILE_WRITETYPE_DEFAULT), "THROUGH");
    assert_eq!(
        merged.source(key::USER_FILE_WRITETYPE_DEFAULT),
        ConfSource::ClusterDefault
    );
    assert_eq!(merged.choice(key::USER_FILE_READTYPE_DEFAULT), "CACHE");
    assert_eq!(
        merged.source(key::MASTER_JOURNAL_FOLDER),
        ConfSource::Default
    );
}

#[test]
fn options_below_a_prefix_are_found_without_it() {
    let conf = conf(&[
        ("alluxio.master.mount.table.root.option.a.b", "1"),
        (
            "alluxio.master.mount.table.root.option.c-d",
            "${alluxio.version}",
        ),
    ]);
    let options = conf.below("alluxio.master.mount.table.root.option.");
    let expected: Vec<(String, String)> = [("a.b", "1"), ("c-d", "2.9.4")]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .to_vec();
    assert_eq!(options.into_iter().collect::<Vec<_>>(), expected);
}
