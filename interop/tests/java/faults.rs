//! What Java programs notice when something happens to our servers.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use alluxio_interop::{Cluster, Kind, Program, Runner, Server};

/// How long a command may take that meets a fault: clients wait between their tries.
const PATIENCE: Duration = Duration::from_secs(150);

/// How often is looked whether a command is halfway, and for how long.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: u32 = 3_000;

/// How long a client keeps a stream open without reading from it.
const STALL: Duration = Duration::from_secs(60);

/// Longer than a channel without calls lives, and until that is seen.
const REST: Duration = Duration::from_secs(8);

const MIB: usize = 1 << 20;

/// A cluster, and a Java program with what it does halfway.
struct Fault {
    cluster: Cluster,
    program: Runner,
    gates: u32,
}

impl Fault {
    fn start(settings: &[(&str, &str)], of_program: &[(&str, &str)]) -> Self {
        let cluster = Cluster::start(Kind::Ours, settings).unwrap();
        let program = cluster.runner(Program::Shells, of_program).unwrap();
        Self {
            cluster,
            program,
            gates: 0,
        }
    }

    /// What a command prints that meets no fault.
    fn say(&mut self, words: &[&str]) -> String {
        let words: Vec<String> = words.iter().copied().map(str::to_owned).collect();
        self.program.begin(&words).unwrap();
        self.answer()
    }

    /// Begins a command, and waits until it is halfway. Returns its gate.
    fn halfway(&mut self, method: &str, path: &str, options: &str, amount: usize) -> PathBuf {
        self.gates += 1;
        let gate = self.cluster.path(&format!("local/gate{}", self.gates));
        let mut words = ["faults", method, path, options]
            .map(str::to_owned)
            .to_vec();
        words.extend([amount.to_string(), gate.display().to_string()]);
        self.program.begin(&words).unwrap();
        let reached = gate.with_extension("reached");
        for _ in 0..LOOKS {
            if reached.is_file() {
                return gate;
            }
            thread::sleep(LOOK);
        }
        panic!("{words:?} is not halfway: {}", self.answer());
    }

    /// Opens the gate, and returns what the command prints.
    fn go_on(&mut self, gate: PathBuf) -> String {
        std::fs::write(gate, "").unwrap();
        self.answer()
    }

    fn answer(&mut self) -> String {
        self.program.finish(PATIENCE).unwrap().to_string()
    }

    /// Returns when a server has written this into its log.
    fn await_log(&self, server: &str, text: &str) {
        let log = self.cluster.path(&format!("logs/{server}.log"));
        for _ in 0..LOOKS {
            if std::fs::read_to_string(&log).is_ok_and(|said| said.contains(text)) {
                return;
            }
            thread::sleep(LOOK);
        }
        panic!("{} never says {text:?}", log.display());
    }

    fn kill(&mut self, server: Server) {
        self.cluster.kill(server).unwrap();
    }

    fn start_again(&mut self, server: Server) {
        self.cluster.start_again(server).unwrap();
    }
}

const REMOTE: (&str, &str) = ("alluxio.user.short.circuit.enabled", "false");

#[test]
#[ignore = "needs Java: make interop"]
fn a_reader_whose_worker_is_killed_goes_on_with_another_one() {
    let mut fault = Fault::start(&[], &[REMOTE]);
    let options = "blockSizeBytes: 1048576 writeType: CACHE_THROUGH";
    let length = (8 * MIB).to_string();
    let written = fault.say(&["client", "createFile", "/f", options, &length]);
    assert_eq!(written, "[0]\n8388608");
    fault.cluster.start_worker_elsewhere("tier2").unwrap();

    let gate = fault.halfway("read", "/f", "readType: NO_CACHE", 5 * MIB / 2);
    fault.kill(Server::Worker);
    assert_eq!(fault.go_on(gate), "[0]\n8388608 bytes, 0 of them wrong");
}

#[test]
#[ignore = "needs Java: make interop"]
fn a_reader_finds_its_worker_at_another_port() {
    let mut fault = Fault::start(&[], &[REMOTE]);
    let options = "blockSizeBytes: 1048576 writeType: MUST_CACHE";
    let length = (4 * MIB).to_string();
    let written = fault.say(&["client", "createFile", "/f", options, &length]);
    assert_eq!(written, "[0]\n4194304");

    let gate = fault.halfway("read", "/f", "", 3 * MIB / 2);
    fault.kill(Server::Worker);
    fault.cluster.start_worker_elsewhere("tier").unwrap();
    assert_eq!(fault.go_on(gate), "[0]\n4194304 bytes, 0 of them wrong");
}

/// A listing of 2,000 entries has twenty of these.
const SHORT_MESSAGES: (&str, &str) = (
    "alluxio.master.filesystem.liststatus.result.message.length",
    "100",
);

#[test]
#[ignore = "needs Java: make interop"]
fn nothing_is_lost_or_done_twice_when_the_master_is_killed() {
    let mut fault = Fault::start(&[SHORT_MESSAGES], &[]);
    let many = ["client", "many", "/many", "writeType: MUST_CACHE", "300"];
    assert_eq!(fault.say(&["client", "createDirectory", "/many"]), "[0]");
    assert_eq!(fault.say(&many), "[0]\n300 files");

    // While it lists.
    fault.halfway("list", "/many", "", 400);
    fault.kill(Server::Master);
    fault.start_again(Server::Master);
    assert_eq!(fault.answer(), "[0]\n{300=400}");

    // In the middle of a listing that comes in many messages.
    assert_eq!(fault.say(&["client", "createDirectory", "/long"]), "[0]");
    let none = fault.cluster.path("local/none").display().to_string();
    let made = fault.say(&["faults", "make", "/long", "", "2000", &none]);
    assert_eq!(made, "[0]\n2000 directories");
    fault.halfway("list", "/long", "", 40);
    fault.kill(Server::Master);
    fault.start_again(Server::Master);
    assert_eq!(fault.answer(), "[0]\n{2000=40}");

    // While it makes directories: what was made when the answer got lost is not refused.
    assert_eq!(fault.say(&["client", "createDirectory", "/made"]), "[0]");
    fault.halfway("make", "/made", "", 1_000);
    fault.kill(Server::Master);
    fault.start_again(Server::Master);
    assert_eq!(fault.answer(), "[0]\n1000 directories");

    // While many of its threads change files in many ways.
    assert_eq!(fault.say(&["client", "createDirectory", "/changed"]), "[0]");
    fault.halfway("change", "/changed", "", 600);
    fault.kill(Server::Master);
    fault.start_again(Server::Master);
    assert_eq!(fault.answer(), "[0]\n600 are left");

    // While it writes a file: the blocks before and after are of one file.
    let options = "blockSizeBytes: 1048576 writeType: CACHE_THROUGH";
    let gate = fault.halfway("write", "/f", options, 5 * MIB);
    fault.kill(Server::Master);
    fault.start_again(Server::Master);
    assert_eq!(fault.go_on(gate), "[0]\n5242880 bytes");
    let read = fault.say(&["client", "read", "/f"]);
    assert!(
        read.starts_with("[0]\n5242880 bytes") && read.ends_with("as written"),
        "{read}"
    );
}

#[test]
#[ignore = "needs Java: make interop"]
fn a_program_that_has_rested_goes_on_though_its_channels_have_expired() {
    let mut fault = Fault::start(
        &[("alluxio.security.stale.channel.purge.interval", "3s")],
        &[REMOTE],
    );
    assert_eq!(fault.say(&["client", "createDirectory", "/d"]), "[0]");

    let gate = fault.halfway("rest", "/d", "", 1_000);
    for server in ["master", "worker"] {
        fault.await_log(server, "channels without calls were revoked");
    }
    let done = fault.go_on(gate);
    assert_eq!(done, "[0]\nbefore 1000\nbefore 1\nafter 1000\nafter 2");

    let options = "blockSizeBytes: 1048576 writeType: MUST_CACHE";
    let length = (4 * MIB).to_string();
    let written = fault.say(&["client", "createFile", "/f", options, &length]);
    assert_eq!(written, "[0]\n4194304");
    let gate = fault.halfway("read", "/f", "", 3 * MIB / 2);
    thread::sleep(REST);
    assert_eq!(fault.go_on(gate), "[0]\n4194304 bytes, 0 of them wrong");
}

#[test]
#[ignore = "needs Java: make interop"]
fn a_message_that_is_too_large_is_refused_and_the_next_one_is_not() {
    let limit = ("alluxio.master.network.max.inbound.message.size", "1MB");
    let mut fault = Fault::start(&[limit], &[]);
    let none = fault.cluster.path("local/none").display().to_string();
    let written = fault.say(&["client", "createFile", "/f", "writeType: MUST_CACHE", "10"]);
    assert_eq!(written, "[0]\n10");
    let refused = fault.say(&["faults", "large", "/f", "", "3000000", &none]);
    let why = "bytes, and this server takes 1048576";
    assert!(
        refused.starts_with("[1]") && refused.contains(why),
        "{refused}"
    );
    let done = fault.say(&["faults", "large", "/f", "", "1000", &none]);
    assert_eq!(done, "[0]\ndone");
}

#[test]
#[ignore = "needs Java: make interop"]
fn a_reader_that_stops_for_a_minute_goes_on_where_it_was() {
    let mut fault = Fault::start(&[], &[REMOTE]);
    let options = "blockSizeBytes: 33554432 writeType: MUST_CACHE";
    let length = (40 * MIB).to_string();
    let written = fault.say(&["client", "createFile", "/f", options, &length]);
    assert_eq!(written, "[0]\n41943040");

    let gate = fault.halfway("read", "/f", "", MIB);
    thread::sleep(STALL);
    assert_eq!(fault.go_on(gate), "[0]\n41943040 bytes, 0 of them wrong");
}
