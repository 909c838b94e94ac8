//! The many ways to reach a bucket, and to be let in.

use std::process::Command;
use std::time::Duration;

use alluxio_common::{Describe, Hint, ManualClock, Mode, SystemClock, Tasks, Timestamp, UfsPath};
use bytes::Bytes;
use http::Method;

use super::super::client::Call;
use super::forward::{Forward, Seen};
use super::proxy::{Loss, Proxy};
use super::{MinIo, connect, content, objects, read, write};
use crate::object::{ObjectList, ObjectStore};
use crate::{CreateOptions, ListOptions, UfsError, UfsErrorKind, UnderFileSystem};

fn path(name: &str) -> UfsPath {
    UfsPath::parse(&format!("s3://bucket/{name}")).unwrap()
}

async fn assert_works(ufs: &dyn UnderFileSystem, name: &str) {
    let file = path(name);
    write(ufs, &file, content(1000)).await;
    assert_eq!(read(ufs, &file).await.unwrap(), content(1000));
}

fn property_of(error: &UfsError) -> &'static str {
    match error.hint() {
        Some(Hint::CheckProperty(name)) => name,
        other => panic!("{other:?}: {error}"),
    }
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn an_endpoint_may_be_written_in_many_ways() {
    let minio = MinIo::start();
    let port = minio.port;
    for endpoint in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}"),
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}/"),
        format!("HTTP://LocalHost:{port}"),
    ] {
        let named = [("alluxio.underfs.s3.endpoint", endpoint.as_str())];
        let ufs = connect("s3://bucket/", &minio.properties_with(&named));
        assert_works(ufs.as_ref(), "f").await;
    }
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_bucket_in_the_name_of_the_host_is_reached_and_so_is_a_proxy() {
    let minio = MinIo::start_with(&[("MINIO_DOMAIN", "minio.test")]);
    let proxy = Forward::start(minio.port).await;
    let (endpoint, port) = (
        format!("http://minio.test:{}", minio.port),
        proxy.port.to_string(),
    );
    let properties = minio.properties_with(&[
        ("alluxio.underfs.s3.endpoint", &endpoint),
        ("alluxio.underfs.s3.disable.dns.buckets", "false"),
        ("alluxio.underfs.s3.proxy.host", "127.0.0.1"),
        ("alluxio.underfs.s3.proxy.port", &port),
    ]);
    let ufs = connect("s3://bucket/", &properties);
    assert_works(ufs.as_ref(), "d/a b+%\u{e9}").await;
    let host = format!("bucket.minio.test:{}", minio.port);
    let seen = proxy.take_seen();
    assert!(!seen.is_empty());
    assert!(
        seen.iter().all(|seen| *seen == Seen::Request(host.clone())),
        "{seen:?}"
    );
    // It is the same bucket.
    let found = read(minio.connect().as_ref(), &path("d/a b+%\u{e9}")).await;
    assert_eq!(found.unwrap(), content(1000));
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn the_region_may_be_said_or_left_out_and_a_wrong_one_is_put_right() {
    let minio = MinIo::start_with(&[("MINIO_REGION", "eu-west-7")]);
    for (index, region) in ["eu-west-7", "", "us-west-2"].into_iter().enumerate() {
        let named = [("alluxio.underfs.s3.region", region)];
        let ufs = connect("s3://bucket/", &minio.properties_with(&named));
        assert_works(ufs.as_ref(), &format!("f{index}")).await;
    }
    let older = [("alluxio.underfs.s3.endpoint.region", "eu-west-7")];
    let ufs = connect("s3://bucket/", &minio.properties_with(&older));
    assert_works(ufs.as_ref(), "g").await;
}

/// Asks for temporary keys: key, secret and token.
fn assume_role(minio: &MinIo) -> [String; 3] {
    let address = format!("http://127.0.0.1:{}/", minio.port);
    let words = "-fsS --noproxy * --user minioadmin:minioadmin --aws-sigv4 aws:amz:us-east-1:sts";
    let form = "Action=AssumeRole&Version=2011-06-15&DurationSeconds=900";
    let mut curl = Command::new("curl");
    let asked = curl.args(words.split(' ')).args(["--data", form, &address]);
    let answer = String::from_utf8(asked.output().unwrap().stdout).unwrap();
    ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(|name| {
        let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    })
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn temporary_keys_come_with_a_token() {
    let minio = MinIo::start();
    let [key, secret, token] = assume_role(&minio);
    let keys = [
        ("s3a.accessKeyId", key.as_str()),
        ("s3a.secretKey", &secret),
        ("s3a.sessionToken", &token),
    ];
    let ufs = connect("s3://bucket/", &minio.properties_with(&keys));
    assert_works(ufs.as_ref(), "f").await;
    let wrong = [keys[0], keys[1], ("s3a.sessionToken", "expired")];
    let ufs = connect("s3://bucket/", &minio.properties_with(&wrong));
    let refused = ufs.status(&path("f")).await.unwrap_err();
    assert_eq!(refused.kind(), UfsErrorKind::PermissionDenied, "{refused}");
    assert_eq!(property_of(&refused), "s3a.sessionToken");
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_wrong_clock_is_named_and_no_key_is_blamed() {
    let minio = MinIo::start();
    let now = SystemClock::shared().now().millis();
    for minutes in [-20, 20] {
        let clock = ManualClock::starting_at(Timestamp::from_millis(now + minutes * 60_000));
        let bucket = UfsPath::parse("s3://bucket/").unwrap();
        let properties = minio.properties();
        let ufs = super::super::connect(&bucket, &properties, clock, Tasks::new(), None).unwrap();
        let refused = ufs.status(&path("f")).await.unwrap_err();
        assert_eq!(refused.kind(), UfsErrorKind::PermissionDenied, "{refused}");
        assert_eq!(refused.hint(), None, "{refused}");
        let said = refused.to_string();
        for words in [
            "RequestTimeTooSkewed",
            "The clock of this machine and that of the store",
        ] {
            assert!(said.contains(words), "{said}");
        }
    }
}

/// What everybody may do in the bucket.
const PUBLIC: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
    "Action":["s3:GetObject","s3:ListBucket"],
    "Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]}]}"#;

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_public_bucket_needs_no_keys() {
    let minio = MinIo::start();
    let store = objects("s3://bucket/", &minio.properties());
    let policy = Call::bucket(Method::PUT)
        .query("policy", "")
        .body(PUBLIC.to_owned());
    store.client.send(&policy).await.unwrap();
    store.put("d/f", content(1000).into()).await.unwrap();
    let nobody = [("s3a.accessKeyId", ""), ("s3a.secretKey", "")];
    let ufs = connect("s3://bucket/", &minio.properties_with(&nobody));
    assert_eq!(
        read(ufs.as_ref(), &path("d/f")).await.unwrap(),
        content(1000)
    );
    let mut listing = ufs.list(&path("d"), ListOptions::flat()).await.unwrap();
    assert_eq!(listing.next_page().await.unwrap().len(), 1);
    let refused = ufs.delete_file(&path("d/f")).await.unwrap_err();
    assert_eq!(refused.kind(), UfsErrorKind::PermissionDenied, "{refused}");
    assert_eq!(property_of(&refused), "s3a.accessKeyId");
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn what_is_written_is_encrypted_when_it_shall_be() {
    let key = "key:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let minio = MinIo::start_with(&[("MINIO_KMS_SECRET_KEY", key)]);
    let on = [("alluxio.underfs.s3.server.side.encryption.enabled", "true")];
    let properties = minio.properties_with(&on);
    let (ufs, store) = (
        connect("s3://bucket/", &properties),
        objects("s3://bucket/", &properties),
    );
    for (name, length) in [("small", 1000), ("large", 17 << 20)] {
        write(ufs.as_ref(), &path(name), content(length)).await;
        ufs.rename_file(&path(name), &path(&format!("d/{name}")))
            .await
            .unwrap();
        let moved = path(&format!("d/{name}"));
        assert!(read(ufs.as_ref(), &moved).await.unwrap() == content(length));
        let key = &moved.path()[1..];
        let head = store.client.send(&Call::object(Method::HEAD, key)).await;
        let told = head.unwrap();
        assert_eq!(told.header("x-amz-server-side-encryption"), "AES256");
        // What a listing says is what the file says, or it would seem to have changed.
        let listed = store.list(ObjectList {
            prefix: key.to_owned(),
            start_after: None,
            token: None,
            folded: false,
            limit: 1,
        });
        let listed = listed.await.unwrap().entries[0].status.clone();
        assert_eq!(listed, store.head(key).await.unwrap());
    }

    let without = MinIo::start();
    let ufs = connect("s3://bucket/", &without.properties_with(&on));
    let file = path("f");
    let writer = ufs.create(&file, CreateOptions::default()).await.unwrap();
    let refused = writer.close().await.unwrap_err();
    let property = "alluxio.underfs.s3.server.side.encryption.enabled";
    assert_eq!(property_of(&refused), property, "{refused}");
}

/// A bucket that its owner may read, and nobody else.
const ACL: &str = "<AccessControlPolicy><Owner><ID>7f</ID><DisplayName>Seven</DisplayName></Owner>\
    <AccessControlList><Grant><Grantee><ID>7f</ID></Grantee><Permission>READ</Permission></Grant>\
    </AccessControlList></AccessControlPolicy>";

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn the_owner_of_the_bucket_owns_everything_in_it() {
    let minio = MinIo::start();
    write(minio.connect().as_ref(), &path("d/f"), Bytes::new()).await;
    // This one tells no owner, so his name is put in on the way.
    let proxy = Proxy::start(minio.port, Duration::ZERO).await;
    let endpoint = format!("http://127.0.0.1:{}", proxy.port);
    let through = ("alluxio.underfs.s3.endpoint", endpoint.as_str());
    let names = "1=bob;7f=ann".to_owned();
    let mapped = ("alluxio.underfs.s3.owner.id.to.username.mapping", &*names);
    let inherit = ("alluxio.underfs.s3.inherit.acl", "true");
    let ignore = ("alluxio.underfs.s3.inherit.acl", "false");
    let mode = ("alluxio.underfs.s3.default.mode", "0751");
    for (values, owner, bits) in [
        ([through, inherit, mapped], "ann", 0o500),
        ([through, inherit, mode], "Seven", 0o500),
        ([through, ignore, mode], "", 0o751),
    ] {
        if values.contains(&inherit) {
            proxy.lose("acl=", Loss::Becomes(ACL), 1);
        }
        let ufs = connect("s3://bucket/", &minio.properties_with(&values));
        for name in ["d", "d/f"] {
            let status = ufs.status(&path(name)).await.unwrap();
            assert_eq!(status.owner(), owner);
            assert_eq!(status.mode(), Mode::from_bits(bits));
        }
        let all = ListOptions::recursive();
        let mut listing = ufs.list(&path("d"), all).await.unwrap();
        let listed = listing.next_page().await.unwrap();
        assert!(listed.iter().all(|entry| entry.owner() == owner));
    }
}

#[tokio::test]
#[ignore = "needs a MinIO: make test"]
async fn a_certificate_that_nobody_vouches_for_is_refused_with_a_word_on_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = folder.path().display().to_string();
    let made = Command::new("openssl")
        .args("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost".split(' '))
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-keyout", &format!("{certificates}/private.key")])
        .args(["-out", &format!("{certificates}/public.crt")])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let minio = MinIo::start_with(&[("MINIO_CERTS", &certificates)]);
    let proxy = Forward::start(minio.port).await;
    let (host, port) = (format!("localhost:{}", minio.port), proxy.port.to_string());
    let secure = [
        ("alluxio.underfs.s3.endpoint", host.as_str()),
        ("alluxio.underfs.s3.secure.http.enabled", "true"),
    ];
    let through = [
        ("alluxio.underfs.s3.proxy.host", "127.0.0.1"),
        ("alluxio.underfs.s3.proxy.port", &port),
    ];
    for (values, tunnels) in [(secure.to_vec(), 0), ([secure, through].concat(), 1)] {
        let ufs = connect("s3://bucket/", &minio.properties_with(&values));
        let refused = ufs.status(&path("f")).await.unwrap_err();
        let sentence = refused.to_string();
        for words in ["Unable to execute HTTP request", &host, "SSL_CERT_FILE"] {
            assert!(sentence.contains(words), "{sentence}");
        }
        let seen = proxy.take_seen();
        assert_eq!(seen, vec![Seen::Tunnel(host.clone()); tunnels]);
    }

    // The other way round: TLS to a server that speaks none, and none to one that does.
    let plain = MinIo::start();
    let (wrong_scheme, wrong_server) = (
        format!("https://localhost:{}", plain.port),
        format!("http://{host}"),
    );
    for endpoint in [wrong_scheme.as_str(), &wrong_server] {
        let named = [("alluxio.underfs.s3.endpoint", endpoint)];
        let ufs = connect("s3://bucket/", &minio.properties_with(&named));
        let refused = ufs.status(&path("f")).await.unwrap_err();
        let property = "alluxio.underfs.s3.endpoint";
        assert_eq!(property_of(&refused), property, "{refused}");
    }
}
