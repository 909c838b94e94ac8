//! A file that goes while it is written to a bucket: nothing of it comes back.

use std::fs;
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::Cluster;
use crate::minio::{MinIo, configure, notes, start};

const THROUGH: &str = "-Dalluxio.user.file.writetype.default=THROUGH";

/// Takes some seconds to write.
const LONG: u64 = 1 << 30;

/// A write to `/file` that stands still in the middle of its upload.
fn begin(cluster: &Cluster) -> Child {
    let source = cluster.path("long");
    fs::File::create(&source).unwrap().set_len(LONG).unwrap();
    let source = source.display().to_string();
    let mut writer = cluster
        .command(&["fs", "copyFromLocal", THROUGH, &source, "/file"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while notes(cluster).is_empty() {
        assert_eq!(writer.try_wait().unwrap(), None);
    }
    send(&writer, Signal::SIGSTOP);
    assert_eq!(notes(cluster).len(), 1, "the upload is under way");
    writer
}

fn send(writer: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(writer.id()).unwrap());
    kill(pid, signal).unwrap();
}

/// Lets the writer go on, which must fail.
fn end(mut writer: Child) {
    send(&writer, Signal::SIGCONT);
    assert_eq!(writer.wait().unwrap().code(), Some(255));
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn what_is_written_for_a_file_that_has_gone_is_not_in_the_bucket() {
    let (minio, cluster) = (MinIo::started(), Cluster::formatted());
    configure(&cluster, &minio.site("s3://bucket/"));
    start(&cluster);

    let writer = begin(&cluster);
    cluster.fs_out("rm /file");
    end(writer);
    assert_eq!(minio.files(), [""; 0]);
    assert_eq!(cluster.fs_out("ls -f /"), "");

    let writer = begin(&cluster);
    cluster.fs_out("rm /file");
    fs::write(cluster.path("small"), "of another").unwrap();
    let small = cluster.path("small").display().to_string();
    cluster.fs_out(&format!("copyFromLocal {THROUGH} {small} /file"));
    end(writer);
    assert_eq!(minio.files(), ["file"]);
    assert_eq!(cluster.fs_out("cat /file"), "of another");
    while !notes(&cluster).is_empty() {}
    assert!(!minio.ask("uploads=").contains("<Upload>"));
}
