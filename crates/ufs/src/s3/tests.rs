//! The contract, and what is special about S3, over a real MinIO: `make test-s3` builds one and runs
//! these tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use alluxio_common::{SystemClock, Tasks, UfsPath};
use bytes::Bytes;

use crate::contract::{CASES, Outcome, run};
use crate::{
    CreateOptions, ListOptions, Recursion, UfsErrorKind, UfsProperties, UfsStatus, UnderFileSystem,
};

/// A server of this test alone; it ends with it.
struct MinIo {
    directory: tempfile::TempDir,
    port: u16,
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../libexec/minio.sh")
}

fn call_script(arguments: &[&str]) -> String {
    let output = Command::new(script()).args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl MinIo {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let minio = Self { directory, port };
        call_script(&["bucket", &minio.data(), "bucket"]);
        call_script(&["start", &port.to_string(), &minio.data()]);
        minio
    }

    fn data(&self) -> String {
        self.directory.path().join("data").display().to_string()
    }

    fn properties(&self) -> UfsProperties {
        let endpoint = format!("http://127.0.0.1:{}/", self.port);
        UfsProperties::from_iter([
            ("alluxio.underfs.s3.endpoint", endpoint.as_str()),
            ("alluxio.underfs.s3.disable.dns.buckets", "true"),
            ("alluxio.underfs.s3.inherit.acl", "false"),
            ("s3a.accessKeyId", "minioadmin"),
            ("s3a.secretKey", "minioadmin"),
        ])
    }

    fn connect(&self) -> Arc<dyn UnderFileSystem> {
        connect("s3://bucket/", &self.properties())
    }
}

impl Drop for MinIo {
    fn drop(&mut self) {
        call_script(&["stop", &self.data()]);
    }
}

fn connect(uri: &str, properties: &UfsProperties) -> Arc<dyn UnderFileSystem> {
    let uri = UfsPath::parse(uri).unwrap();
    super::connect(&uri, properties, SystemClock::shared(), Tasks::new()).unwrap()
}

async fn broken_promises(ufs: &dyn UnderFileSystem) -> Vec<String> {
    let root = UfsPath::parse("s3://bucket/contract").unwrap();
    let mut broken = Vec::new();
    for case in &CASES {
        if let Outcome::Broken { reason } = run(case, ufs, &root).await {
            broken.push(format!("{}: {reason}", case.name));
        }
    }
    broken
}

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn minio_keeps_every_promise() {
    let minio = MinIo::start();
    let broken = broken_promises(minio.connect().as_ref()).await;
    assert_eq!(broken, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn the_first_version_of_listings_and_single_deletions_keep_every_promise() {
    let minio = MinIo::start();
    let mut properties = minio.properties();
    properties.set("alluxio.underfs.s3.list.objects.v1", "true");
    properties.set("alluxio.underfs.s3.bulk.delete.enabled", "false");
    let broken = broken_promises(connect("s3://bucket/", &properties).as_ref()).await;
    assert_eq!(broken, Vec::<String>::new());
}

async fn error_of(uri: &str, properties: &UfsProperties) -> crate::UfsError {
    let ufs = connect(uri, properties);
    let root = UfsPath::parse(uri).unwrap();
    // Whoever mounts a whole bucket asks for its root.
    let of_root = ufs.status(&root).await.unwrap_err();
    let of_file = ufs.status(&root.join("x")).await.unwrap_err();
    assert_eq!(of_root.kind(), of_file.kind());
    of_file
}

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn a_wrong_configuration_is_told_in_the_words_that_people_look_for() {
    use alluxio_common::{Describe, Hint};
    let minio = MinIo::start();
    let property_of = |error: &crate::UfsError| match error.hint() {
        Some(Hint::CheckProperty(name)) => name,
        other => panic!("{other:?}"),
    };
    let good = minio.properties();

    let missing = error_of("s3://missing/", &good).await;
    assert!(
        missing
            .to_string()
            .contains("The specified bucket does not exist (Service: Amazon S3"),
        "{missing}"
    );
    assert_eq!(missing.kind(), UfsErrorKind::Misconfigured);
    assert_eq!(property_of(&missing), "alluxio.master.mount.table.root.ufs");

    let wrong_secret = UfsProperties::from_iter([("s3a.secretKey", "wrong")]).over(&good);
    let forbidden = error_of("s3://bucket/", &wrong_secret).await;
    let sentence = "Forbidden (Service: Amazon S3; Status Code: 403; Error Code: 403 Forbidden";
    assert!(forbidden.to_string().contains(sentence), "{forbidden}");
    assert_eq!(property_of(&forbidden), "s3a.accessKeyId");

    let nobody = [("alluxio.underfs.s3.endpoint", "127.0.0.1:1")];
    let refused = error_of(
        "s3://bucket/",
        &UfsProperties::from_iter(nobody).over(&good),
    )
    .await;
    let sentence = "Unable to execute HTTP request: Connect to 127.0.0.1:1 failed: \
        Connection refused";
    assert!(refused.to_string().contains(sentence), "{refused}");
    assert_eq!(property_of(&refused), "alluxio.underfs.s3.endpoint");

    let in_host = [
        ("alluxio.underfs.s3.endpoint", "http://nowhere.invalid:9000"),
        ("alluxio.underfs.s3.disable.dns.buckets", "false"),
    ];
    let unknown = error_of(
        "s3://bucket/",
        &UfsProperties::from_iter(in_host).over(&good),
    )
    .await;
    let sentence = "Unable to execute HTTP request: bucket.nowhere.invalid:9000";
    assert!(unknown.to_string().contains(sentence), "{unknown}");
    assert_eq!(
        property_of(&unknown),
        "alluxio.underfs.s3.disable.dns.buckets"
    );
}

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn a_large_bucket_of_another_program_is_listed_whole() {
    let minio = MinIo::start();
    let ufs = minio.connect();
    let root = UfsPath::parse("s3://bucket/").unwrap();
    let names = ["a b", "100%", "a+b", "\u{e9}t\u{e9}"];
    let count = 2_500;
    for number in 0..count {
        let name = format!("deep/{}/{number:05}", names[number % names.len()]);
        let mut writer = ufs
            .create(&root.join(&name), CreateOptions::default())
            .await
            .unwrap();
        writer.write(Bytes::from_static(b"x")).await.unwrap();
        writer.close().await.unwrap();
    }
    let mut listing = ufs.list(&root, ListOptions::recursive()).await.unwrap();
    let (mut files, mut directories) = (0, 0);
    loop {
        let page = listing.next_page().await.unwrap();
        if page.is_empty() {
            break;
        }
        for entry in page {
            match entry {
                UfsStatus::File(_) => files += 1,
                UfsStatus::Directory(_) => directories += 1,
            }
        }
    }
    assert_eq!((files, directories), (count, 1 + names.len()));
    let deep = root.join("deep");
    ufs.delete_directory(&deep, Recursion::All).await.unwrap();
    assert!(ufs.status(&deep).await.unwrap_err().is_not_found());
}
