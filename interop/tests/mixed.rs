//! Workers of one kind with a master of the other: `make interop-full` runs these tests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;

use alluxio_interop::{Cluster, Kind, Program, Runner, Server};

/// Every file is of three blocks.
const LENGTH: &str = "150000";
const BLOCKS: &str = "blockSizeBytes: 65536 writeType: ";

const WRITE_TYPES: [&str; 4] = ["MUST_CACHE", "CACHE_THROUGH", "THROUGH", "ASYNC_THROUGH"];

/// With the blocks of a worker on this host, and over the network.
const WAYS: [&str; 2] = [
    "-Dalluxio.user.short.circuit.enabled=true",
    "-Dalluxio.user.short.circuit.enabled=false",
];

/// How often is looked whether a file is persisted.
const LOOKS: u32 = 300;

struct Client(Runner);

impl Client {
    fn of(cluster: &Cluster) -> Self {
        Self(cluster.runner(Program::Shells, &[]).unwrap())
    }

    fn say(&mut self, words: &[&str]) -> String {
        let words: Vec<String> = words.iter().copied().map(str::to_owned).collect();
        self.0.run(&words).unwrap().to_string()
    }

    fn write_all(&mut self, folder: &str) {
        let made = self.say(&["client", "createDirectory", folder]);
        assert_eq!(made, "[0]");
        for (number, way) in WAYS.iter().enumerate() {
            for write_type in WRITE_TYPES {
                let file = format!("{folder}/{write_type}{number}");
                let options = format!("{BLOCKS}{write_type}");
                let written = self.say(&["client", "createFile", &file, &options, LENGTH, way]);
                assert_eq!(written, format!("[0]\n{LENGTH}"), "{file}");
            }
        }
    }

    fn read_all(&mut self, folder: &str) {
        for number in 0..WAYS.len() {
            for write_type in WRITE_TYPES {
                let file = format!("{folder}/{write_type}{number}");
                for way in WAYS {
                    let read = self.say(&["client", "read", &file, "", way]);
                    let whole = format!("[0]\n{LENGTH} bytes, ");
                    assert!(
                        read.starts_with(&whole) && read.ends_with(", as written"),
                        "{file} {way}: {read}"
                    );
                }
            }
        }
    }

    fn await_persisted(&mut self, file: &str) {
        let mut last = String::new();
        for _ in 0..LOOKS {
            last = self.say(&["client", "getStatus", file]);
            if last.contains("persistenceState=PERSISTED") {
                return;
            }
        }
        panic!("{file} is never persisted: {last}");
    }
}

/// Runs our own shell over this cluster; it must succeed.
fn our_shell(cluster: &Cluster, words: &[&str]) -> String {
    let own = std::env::current_exe().unwrap();
    let mut folders = own.ancestors().skip(1).take(2);
    let program = folders.find_map(|folder| {
        let program = folder.join("alluxio");
        program.is_file().then_some(program)
    });
    let mut command = Command::new(program.unwrap());
    command.args(words).env("ALLUXIO_HOME", cluster.path(""));
    let said = command.output().unwrap();
    let out = String::from_utf8_lossy(&said.stdout).into_owned();
    let err = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.success(), "{words:?}: {out}{err}");
    out
}

/// What our shell writes through a worker and over the network comes back, and it can report.
fn use_our_shell(cluster: &Cluster) {
    let text = "ours ".repeat(300_000);
    let local = cluster.path("ours");
    fs::write(&local, &text).unwrap();
    let local = local.display().to_string();
    for (number, way) in WAYS.iter().enumerate() {
        for write_type in WRITE_TYPES {
            let file = format!("/ours{number}{write_type}");
            let written = format!("-Dalluxio.user.file.writetype.default={write_type}");
            let copy = ["fs", "copyFromLocal", &written, way, &local, &file];
            our_shell(cluster, &copy);
            let read = our_shell(cluster, &["fs", "cat", way, &file]);
            assert!(read == text, "{file}");
        }
    }
    let report = our_shell(cluster, &["fsadmin", "report", "capacity"]);
    assert!(report.contains("Worker Name"), "{report}");
}

/// The worker is exchanged for one of the other kind, and that for one of the first: each finds the blocks
/// that the one before it has left, and both are good for all that a client does.
fn exchange_workers(kind: Kind) {
    let mut cluster = Cluster::start(kind, &[]).unwrap();
    let mut client = Client::of(&cluster);
    client.write_all("/first");

    cluster.exchange(Server::Worker).unwrap();
    use_our_shell(&cluster);
    client.read_all("/first");
    client.write_all("/second");
    client.read_all("/second");
    client.await_persisted("/first/ASYNC_THROUGH0");
    client.await_persisted("/second/ASYNC_THROUGH0");
    let freed = client.say(&["fs", "free", "/second/CACHE_THROUGH0"]);
    assert!(freed.starts_with("[0]"), "{freed}");
    client.read_all("/second");
    let persisted = client.say(&["fs", "persist", "/second/MUST_CACHE1"]);
    assert!(persisted.starts_with("[0]"), "{persisted}");
    let loaded = client.say(&["fs", "load", "/first"]);
    assert!(loaded.starts_with("[0]"), "{loaded}");
    let removed = client.say(&["fs", "rm", "-R", "/first"]);
    assert!(removed.starts_with("[0]"), "{removed}");

    cluster.exchange(Server::Worker).unwrap();
    client.read_all("/second");
    cluster.check().unwrap();
}

#[test]
#[ignore = "needs Java: make interop-full"]
fn a_java_worker_serves_our_master() {
    exchange_workers(Kind::Ours);
}

#[test]
#[ignore = "needs Java: make interop-full"]
fn our_worker_serves_a_java_master() {
    exchange_workers(Kind::Theirs);
}
