//! Trees of files: in, read back, moved, freed, out again.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{Cluster, assert_same_tree};

/// Files of many lengths, odd names, deep directories, links.
fn make_tree(cluster: &Cluster) -> std::path::PathBuf {
    let root = cluster.path("tree");
    fs::create_dir_all(root.join("deep/er/and deeper")).unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    for (name, length) in [
        ("empty file", 0_usize),
        ("one", 1),
        ("100%.txt", 80),
        ("a+b&c;d'e\"f", 5_000),
        ("ünï😀", 70_000),
        ("deep/er/and deeper/[x]*?", 300),
        ("large", 3_500_000),
        (" leading", 4),
    ] {
        let bytes: Vec<u8> = (0..length).map(|index| (index * 31 % 251) as u8).collect();
        fs::write(root.join(name), bytes).unwrap();
    }
    root
}

#[test]
fn a_tree_comes_back_byte_for_byte_also_through_the_store() {
    let cluster = Cluster::started();
    let root = make_tree(&cluster);
    let tree = root.display().to_string();
    let write = "-Dalluxio.user.file.writetype.default=CACHE_THROUGH";
    let said = cluster.run(&["fs", "copyFromLocal", write, &tree, "/in"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out
            .ends_with(&format!("Copied file://{tree} to /in\n")),
        "{said:?}"
    );

    let out = cluster.path("out");
    cluster.fs_out(&format!("copyToLocal /in {}", out.display()));
    assert_same_tree(&root, &out);
    assert_same_tree(&root, &cluster.store().join("in"));

    cluster.fs_out("mv /in /moved");
    cluster.fs_out("free /moved");
    let again = cluster.path("again");
    cluster.fs_out(&format!("copyToLocal /moved {}", again.display()));
    assert_same_tree(&root, &again);

    assert_eq!(cluster.fs_out("rm -R /moved"), "/moved has been removed\n");
    assert_eq!(
        fs::read_dir(cluster.store())
            .unwrap()
            .filter(|entry| {
                !entry
                    .as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .starts_with('.')
            })
            .count(),
        0
    );
}

#[test]
fn what_cannot_be_copied_is_reported_and_the_rest_is_copied() {
    let cluster = Cluster::started();
    let root = cluster.path("tree");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("good"), "good").unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    symlink("..", root.join("up")).unwrap();
    let said = cluster.fs(&format!("copyFromLocal {} /in", root.display()));
    assert_eq!(said.code, 255, "{said:?}");
    assert!(said.out.contains("ERRORS:\n"), "{said:?}");
    assert!(
        said.err.contains("dangling (No such file or directory)"),
        "{said:?}"
    );
    assert_eq!(cluster.fs_out("cat /in/good"), "good");
}

#[test]
fn what_is_wrong_with_one_match_of_a_pattern_does_not_keep_the_others_back() {
    let cluster = Cluster::started();
    let root = cluster.path("tree");
    fs::create_dir_all(root.join("c")).unwrap();
    fs::write(root.join("a"), "a").unwrap();
    fs::write(root.join(OsStr::from_bytes(b"b\xff")), "b").unwrap();
    fs::write(root.join("c/d"), "d").unwrap();
    symlink("nowhere", root.join("bad")).unwrap();
    let said = cluster.fs(&format!("copyFromLocal {}/* /in", root.display()));
    assert_eq!(said.code, 255, "{said:?}");
    assert!(said.out.contains("ERRORS:\n"), "{said:?}");
    assert!(
        said.err.contains("bad (No such file or directory)"),
        "{said:?}"
    );
    assert!(
        said.err.contains("has no name that Alluxio can keep"),
        "{said:?}"
    );
    assert_eq!(cluster.fs_out("cat /in/a"), "a");
    assert_eq!(cluster.fs_out("cat /in/c/d"), "d");

    let said = cluster.fs_out("cp -R /in/* /out");
    assert!(said.starts_with("Created directory: /out\n"), "{said}");
    assert!(said.contains("Copied /in/a to /out/a\n"), "{said}");
    assert_eq!(cluster.fs_out("cat /out/c/d"), "d");
}

#[test]
fn the_longest_names_come_back() {
    let cluster = Cluster::started();
    let root = cluster.path("tree");
    fs::create_dir(&root).unwrap();
    for length in [233, 234, 255] {
        fs::write(root.join("x".repeat(length)), "x").unwrap();
    }
    cluster.fs_out(&format!("copyFromLocal {} /in", root.display()));
    let out = cluster.path("out");
    cluster.fs_out(&format!("copyToLocal /in {}", out.display()));
    assert_same_tree(&root, &out);
}

/// Runs `alluxio fs …` until `has_begun`, then asks it to end; whoever runs the tests may have Ctrl-C
/// ignored.
fn interrupt(cluster: &Cluster, line: &str, has_begun: impl Fn() -> bool) {
    let words = ["fs"].into_iter().chain(line.split(' '));
    let mut command = cluster.command(&words.collect::<Vec<_>>());
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = command.spawn().unwrap();
    while !has_begun() {
        assert_eq!(running.try_wait().unwrap(), None, "fs {line}");
    }
    let pid = i32::try_from(running.id()).unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    let status = running.wait().unwrap();
    assert_eq!(status.signal(), Some(Signal::SIGTERM as i32), "fs {line}");
}

#[test]
fn a_copy_that_is_interrupted_leaves_nothing_at_its_target() {
    const ENDLESS: u64 = 1 << 36;
    let cluster = Cluster::started();
    let huge = cluster.path("huge");
    File::create(&huge).unwrap().set_len(ENDLESS).unwrap();
    let through = "-Dalluxio.user.file.writetype.default=THROUGH";
    let upload = format!("copyFromLocal {through} {} /in", huge.display());
    let is_there = || cluster.fs("test -e /in").code == 0;
    interrupt(&cluster, &upload, is_there);
    assert!(!is_there());
    let stored = || fs::read_dir(cluster.store()).unwrap().count();
    assert_eq!(stored(), 0);

    let stored = File::create(cluster.store().join("huge")).unwrap();
    stored.set_len(ENDLESS).unwrap();
    let out = cluster.path("out");
    fs::create_dir(&out).unwrap();
    let found = || fs::read_dir(&out).unwrap().count();
    let read = "-Dalluxio.user.file.readtype.default=NO_CACHE";
    let download = format!("copyToLocal {read} /huge {}", out.display());
    interrupt(&cluster, &download, || found() == 1);
    assert_eq!(found(), 0);

    let copy = format!("cp {read} {through} /huge /copy");
    interrupt(&cluster, &copy, || cluster.fs("test -e /copy").code == 0);
    assert_ne!(cluster.fs("test -e /copy").code, 0);
}

#[test]
fn a_directory_is_copied_inside_alluxio_but_never_into_itself() {
    let cluster = Cluster::started();
    let root = make_tree(&cluster);
    cluster.fs_out(&format!("copyFromLocal {} /a", root.display()));
    let said = cluster.fs("cp -R /a /a/deep/copy");
    assert_eq!(said.code, 255, "{said:?}");
    assert_eq!(
        said.out,
        "Cannot copy because /a is a prefix of /a/deep/copy\n"
    );
    let said = cluster.fs("cp /a /b");
    assert!(
        said.out
            .starts_with("/a is a directory, to copy it please use"),
        "{said:?}"
    );
    assert!(
        cluster
            .fs_out("cp -R /a /b")
            .starts_with("Created directory: /b\n")
    );
    let out = cluster.path("out");
    cluster.fs_out(&format!("copyToLocal /b {}", out.display()));
    assert_same_tree(&root, &out);
}
