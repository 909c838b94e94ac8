//! A bucket of a real MinIO that is checked and measured without a cluster, or was filled by another
//! program: `make test` builds the server and runs these tests.

use std::process::Command;

use crate::harness::{Cluster, Said};
use crate::minio::{KEY, MinIo, configure, start};

/// A cluster that is configured for the bucket and not started.
fn beside(minio: &MinIo) -> Cluster {
    let cluster = Cluster::formatted();
    configure(&cluster, &minio.site("s3://bucket/"));
    cluster
}

fn assert_is_refused(cluster: &Cluster, line: &str, words: &str) {
    let arguments: Vec<&str> = line.split(' ').collect();
    let Said { code, out, err } = cluster.run(&arguments);
    assert_eq!(code, 1, "{line}: {out}{err}");
    assert!(err.contains(words), "{line}: {err}");
}

fn assert_is_empty(minio: &MinIo) {
    let listed = minio.ask("list-type=2");
    assert!(!listed.contains("<Key>"), "{listed}");
    let uploads = minio.ask("uploads=");
    assert!(!uploads.contains("<Upload>"), "{uploads}");
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn a_bucket_is_checked_by_the_promises_of_stores() {
    let minio = MinIo::started();
    let cluster = beside(&minio);
    let promises = ["what_was_written_is_read", "a_tree_is_deleted"];
    let mut call = vec!["runUfsTests", "--path", "s3://bucket/"];
    call.extend(promises.iter().flat_map(|name| ["--test", name]));
    let said = cluster.run(&call);
    assert_eq!(said.code, 0, "{said:?}");
    for name in promises {
        assert!(said.out.contains(&format!("passed   {name}\n")), "{said:?}");
    }
    assert!(
        said.out.ends_with("2 passed, 0 skipped, 0 failed\n"),
        "{said:?}"
    );
    assert_is_empty(&minio);

    let help = cluster.run(&["runUfsTests", "--help"]);
    assert_eq!(help.code, 0);
    assert!(
        help.out.starts_with("Usage: runUfsTests --path <ufs>"),
        "{help:?}"
    );
    for (line, words) in [
        ("runUfsTests", "The path of the store is missing"),
        (
            "runUfsTests --path s3://bucket/ --test x",
            "There is no test x",
        ),
        (
            "runUfsTests --path s3://bucket/absent",
            "There is no directory",
        ),
        (
            "runUfsTests --path s3://missing/",
            "The specified bucket does not exist",
        ),
        ("runUfsTests --path gopher://x/", "gopher"),
        ("runUfsTests --wrong", "Unrecognized option: --wrong"),
    ] {
        assert_is_refused(&cluster, line, words);
    }
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn a_bucket_is_measured_and_left_as_it_was() {
    let minio = MinIo::started();
    let cluster = beside(&minio);
    let measure = "runUfsIOTest --path s3://bucket/ --io-size 9MB --threads 2";
    let said = cluster.run(&measure.split(' ').collect::<Vec<_>>());
    assert_eq!(said.code, 0, "{said:?}");
    let summary: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    for direction in ["writeSpeedStat", "readSpeedStat"] {
        assert_eq!(summary[direction]["mTotalSizeBytes"], 18 << 20, "{summary}");
        assert!(summary[direction]["mMinSpeedMbps"].as_f64().unwrap() > 0.0);
    }
    assert_is_empty(&minio);

    for (line, words) in [
        ("runUfsIOTest", "The path of the store is missing"),
        (
            "runUfsIOTest --path s3://bucket/ --io-size 0",
            "--io-size cannot be 0",
        ),
        (
            "runUfsIOTest --path s3://bucket/ --threads 0",
            "--threads is a number",
        ),
        (
            "runUfsIOTest --path s3://bucket/ --cluster",
            "--cluster is not supported",
        ),
        (
            "runUfsIOTest --path s3://missing/",
            "The specified bucket does not exist",
        ),
    ] {
        assert_is_refused(&cluster, line, words);
    }
}

/// Puts an object as another program does; the key is encoded as in an address.
fn put(minio: &MinIo, key: &str, content: &str) {
    let address = format!("http://127.0.0.1:{}/bucket/{key}", minio.port);
    let asked = Command::new("curl")
        .args(["-fsS", "--noproxy", "*", "-X", "PUT", "--path-as-is"])
        .args(["--user", &format!("{KEY}:{KEY}")])
        .args(["--aws-sigv4", "aws:amz:us-east-1:s3"])
        .args(["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"])
        .args(["--data-binary", content, &address])
        .output()
        .unwrap();
    assert!(asked.status.success(), "{key}: {asked:?}");
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn what_another_program_has_put_is_there_under_the_bucket_and_under_a_part_of_it() {
    let minio = MinIo::started();
    for key in [
        "d/e/a%20b",
        "d/e/100%25",
        "d/e/a%2Bb",
        "d/e/%C3%A9",
        "d/e/%252F",
    ] {
        put(&minio, key, key);
    }
    // Somebody's marker of a directory, with content, which is not shown.
    put(&minio, "d/marked/", "of another program");
    let names = ["a b", "100%", "a+b", "\u{e9}", "%2F"];
    for (root, folder) in [("s3://bucket/", "/d"), ("s3://bucket/d/", "")] {
        let cluster = Cluster::formatted();
        configure(&cluster, &minio.site(root));
        start(&cluster);
        let listed = cluster.fs_out(&format!("ls -R {folder}/"));
        let shows = |end: &str| listed.lines().any(|line| line.trim_end().ends_with(end));
        for name in names {
            let path = format!("{folder}/e/{name}");
            assert!(shows(&format!(" {path}")), "{path}: {listed}");
            let said = cluster.run(&["fs", "cat", &path]);
            assert!(said.out.starts_with("d/e/"), "{path}: {said:?}");
        }
        assert!(shows(&format!("DIR {folder}/marked")), "{listed}");
        let (files, directories) = (names.len(), 2);
        let lines = listed.lines().count();
        assert_eq!(lines, files + directories, "{listed}");
    }
}
