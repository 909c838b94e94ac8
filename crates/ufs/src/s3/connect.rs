//! [`connect`]: the connector of one mount.

use std::sync::Arc;

use alluxio_common::conf::key;
use alluxio_common::{Clock, Tasks, UfsPath};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::client::S3Client;
use super::dialect::Suspect;
use super::endpoint::Endpoint;
use super::options::{S3Options, WrongProperty, is_name};
use super::store::S3Objects;
use crate::object::{ImmediatelyVisible, ObjectOptions, ObjectUfs, UploadLedger};
use crate::{UfsError, UfsErrorKind, UfsOperation, UfsProperties, UnderFileSystem};

/// A connector to the bucket that `uri` names. It does no I/O, but for aborting in the background
/// what `ledger` says an earlier process left behind.
///
/// # Errors
/// `Misconfigured` when the URI has no bucket, or a property no meaning.
pub fn connect(
    uri: &UfsPath,
    properties: &UfsProperties,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    ledger: Option<Arc<UploadLedger>>,
) -> Result<Arc<dyn UnderFileSystem>, UfsError> {
    let (store, options) = objects(uri, properties, clock)?;
    let ufs = ObjectUfs::with_ledger(Box::new(store), options, tasks, ledger);
    Ok(Arc::new(ufs))
}

/// The bucket that `uri` names, and what a mount of it is like.
pub(super) fn objects(
    uri: &UfsPath,
    properties: &UfsProperties,
    clock: Arc<dyn Clock>,
) -> Result<(S3Objects, ObjectOptions), UfsError> {
    objects_with(uri, S3Options::of(properties), clock)
}

/// The same for any store of the protocol, from what its properties say.
pub(crate) fn objects_with(
    uri: &UfsPath,
    options: Result<S3Options, WrongProperty>,
    clock: Arc<dyn Clock>,
) -> Result<(S3Objects, ObjectOptions), UfsError> {
    let wrong = |property: Option<&'static str>, reason: String| {
        let error = UfsError::new(UfsErrorKind::Misconfigured, UfsOperation::Connect, uri);
        let error = error.with_reason(reason);
        match property {
            Some(property) => error.with_property(property),
            None => error,
        }
    };
    let bucket = uri.authority();
    if bucket.is_empty() {
        let property = Some(key::MASTER_MOUNT_TABLE_ROOT_UFS);
        return Err(wrong(property, format!("{uri} names no bucket")));
    }
    // Some stores keep the buckets of several tenants apart: `tenant:bucket`.
    if !bucket.split(':').all(is_name) {
        let rule = "the name of one consists of letters, digits, '-', '.' and '_'";
        return Err(wrong(None, format!("{uri} names no bucket: {rule}")));
    }
    let options = options.map_err(|property| {
        let name = property.name;
        // A secret that is wrong must not be shown.
        let reason = if property.value.is_empty() {
            format!("{name} is not set")
        } else {
            format!("{name} cannot be {}", property.value)
        };
        wrong(Some(name), reason)
    })?;
    let suspect = options.dialect.property(Suspect::Endpoint);
    let Some(endpoint) = Endpoint::of(bucket, &options) else {
        let text = options.endpoint.as_deref().unwrap_or_default();
        let name = suspect.unwrap_or("the endpoint");
        // What stands before an @ may be a password.
        let text = text
            .rsplit_once('@')
            .map_or(text.to_owned(), |(_, host)| format!("...@{host}"));
        let reason = format!("{name} cannot be {text}: it is host:port or http://host:port/");
        return Err(wrong(suspect, reason));
    };
    let objects = ObjectOptions {
        part_bytes: options.part_bytes,
        parts_at_once: options.parts_at_once,
        owner: "".into(),
        mode: options.mode,
        immediately_visible: ImmediatelyVisible::Yes,
    };
    let suspect = options.proxy.as_ref().map(|_| key::UNDERFS_S3_PROXY_HOST);
    let client = S3Client::new(bucket, options, endpoint, clock, StdRng::from_os_rng());
    let client = client.map_err(|error| wrong(suspect, error.to_string()))?;
    Ok((S3Objects::new(client), objects))
}

#[cfg(test)]
mod tests {
    use alluxio_common::SystemClock;

    use super::*;

    fn refusal(uri: &str) -> Option<String> {
        let uri = UfsPath::parse(uri).unwrap();
        let clock = Arc::new(SystemClock::new());
        let made = objects(&uri, &UfsProperties::new(), clock);
        made.err().map(|error| error.reason().to_owned())
    }

    #[test]
    fn what_cannot_be_the_name_of_a_bucket_is_refused_before_anybody_is_asked() {
        for uri in [
            "s3://some-bucket/a?b#c",
            "s3://A_b.c/",
            "s3://tenant:bucket/",
        ] {
            assert_eq!(refusal(uri), None, "{uri}");
        }
        for uri in [
            "s3://second?x=y#z/",
            "s3://a%20b/",
            "s3://key@bucket/",
            "s3://a:/",
        ] {
            let reason = refusal(uri).unwrap();
            assert!(
                reason.starts_with(&format!("{uri} names no bucket")),
                "{reason}"
            );
        }
    }
}
