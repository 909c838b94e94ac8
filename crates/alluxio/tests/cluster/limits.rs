//! What happens when something runs out: room, descriptors, patience.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use alluxio_common::{Clock, SystemClock};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{Cluster, Said};

const START: [&str; 4] = ["process", "start", "local", "NoMount"];

/// How long a dozen commands may take of which none is repeated for minutes.
const TOLD_SOON: Duration = Duration::from_secs(60);

/// A shell in which this user may mount file systems.
const OWN_MOUNTS: [&str; 3] = ["unshare", "-rm", "sh"];

/// A machine on which nobody may have mounts of his own cannot show what a full disk does; a test
/// that passes without a look would be worse than one that says so.
fn demand_own_mounts() {
    let mut unshare = Command::new(OWN_MOUNTS[0]);
    let tried = unshare
        .args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])
        .output();
    let tried = tried.expect("unshare of util-linux");
    let why = String::from_utf8_lossy(&tried.stderr).into_owned();
    assert!(
        tried.status.success(),
        "this test needs a small file system of its own, but this user may not mount one: {why}\n\
         allow user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0, or \
         docker run --security-opt seccomp=unconfined), or leave such tests out: \
         cargo test -p alluxio --test cluster -- --skip full_disk --skip another_folder"
    );
}

/// Starts a cluster of which one folder is a file system of its own, of this size.
fn start_on_small(cluster: &Cluster, folder: &str, size: &str) {
    let home = cluster.path("");
    let home = home.display();
    let line = format!(
        "mkdir -p {home}/{folder} && mount -t tmpfs -o size={size} tmpfs {home}/{folder} \
         && \"$0\" format"
    );
    let said = cluster.run_after(&OWN_MOUNTS, &line, &START);
    assert_eq!(said.code, 0, "{said:?}");
}

/// A path as this server sees it.
fn inside(cluster: &Cluster, server: &str, path: &str) -> PathBuf {
    let pid = cluster.pid(server).unwrap();
    let path = cluster.path(path);
    PathBuf::from(format!("/proc/{pid}/root{}", path.display()))
}

/// Takes all room that is left.
fn fill(filler: &PathBuf) {
    let mut file = File::create(filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
}

fn local_file(cluster: &Cluster, length: usize) -> String {
    let path = cluster.path("local");
    let bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

fn copy(cluster: &Cluster, write_type: &str, local: &str, path: &str) -> Said {
    cluster.fs(&format!(
        "copyFromLocal -Dalluxio.user.file.writetype.default={write_type} {local} {path}"
    ))
}

fn assert_same(cluster: &Cluster, local: &str, path: &str) {
    let output = cluster.command(&["fs", "cat", path]).output().unwrap();
    assert!(
        output.stdout == fs::read(local).unwrap(),
        "{path} has other bytes"
    );
}

/// Looks again and again until it is so.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    // A look takes the time of a command.
    assert!((0..1_000).any(|_| holds()), "did not happen: {what}");
}

fn used(cluster: &Cluster) -> String {
    cluster.fs_out("getUsedBytes")
}

#[test]
fn a_full_disk_under_the_journal_stops_changes_and_nothing_else() {
    demand_own_mounts();
    let cluster = Cluster::formatted();
    cluster.configure(&[("alluxio.master.journal.log.size.bytes.max", "64KB")]);
    start_on_small(&cluster, "journal", "2m");
    let local = local_file(&cluster, 1_000);
    assert_eq!(copy(&cluster, "CACHE_THROUGH", &local, "/file").code, 0);
    cluster.fs_out("mkdir /d");
    cluster.fs_out("ls -R /");
    let unseen = cluster.path("underFSStorage/unseen");
    fs::create_dir(&unseen).unwrap();
    fs::copy(&local, unseen.join("found")).unwrap();
    let filler = inside(&cluster, "master", "journal/filler");
    fill(&filler);
    let clock = SystemClock::new();
    let began = clock.monotonic();

    let mut acknowledged = 0;
    while acknowledged < 10_000 {
        let names: Vec<String> = (0..100).map(|n| format!("/d/{acknowledged}-{n}")).collect();
        let said = cluster.fs(&format!("mkdir {}", names.join(" ")));
        acknowledged += said.out.matches("Successfully created directory").count();
        if said.code != 0 {
            assert!(said.out.contains("No space left on device"), "{said:?}");
            break;
        }
    }
    for line in [
        "mkdir /new",
        "touch /new",
        "rm /file",
        "mv /file /moved",
        "chmod 700 /file",
    ] {
        let said = cluster.fs(line);
        assert_eq!(said.code, 255, "{line}: {said:?}");
        let sentence = "The journal cannot be written at the moment: Cannot write ";
        assert!(said.out.contains(sentence), "{line}: {said:?}");
        assert!(
            said.out.contains("No space left on device"),
            "{line}: {said:?}"
        );
    }
    assert_same(&cluster, &local, "/file");
    assert!(cluster.fs_out("ls /").contains("/file"));
    assert!(cluster.fs_out("ls /unseen").contains("/unseen/found"));
    assert_same(&cluster, &local, "/unseen/found");
    let took = clock.monotonic().saturating_sub(began);
    assert!(took < TOLD_SOON, "{took:?}");
    assert!(
        cluster
            .get("alluxio.master.web.port", "/browse?path=/")
            .contains("file")
    );
    assert!(cluster.fs_out("ls /d").lines().count() >= acknowledged);

    fs::remove_file(&filler).unwrap();
    eventually("changes are taken again", || {
        cluster.fs("mkdir /after").code == 0
    });
    assert_same(&cluster, &local, "/file");
}

#[test]
fn a_full_disk_under_a_tier_stops_what_must_be_cached_and_nothing_else() {
    demand_own_mounts();
    let cluster = Cluster::formatted();
    cluster.configure(&[
        ("alluxio.worker.ramdisk.size", "30MB"),
        ("alluxio.user.block.size.bytes.default", "4MB"),
        // This client does not see the folder of the worker.
        ("alluxio.user.short.circuit.enabled", "false"),
    ]);
    start_on_small(&cluster, "tier", "32m");
    let local = local_file(&cluster, 10_000_000);
    assert_eq!(copy(&cluster, "MUST_CACHE", &local, "/before").code, 0);
    let filler = inside(&cluster, "worker", "tier/filler");
    fill(&filler);
    let said = copy(&cluster, "MUST_CACHE", &local, "/refused");
    assert_eq!(said.code, 255, "{said:?}");
    assert!(
        said.out.contains("Not enough space left on worker"),
        "{said:?}"
    );
    for write_type in ["CACHE_THROUGH", "THROUGH"] {
        let path = format!("/{write_type}");
        let said = copy(&cluster, write_type, &local, &path);
        assert_eq!(said.code, 0, "{said:?}");
        assert_same(&cluster, &local, &path);
    }
    assert_same(&cluster, &local, "/before");
    fs::remove_file(&filler).unwrap();
    eventually("there is room again", || {
        copy(&cluster, "MUST_CACHE", &local, "/after").code == 0
    });
    assert_same(&cluster, &local, "/after");
}

#[test]
fn a_client_that_sees_another_folder_than_the_worker_is_told_and_loses_nothing() {
    demand_own_mounts();
    let cluster = Cluster::started();
    let local = local_file(&cluster, 1_000);
    // What an earlier worker left behind makes it look as if the folders were the same.
    assert_eq!(copy(&cluster, "MUST_CACHE", &local, "/first").code, 0);
    cluster.stop();
    start_on_small(&cluster, "tier", "300m");
    let said = copy(&cluster, "MUST_CACHE", &local, "/file");
    assert_eq!(said.code, 255, "{said:?}");
    assert!(said.out.contains("cannot use the block file"), "{said:?}");
    assert!(
        said.err.contains("alluxio.user.short.circuit.enabled"),
        "{said:?}"
    );
    cluster.fs_out(&format!(
        "copyFromLocal -Dalluxio.user.short.circuit.enabled=false {local} /file"
    ));
    assert_same(&cluster, &local, "/file");
}

#[test]
fn a_file_larger_than_all_tiers_is_written_through_or_refused() {
    let cluster = Cluster::formatted();
    cluster.configure(&[
        ("alluxio.worker.ramdisk.size", "16MB"),
        ("alluxio.user.block.size.bytes.default", "4MB"),
    ]);
    assert_eq!(cluster.start().code, 0);
    let local = local_file(&cluster, 40_000_000);
    for write_type in ["MUST_CACHE", "ASYNC_THROUGH"] {
        let said = copy(&cluster, write_type, &local, "/refused");
        assert_eq!(said.code, 255, "{said:?}");
        assert!(
            said.out.contains("Not enough space left on worker"),
            "{said:?}"
        );
        assert!(
            said.err
                .contains("alluxio.worker.tieredstore.level0.dirs.quota"),
            "{said:?}"
        );
        assert_eq!(cluster.fs_out("ls /"), "");
    }
    for write_type in ["CACHE_THROUGH", "THROUGH"] {
        let path = format!("/{write_type}");
        let said = copy(&cluster, write_type, &local, &path);
        assert_eq!(said.code, 0, "{said:?}");
        assert_same(&cluster, &local, &path);
    }
    // A block that is larger than the worker is no different.
    let said = cluster.fs(&format!(
        "copyFromLocal -Dalluxio.user.file.writetype.default=THROUGH \
         -Dalluxio.user.block.size.bytes.default=64MB {local} /one"
    ));
    assert_eq!(said.code, 0, "{said:?}");
    assert_same(&cluster, &local, "/one");
}

/// Begins to copy a file that takes a while, and returns when it has a name.
fn begin(cluster: &Cluster, write_type: &str, path: &str) -> Child {
    let large = cluster.path("large");
    File::create(&large).unwrap().set_len(4 << 30).unwrap();
    let write_type = format!("-Dalluxio.user.file.writetype.default={write_type}");
    let mut command = cluster.command(&["fs", "copyFromLocal", &write_type]);
    let command = command
        .arg(&large)
        .arg(path)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let running = command.spawn().unwrap();
    eventually("the file has a name", || {
        cluster.fs(&format!("stat {path}")).code == 0
    });
    running
}

fn signal(running: &Child, signal: Signal) {
    kill(Pid::from_raw(running.id().cast_signed()), signal).unwrap();
}

#[test]
fn a_client_that_dies_in_a_write_leaves_nothing_that_stays() {
    let cluster = Cluster::formatted();
    cluster.configure(&[("alluxio.user.block.size.bytes.default", "64MB")]);
    assert_eq!(cluster.start().code, 0);
    let local = local_file(&cluster, 1_000);
    for write_type in ["MUST_CACHE", "THROUGH"] {
        let mut running = begin(&cluster, write_type, "/file");
        signal(&running, Signal::SIGKILL);
        running.wait().unwrap();
        let said = cluster.fs("cat /file");
        assert_ne!(said.code, 0, "an incomplete file was read");
        cluster.fs_out("rm /file");
        eventually("its blocks are gone", || {
            used(&cluster) == "Used Bytes: 0\n"
        });
        eventually("its bytes are gone from the store", || {
            let entries = fs::read_dir(cluster.store()).unwrap();
            entries
                .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_file()))
                .count()
                == 0
        });
        assert_eq!(copy(&cluster, write_type, &local, "/file").code, 0);
        assert_same(&cluster, &local, "/file");
        cluster.fs_out("rm /file");
    }
}

#[test]
fn a_copy_that_fails_leaves_what_somebody_else_has_put_at_its_target() {
    let cluster = Cluster::started();
    let local = local_file(&cluster, 1_000);
    let mut slow = begin(&cluster, "CACHE_THROUGH", "/file");
    signal(&slow, Signal::SIGSTOP);
    cluster.fs_out("rm /file");
    assert_eq!(copy(&cluster, "CACHE_THROUGH", &local, "/file").code, 0);
    signal(&slow, Signal::SIGCONT);
    assert!(!slow.wait().unwrap().success());
    assert_same(&cluster, &local, "/file");
    assert_eq!(fs::read(cluster.store().join("file")).unwrap().len(), 1_000);
}

#[test]
fn of_two_writers_of_one_path_one_wins_and_the_other_is_told() {
    let cluster = Cluster::started();
    for round in 0..5 {
        let path = format!("/file-{round}");
        let running = ["first", "second"].map(|name| {
            let local = cluster.path(name);
            fs::write(&local, name.repeat(100_000)).unwrap();
            let mut command = cluster.command(&["fs", "copyFromLocal"]);
            let command = command.arg(&local).arg(&path).stdout(Stdio::piped());
            (local, command.stderr(Stdio::piped()).spawn().unwrap())
        });
        let ended = running.map(|(local, child)| (local, child.wait_with_output().unwrap()));
        let won: Vec<_> = ended
            .iter()
            .filter(|(_, output)| output.status.success())
            .collect();
        let [(local, _)] = won.as_slice() else {
            panic!("{ended:?}");
        };
        assert_same(&cluster, &local.display().to_string(), &path);
        let lost = ended.iter().find(|(_, output)| !output.status.success());
        let told = String::from_utf8_lossy(&lost.unwrap().1.stdout);
        assert!(told.contains("already exists"), "{told}");
    }
}

#[test]
fn silent_connections_that_take_all_descriptors_keep_nobody_out() {
    let cluster = Cluster::formatted();
    let said = cluster.run_after(&["sh"], "ulimit -n 300", &START);
    assert_eq!(said.code, 0, "{said:?}");
    let local = local_file(&cluster, 1_000_000);
    let mut silent: Vec<TcpStream> = Vec::new();
    for (port, count) in [
        // Of these, most wait outside, and more than these would not even find room there.
        ("alluxio.master.web.port", 120),
        ("alluxio.worker.web.port", 120),
        ("alluxio.master.rpc.port", 350),
        ("alluxio.worker.rpc.port", 350),
    ] {
        silent.extend((0..count).map(|_| cluster.connect(port)));
    }
    for write_type in ["MUST_CACHE", "THROUGH"] {
        let said = copy(&cluster, write_type, &local, &format!("/{write_type}"));
        assert_eq!(said.code, 0, "{said:?}");
        assert_same(&cluster, &local, &format!("/{write_type}"));
    }
    drop(silent);
    assert_eq!(cluster.run(&["process", "monitor", "local"]).code, 0);
}

#[test]
fn whoever_starts_a_cluster_over_a_store_that_cannot_be_used_is_told() {
    let cluster = Cluster::formatted();
    cluster.configure(&[
        ("alluxio.master.mount.table.root.ufs", "s3://bucket/"),
        ("alluxio.underfs.s3.endpoint", "http://127.0.0.1:1/"),
        ("s3a.accessKeyId", "a"),
        ("s3a.secretKey", "b"),
    ]);
    let said = cluster.start();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.err
            .contains("The root store s3://bucket/ cannot be used: "),
        "{said:?}"
    );
    assert!(said.err.contains("Connection refused"), "{said:?}");
    assert!(
        said.err
            .contains("try     check alluxio.underfs.s3.endpoint"),
        "{said:?}"
    );
}
