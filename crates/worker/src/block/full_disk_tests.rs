//! Directories whose disk somebody else fills, on real small disks.
//!
//! Each test runs its second half in a process of its own, which sees two memory file systems of
//! 4 MiB in its working folder. Where that is not allowed, the tests do nothing.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use nix::sys::statvfs::statvfs;

use super::tests::{BOOT, block, conf, open, request, tier, write};
use super::{BlockError, Origin};

const MIB: usize = 1 << 20;

/// Less than its disk has.
const QUOTA: u64 = 3 << 20;

/// Makes the disks, and runs an ignored test of this module on them.
fn on_small_disks(test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = "mkdir a b && mount -t tmpfs -o size=4m tmpfs a && mount -t tmpfs -o size=4m tmpfs b \
                  || exit 77; exec \"$0\" --exact \"$1\" --include-ignored";
    let name = format!("block::full_disk_tests::{test}");
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", script]).arg(program);
    let Ok(ended) = command.arg(name).current_dir(folder.path()).output() else {
        return;
    };
    let said = String::from_utf8_lossy(&ended.stdout);
    let may_not = ended.status.code() == Some(77) || said.is_empty();
    assert!(may_not || said.contains("1 passed"), "{said}");
}

/// Whether the disk is one of those that are made here.
fn is_small(folder: &str) -> bool {
    let disk = statvfs(folder).unwrap();
    disk.blocks() * disk.fragment_size() <= 4 * MIB as u64
}

/// Takes what the disk has left.
fn fill(folder: &str) -> std::path::PathBuf {
    assert!(is_small(folder), "no other disk is filled");
    let path = Path::new(folder).join("filler");
    let mut file = File::create(&path).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
    path
}

#[test]
fn a_full_disk_is_passed_over_for_one_that_has_room() {
    on_small_disks("first_disk_is_full");
}

#[test]
#[ignore = "needs the disks that the test before it makes"]
fn first_disk_is_full() {
    if !std::fs::exists("a").unwrap() {
        return;
    }
    let (a, b) = (Path::new("a"), Path::new("b"));
    let store = open(&conf(vec![tier("MEM", &[(a, QUOTA), (b, QUOTA)])]), BOOT);
    fill("a");
    for id in 0..2 {
        let mut temp = store
            .create(&request(id, MIB as u64, Origin::Client))
            .unwrap();
        temp.append(&vec![7; MIB]).unwrap();
        let block = store.commit(temp).unwrap();
        assert!(block.path().starts_with(b), "{}", block.path().display());
    }
}

#[test]
fn a_disk_that_was_full_takes_blocks_as_soon_as_it_has_room() {
    on_small_disks("disk_fills_up_meanwhile");
}

#[test]
#[ignore = "needs the disks that the test before it makes"]
fn disk_fills_up_meanwhile() {
    if !std::fs::exists("a").unwrap() {
        return;
    }
    let store = open(&conf(vec![tier("MEM", &[(Path::new("a"), QUOTA)])]), BOOT);
    let mut temp = store
        .create(&request(1, MIB as u64, Origin::Client))
        .unwrap();
    let filler = fill("a");
    let refused = temp.append(&vec![7; MIB]).unwrap_err();
    assert!(matches!(refused, BlockError::NoSpace { .. }), "{refused}");
    drop(temp);
    let refused = write(&store, 2, &vec![7; MIB], Origin::Client).unwrap_err();
    assert!(matches!(refused, BlockError::NoSpace { .. }), "{refused}");
    assert_eq!(store.used().bytes(), 0);

    std::fs::remove_file(filler).unwrap();
    for id in 3..5 {
        write(&store, id, &vec![7; MIB], Origin::Client).unwrap();
    }
    assert!(store.contains(block(4)));
}
