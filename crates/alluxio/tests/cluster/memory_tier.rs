//! How the directories of the memory tier get into memory.

use std::fs;

use crate::harness::{Cluster, Said};

/// A place that is not in memory, and that nobody can make: what would be done is enough.
const TIER: &str = "/proc/alluxio-tier";

/// Stands in for a program: notes how it was called.
fn note(cluster: &Cluster, program: &str, and_then: &str) {
    let line = format!("echo {program} \"$@\" >> \"$ALLUXIO_HOME/calls.log\"");
    cluster.replace_program(program, &format!("{line}\n{and_then}"));
}

fn calls(cluster: &Cluster) -> String {
    fs::read_to_string(cluster.path("calls.log")).unwrap_or_default()
}

fn with_tier_on_disk() -> Cluster {
    let cluster = Cluster::formatted();
    cluster.configure(&[("alluxio.worker.tieredstore.level0.dirs.path", TIER)]);
    cluster
}

#[test]
fn sudo_mounts_what_is_not_in_memory_yet() {
    let cluster = with_tier_on_disk();
    note(&cluster, "sudo", "");
    let said = cluster.run(&["process", "mount", "SudoMount"]);
    let expected = Said {
        code: 0,
        out: format!(
            "Ramdisk {TIER} not detected. Mounting...\nFormatting RamFS: {TIER} (268435456)\n"
        ),
        err: String::new(),
    };
    assert_eq!(said, expected);
    let can_be_huge = fs::exists("/sys/kernel/mm/transparent_hugepage/shmem_enabled").unwrap();
    let huge = if can_be_huge { ",huge=within_size" } else { "" };
    let mount = format!("mount -t tmpfs -o size=268435456,mode=1777{huge} tmpfs {TIER}");
    assert_eq!(
        calls(&cluster),
        format!("sudo mkdir -p {TIER}\nsudo {mount}\n")
    );
}

#[test]
fn without_sudo_the_user_himself_mounts() {
    let cluster = with_tier_on_disk();
    for program in ["sudo", "mkdir", "mount"] {
        note(&cluster, program, "");
    }
    let said = cluster.run(&["process", "mount", "Mount"]);
    assert_eq!(said.code, 0, "{said:?}");
    let programs: Vec<String> = calls(&cluster)
        .lines()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(programs, ["mkdir", "mount"]);
}

#[test]
fn a_worker_does_not_start_when_its_memory_tier_cannot_be_mounted() {
    let cluster = with_tier_on_disk();
    note(&cluster, "sudo", "exit 1");
    for line in [["worker", "SudoMount"], ["local", "-f"]] {
        let mut words = vec!["process", "start"];
        words.extend(line);
        let said = cluster.run(&words);
        assert_eq!(said.code, 1, "{said:?}");
        let failed = format!("ERROR: mounting {TIER} failed: mkdir -p {TIER}: exit status: 1");
        assert!(said.err.contains(&failed), "{said:?}");
        assert!(
            said.err.contains("try     a directory below /dev/shm"),
            "{said:?}"
        );
        assert_eq!(cluster.pid("worker"), None);
    }
}

#[test]
fn a_tier_that_is_larger_than_the_memory_is_refused() {
    let cluster = with_tier_on_disk();
    note(&cluster, "sudo", "");
    let size = "-Dalluxio.worker.ramdisk.size=1000TB";
    let said = cluster.run(&["process", "mount", size, "SudoMount"]);
    assert_eq!(said.code, 1, "{said:?}");
    let asked = "is less than requested ramdisk size(1099511627776000). Please reduce \
                 alluxio.worker.ramdisk.size";
    assert!(said.err.contains(asked), "{said:?}");
    assert_eq!(calls(&cluster), "");
}

#[test]
fn what_is_in_memory_already_is_not_mounted() {
    let cluster = Cluster::formatted();
    let shm = "-Dalluxio.worker.tieredstore.level0.dirs.path=/dev/shm";
    note(&cluster, "sudo", "");
    let said = cluster.run(&["process", "mount", shm, "SudoMount"]);
    assert_eq!(said.code, 0, "{said:?}");
    let skipped = "Ramdisk /dev/shm already mounted. Skipping mounting procedure.\n";
    assert_eq!(said.out, skipped);
    let said = cluster.run(&["process", "mount", shm, "SudoUmount"]);
    assert_eq!(said.out, "Ramdisk /dev/shm is not mounted. Skipping.\n");
    let on_disk = "-Dalluxio.worker.tieredstore.level0.alias=SSD";
    let said = cluster.run(&["process", "mount", on_disk, "SudoMount"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err
            .contains("alluxio.worker.tieredstore.level0.alias is not MEM")
    );
    assert_eq!(calls(&cluster), "");
}
