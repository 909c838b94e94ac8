//! Writes whose store goes away in the middle: nothing of them is left when it is back.

use std::fs;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;

use crate::hanging_store::{NOT_FOR_EVER, timed};
use crate::harness::Cluster;
use crate::minio::{MinIo, notes};

const THROUGH: &str = "-Dalluxio.user.file.writetype.default=THROUGH";

/// More than any write of a test gets through.
const ENDLESS: u64 = 1 << 36;

/// Runs a write to `/minio/huge` until its upload has begun, lets something happen to the store,
/// and waits until the write has failed.
fn fail(cluster: &Cluster, write: &mut Command, happens: impl FnOnce()) {
    let before = notes(cluster);
    let mut writer = write
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while notes(cluster).iter().all(|note| before.contains(note)) {
        assert_eq!(writer.try_wait().unwrap(), None);
        std::thread::yield_now();
    }
    happens();
    assert_eq!(writer.wait().unwrap().code(), Some(255));
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn a_copy_whose_store_goes_away_leaves_nothing() {
    let (minio, cluster) = (MinIo::started(), Cluster::started());
    let huge = cluster.store().join("huge");
    fs::File::create(&huge).unwrap().set_len(ENDLESS).unwrap();
    let huge = huge.display().to_string();
    cluster.fs_out(&format!("mount {} /minio s3://bucket/", minio.options()));
    let uncached = "-Dalluxio.user.file.readtype.default=NO_CACHE";
    let writes: [&[&str]; 2] = [
        &["fs", "copyFromLocal", THROUGH, &huge, "/minio/huge"],
        &["fs", "cp", THROUGH, uncached, "/huge", "/minio/huge"],
    ];
    for write in writes {
        fail(&cluster, &mut cluster.command(write), || minio.kill());
        // Nobody asks the store, which is away.
        let known = "ls -Dalluxio.user.file.metadata.load.type=NEVER /minio";
        assert_eq!(cluster.fs_out(known), "", "{write:?}");
        minio.start_again();
        assert_eq!(cluster.fs_out("ls -f /minio"), "", "{write:?}");

        fail(&cluster, &mut cluster.command(write), || {
            minio.signal(Signal::SIGSTOP);
        });
        minio.signal(Signal::SIGCONT);
        assert_eq!(cluster.fs_out("ls -f /minio"), "", "{write:?}");
    }
    let small = cluster.path("small");
    fs::write(&small, "x").unwrap();
    let again = format!("copyFromLocal {THROUGH} {} /minio/huge", small.display());
    cluster.fs_out(&again);
    assert_eq!(minio.files(), ["huge"]);
    assert_eq!(cluster.fs_out("cat /minio/huge"), "x");
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn a_copy_that_needs_no_store_is_made_although_the_store_hangs() {
    let (minio, cluster) = (MinIo::started(), Cluster::started());
    let local = cluster.path("f");
    fs::write(&local, "hello").unwrap();
    let local = local.display();
    cluster.fs_out(&format!("mount {} /minio s3://bucket/", minio.options()));
    cluster.fs_out(&format!("mkdir {THROUGH} /minio/d"));
    cluster.fs_out(&format!("copyFromLocal {THROUGH} {local} /minio/d/f"));
    // The store has the directory, and nobody knows what is in it.
    cluster.fs_out("rm -R --alluxioOnly /minio/d");
    cluster.fs_out("ls -f /minio");
    minio.signal(Signal::SIGSTOP);
    let must_cache = "-Dalluxio.user.file.writetype.default=MUST_CACHE";
    for target in ["/minio/g", "/minio/d/g"] {
        let copy = format!("copyFromLocal {must_cache} {local} {target}");
        let (said, took) = timed(|| cluster.fs(&copy));
        assert_eq!(said.code, 0, "{said:?}");
        assert!(took < NOT_FOR_EVER, "{took:?}");
        assert_eq!(cluster.fs_out(&format!("cat {target}")), "hello");
    }
    minio.signal(Signal::SIGCONT);
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn who_waits_for_a_file_to_be_persisted_hears_that_the_store_hangs() {
    let (minio, cluster) = (MinIo::started(), Cluster::started());
    let local = cluster.path("f");
    fs::write(&local, "hello").unwrap();
    let local = local.display();
    cluster.fs_out(&format!("mount {} /minio s3://bucket/", minio.options()));
    let must_cache = "-Dalluxio.user.file.writetype.default=MUST_CACHE";
    cluster.fs_out(&format!("copyFromLocal {must_cache} {local} /minio/f"));
    minio.signal(Signal::SIGSTOP);
    let (said, took) = timed(|| cluster.fs("persist /minio/f"));
    assert_eq!(said.code, 255, "{said:?}");
    assert!(said.out.contains("does not answer"), "{said:?}");
    let told = said.err.starts_with("/minio/f is not persisted yet: ");
    assert!(told && said.err.contains("does not answer"), "{said:?}");
    assert!(took < 3 * NOT_FOR_EVER, "{took:?}");
    minio.signal(Signal::SIGCONT);
    assert_eq!(cluster.fs("persist /minio/f").code, 0);
    assert_eq!(minio.files(), ["f"]);
}
