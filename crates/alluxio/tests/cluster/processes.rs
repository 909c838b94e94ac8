//! Starting, finding and stopping the servers.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{Cluster, Said};

const NAMES: [(&str, &str); 4] = [
    ("master", "AlluxioMaster"),
    ("job_master", "AlluxioJobMaster"),
    ("worker", "AlluxioWorker"),
    ("job_worker", "AlluxioJobWorker"),
];

#[test]
fn a_cluster_starts_under_the_names_that_people_look_for_and_stops() {
    let cluster = Cluster::formatted();
    let said = cluster.start();
    assert_eq!(said.code, 0, "{said:?}");
    let logs = cluster.path("logs");
    for words in ["master", "job master", "worker", "job worker"] {
        assert!(
            said.out.contains(&format!("Starting {words} @ ")),
            "{said:?}"
        );
    }
    assert!(
        said.out.contains(&format!("Logging to {}", logs.display())),
        "{said:?}"
    );
    for (name, title) in NAMES {
        let pid = cluster.pid(name).unwrap();
        let command_line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
        assert_eq!(command_line.split('\0').nth(1), Some(title));
    }
    let said = cluster.stop();
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(
        said.out.matches("Killed 1 process(es) on ").count(),
        4,
        "{said:?}"
    );
    for (name, _) in NAMES {
        assert_eq!(cluster.pid(name), None, "{name}");
    }
}

#[test]
fn starting_again_replaces_what_runs() {
    let cluster = Cluster::started();
    let before = cluster.pid("master");
    let said = cluster.start();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("Killed 4 process(es) on "), "{said:?}");
    assert_ne!(cluster.pid("master"), before);
}

#[test]
fn a_monitor_tells_who_answers_and_a_worker_is_started_again_only_when_it_has_ended() {
    let cluster = Cluster::started();
    let said = cluster.run(&["process", "monitor", "local"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.out.matches("--- [ OK ] The ").count(), 4, "{said:?}");

    let worker = cluster.pid("worker").unwrap();
    let said = cluster.run(&["process", "start", "restart_worker", "NoMount"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said:?}");
    assert_eq!(cluster.pid("worker"), Some(worker));

    kill(Pid::from_raw(worker), Signal::SIGKILL).unwrap();
    let gone = |said: &Said| said.out.contains("--- [ FAILED ] The worker @ ");
    let said = cluster.run(&["process", "monitor", "worker"]);
    assert_eq!((said.code, gone(&said)), (1, true), "{said:?}");
    let said = cluster.run(&["process", "start", "restart_worker", "NoMount"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.starts_with("Starting worker @ ") || said.out.contains("\nStarting worker @ ")
    );
    assert_eq!(cluster.run(&["process", "monitor", "worker"]).code, 0);
}

#[test]
fn a_master_that_is_looked_after_comes_back() {
    let cluster = Cluster::formatted();
    let mut keeper = cluster.command(&["process", "start", "safe"]);
    let mut keeper = keeper.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    let mut pids = Vec::new();
    while pids.len() < 2 {
        if lines.next().unwrap() == "Alluxio is running... " {
            let pid = cluster.pid("master").unwrap();
            if !pids.contains(&pid) {
                kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
                pids.push(pid);
            }
        }
    }
    keeper.kill().unwrap();
    keeper.wait().unwrap();
}

#[test]
fn a_port_that_is_taken_is_named_and_nothing_is_left_running() {
    let cluster = Cluster::formatted();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    cluster.configure(&[("alluxio.master.rpc.port", &port)]);
    let said = cluster.start();
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("The master does not serve: "), "{said:?}");
    assert!(said.err.contains(&port), "{said:?}");
    let others = ["job master", "worker", "job worker"];
    let (_, ended) = said.err.split_once("Stopped again with it: ").unwrap();
    assert!(others.iter().all(|role| ended.contains(role)), "{said:?}");
    assert!(
        !cluster.stop().out.contains("Killed 1"),
        "something was left"
    );
}

#[test]
fn whoever_starts_a_worker_without_its_master_is_told_and_does_not_wait_for_ever() {
    let cluster = Cluster::formatted();
    // Nothing will ever answer there.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    cluster.configure(&[("alluxio.master.rpc.port", &port)]);
    let said = cluster.run(&["process", "start", "worker", "NoMount"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.err.matches("The worker does not serve yet: ").count() == 1,
        "{said:?}"
    );
    assert!(
        said.err.ends_with("as soon as its master answers.\n"),
        "{said:?}"
    );
    assert!(cluster.pid("worker").is_some());
}

#[test]
fn a_second_master_that_cannot_start_leaves_the_pid_file_of_the_first_one() {
    let cluster = Cluster::started();
    let first = cluster.pid("master");
    let said = cluster.run(&["process", "start", "-N", "master"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(cluster.pid("master"), first);
    let dump = cluster.run(&["readJournal", "-outputDir", "dump"]);
    assert_eq!(dump.code, 1, "{dump:?}");
    assert!(!cluster.path("dump").try_exists().unwrap());
}

#[test]
fn a_master_that_was_not_formatted_says_so() {
    let cluster = Cluster::formatted();
    fs::remove_dir_all(cluster.path("journal")).unwrap();
    let said = cluster.start();
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("format"), "{said:?}");
}

#[test]
fn a_value_that_does_not_parse_stops_the_start_with_file_and_line() {
    let cluster = Cluster::formatted();
    cluster.configure(&[("alluxio.worker.ramdisk.size", "10 gigs")]);
    let said = cluster.start();
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err.contains("alluxio-site.properties, line "),
        "{said:?}"
    );
    assert!(said.err.contains("\"10 gigs\" is not a size"), "{said:?}");
}

#[test]
fn what_was_written_survives_the_sudden_death_of_every_process() {
    let cluster = Cluster::started();
    let local = cluster.path("local");
    fs::write(&local, "precious").unwrap();
    for write_type in ["MUST_CACHE", "CACHE_THROUGH", "THROUGH", "ASYNC_THROUGH"] {
        cluster.fs_out(&format!(
            "copyFromLocal -Dalluxio.user.file.writetype.default={write_type} {} /{write_type}",
            local.display()
        ));
    }
    for (name, _) in NAMES {
        kill(Pid::from_raw(cluster.pid(name).unwrap()), Signal::SIGKILL).unwrap();
    }
    let said = cluster.start();
    assert_eq!(said.code, 0, "{said:?}");
    for write_type in ["MUST_CACHE", "CACHE_THROUGH", "THROUGH", "ASYNC_THROUGH"] {
        assert_eq!(
            cluster.fs_out(&format!("cat /{write_type}")),
            "precious",
            "{write_type}"
        );
    }
}

#[test]
fn levels_of_running_servers_are_shown_and_changed() {
    let cluster = Cluster::started();
    let ask = |arguments: &[&str]| {
        let said =
            cluster.run(&[&["logLevel", "--logName=alluxio.master.file"], arguments].concat());
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    };
    let all = ask(&[]);
    for role in ["master", "job_master", "worker", "job_worker"] {
        assert!(
            all.contains(&format!("[{role}]LogInfo{{INFO, alluxio.master.file, }}")),
            "{all}"
        );
    }
    let changed = ask(&["--target=master", "--level=DEBUG"]);
    assert!(
        changed.ends_with("[master]LogInfo{DEBUG, alluxio.master.file, Setting Level to DEBUG}\n"),
        "{changed}"
    );
    let refused = ask(&["--target=master", "--level=BOGUS"]);
    assert!(
        refused.ends_with("[master]LogInfo{DEBUG, alluxio.master.file, Bad level : BOGUS}\n"),
        "{refused}"
    );
}

#[test]
fn a_person_who_waits_for_the_master_is_told_once_and_a_program_is_not() {
    let cluster = Cluster::formatted();
    let words = ["fs", "ls", "-Dalluxio.user.rpc.retry.max.duration=3s", "/"];
    let silent = cluster.run(&words);
    assert_eq!(silent.code, 255, "{silent:?}");
    assert!(!silent.err.contains("trying again"), "{silent:?}");
    let seen = cluster.run_at_terminal(&words);
    let wait = "wait    trying again for up to";
    assert_eq!(seen.out.matches(wait).count(), 1, "{seen:?}");
}
