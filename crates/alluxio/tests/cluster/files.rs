//! Trees of files: in, read back, moved, freed, out again.

use std::fs;
use std::os::unix::fs::symlink;

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
