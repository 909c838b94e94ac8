//! The contract of all stores, and the words of errors.

use alluxio_common::{Describe, Hint, UfsPath};

use super::{MinIo, connect};
use crate::contract::broken_promises;
use crate::{UfsErrorKind, UfsProperties};

pub(super) fn root() -> UfsPath {
    UfsPath::parse("s3://bucket/contract").unwrap()
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn minio_keeps_every_promise() {
    let minio = MinIo::start();
    let broken = broken_promises(minio.connect().as_ref(), &root()).await;
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
#[ignore = "needs a MinIO: make test"]
async fn a_wrong_configuration_is_told_in_the_words_that_people_look_for() {
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
    assert_eq!(property_of(&forbidden), "s3a.secretKey");
    let wrong_key = UfsProperties::from_iter([("s3a.accessKeyId", "wrong")]).over(&good);
    let forbidden = error_of("s3://bucket/", &wrong_key).await;
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

    let no_proxy = [
        ("alluxio.underfs.s3.proxy.host", "127.0.0.1"),
        ("alluxio.underfs.s3.proxy.port", "1"),
    ];
    let refused = error_of(
        "s3://bucket/",
        &UfsProperties::from_iter(no_proxy).over(&good),
    )
    .await;
    let sentence = "Connect to the proxy 127.0.0.1:1 failed: Connection refused";
    assert!(refused.to_string().contains(sentence), "{refused}");
    assert_eq!(property_of(&refused), "alluxio.underfs.s3.proxy.host");

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
