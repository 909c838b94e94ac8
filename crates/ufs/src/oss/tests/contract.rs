//! The contract of all stores, and the words of errors.

use std::sync::Arc;

use alluxio_common::{Describe, Hint, SystemClock, Tasks, UfsPath};

use super::super::dialect::OssDialect;
use super::super::options;
use super::fake::FakeOss;
use super::request::{ACCESS_KEY, REGION, SECRET_KEY};
use crate::contract::broken_promises;
use crate::object::ObjectUfs;
use crate::s3::objects_with;
use crate::{UfsError, UfsErrorKind, UfsProperties, UnderFileSystem};

fn properties(fake: &FakeOss) -> UfsProperties {
    let endpoint = format!("http://127.0.0.1:{}", fake.port);
    UfsProperties::from_iter([
        ("fs.oss.endpoint", endpoint.as_str()),
        ("fs.oss.accessKeyId", ACCESS_KEY),
        ("fs.oss.accessKeySecret", SECRET_KEY),
        ("alluxio.underfs.oss.retry.max", "0"),
    ])
}

fn connect(uri: &str, properties: &UfsProperties) -> Arc<dyn UnderFileSystem> {
    let uri = UfsPath::parse(uri).unwrap();
    super::super::connect(&uri, properties, SystemClock::shared(), Tasks::new(), None).unwrap()
}

fn root() -> UfsPath {
    UfsPath::parse("oss://bucket/contract").unwrap()
}

#[tokio::test]
async fn with_signatures_of_version_1_every_promise_is_kept() {
    let fake = FakeOss::start().await;
    let ufs = connect("oss://bucket/", &properties(&fake));
    let broken = broken_promises(ufs.as_ref(), &root()).await;
    assert_eq!(broken, Vec::<String>::new());
}

#[tokio::test]
async fn with_signatures_of_version_4_every_promise_is_kept() {
    let fake = FakeOss::start().await;
    let mut options = options::of(&properties(&fake)).unwrap();
    options.dialect = &OssDialect::V4;
    options.region = Some(REGION.to_owned());
    let uri = UfsPath::parse("oss://bucket/").unwrap();
    let (store, objects) = objects_with(&uri, Ok(options), SystemClock::shared()).unwrap();
    let ufs = ObjectUfs::new(Box::new(store), objects, Tasks::new());
    let broken = broken_promises(&ufs, &root()).await;
    assert_eq!(broken, Vec::<String>::new());
}

#[tokio::test]
async fn everything_belongs_to_the_owner_of_the_bucket_with_the_mode_of_the_mount() {
    let fake = FakeOss::start().await;
    let more = [
        (
            "alluxio.underfs.oss.owner.id.to.username.mapping",
            "owner=ann",
        ),
        ("alluxio.underfs.oss.default.mode", "0750"),
    ];
    let properties = UfsProperties::from_iter(more).over(&properties(&fake));
    let ufs = connect("oss://bucket/", &properties);
    let root = UfsPath::parse("oss://bucket/").unwrap();
    let status = ufs.status(&root).await.unwrap();
    assert_eq!(status.owner(), "ann");
    assert_eq!(status.mode().bits() & 0o777, 0o750);
}

async fn error_of(uri: &str, properties: &UfsProperties) -> UfsError {
    let ufs = connect(uri, properties);
    ufs.status(&UfsPath::parse(uri).unwrap().join("x"))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_wrong_configuration_is_told_with_the_property_to_look_at() {
    let fake = FakeOss::start().await;
    let good = properties(&fake);
    let property_of = |error: &UfsError| match error.hint() {
        Some(Hint::CheckProperty(name)) => name,
        other => panic!("{other:?}"),
    };

    let missing = error_of("oss://missing/", &good).await;
    let sentence = "The specified bucket does not exist [ErrorCode]: NoSuchBucket [RequestId]: 1";
    assert!(missing.to_string().contains(sentence), "{missing}");
    assert_eq!(missing.kind(), UfsErrorKind::Misconfigured);

    let secret = [("fs.oss.accessKeySecret", "wrong")];
    let forbidden = error_of(
        "oss://bucket/",
        &UfsProperties::from_iter(secret).over(&good),
    )
    .await;
    assert!(forbidden.to_string().contains("Forbidden"), "{forbidden}");
    assert_eq!(forbidden.kind(), UfsErrorKind::PermissionDenied);

    let nobody = [("fs.oss.endpoint", "127.0.0.1:1")];
    let refused = error_of(
        "oss://bucket/",
        &UfsProperties::from_iter(nobody).over(&good),
    )
    .await;
    let sentence = "Unable to execute HTTP request: Connect to 127.0.0.1:1 failed";
    assert!(refused.to_string().contains(sentence), "{refused}");
    assert_eq!(property_of(&refused), "fs.oss.endpoint");
}
