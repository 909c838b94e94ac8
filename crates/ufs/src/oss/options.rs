//! What the properties of a mount say, in the terms of the client that both kinds of stores share.

use std::time::Duration;

use alluxio_common::conf::key;

use super::dialect::OssDialect;
use crate::UfsProperties;
use crate::s3::options::{
    Acl, Credentials, Deletion, Encryption, ListVersion, MOST_RETRIES, Reader, S3Options,
    WrongProperty, usable_part_bytes,
};

/// Parts that are not sized by anybody: see the same constant of S3.
const PART_BYTES: u64 = 8 << 20;

/// What `alluxio.underfs.oss.intermediate.upload.clean.age` says unless it is set.
const CLEAN_AGE: Duration = Duration::from_secs(3 * 24 * 3600);

/// More parts of one file at once hold memory, and make it no faster.
const MOST_PARTS_AT_ONCE: u32 = 20;

/// The domain of Aliyun's own endpoints, which all speak TLS.
const DOMAIN: &str = ".aliyuncs.com";

/// The options of a mount.
pub(super) fn of(properties: &UfsProperties) -> Result<S3Options, WrongProperty> {
    let read = Reader { properties };
    if read.is(key::UNDERFS_OSS_STS_ENABLED) {
        // Requests without the keys of the role would be refused one by one, for no visible reason.
        return Err(WrongProperty {
            name: key::UNDERFS_OSS_STS_ENABLED,
            value: "true: keys from the role of the machine are not supported yet".to_owned(),
        });
    }
    let endpoint = read.text(key::OSS_ENDPOINT).ok_or(WrongProperty {
        name: key::OSS_ENDPOINT,
        value: String::new(),
    })?;
    let host = host_of(&endpoint);
    let region = region_of(host);
    let part_bytes = match read.flag(key::UNDERFS_OSS_STREAMING_UPLOAD_ENABLED) {
        Some(true) => read
            .size(key::UNDERFS_OSS_STREAMING_UPLOAD_PARTITION_SIZE)?
            .unwrap_or(64 << 20),
        Some(false) | None => PART_BYTES,
    };
    let retries = read.number(key::UNDERFS_OSS_RETRY_MAX)?;
    let threads = read.number(key::UNDERFS_OSS_STREAMING_UPLOAD_THREADS)?;
    let connections = read.number(key::UNDERFS_OSS_CONNECTION_MAX)?;
    let socket_timeout = read.duration(key::UNDERFS_OSS_SOCKET_TIMEOUT)?;
    let clean_age = read.duration(key::UNDERFS_OSS_INTERMEDIATE_UPLOAD_CLEAN_AGE)?;
    Ok(S3Options {
        dialect: match region {
            Some(_) => &OssDialect::V4,
            None => &OssDialect::V1,
        },
        is_secure: host.ends_with(DOMAIN),
        region: region.map(str::to_owned),
        endpoint: Some(endpoint),
        is_path_style: false,
        credentials: credentials(&read)?,
        list_version: ListVersion::V2,
        deletion: Deletion::InBatches,
        acl: Acl::OwnerOfBucket,
        encryption: Encryption::None,
        mode: read.mode(key::UNDERFS_OSS_DEFAULT_MODE)?,
        owner_names: read
            .text(key::UNDERFS_OSS_OWNER_ID_TO_USERNAME_MAPPING)
            .unwrap_or_default(),
        proxy: None,
        request_timeout: Duration::from_secs(60),
        socket_timeout: socket_timeout.unwrap_or(Duration::from_secs(50)),
        attempts: retries.unwrap_or(3).min(MOST_RETRIES) + 1,
        idle_connections: connections.unwrap_or(1024).clamp(1, 1024) as usize,
        clean_age: clean_age.unwrap_or(CLEAN_AGE),
        part_bytes: usable_part_bytes(part_bytes),
        parts_at_once: threads.unwrap_or(4).clamp(1, MOST_PARTS_AT_ONCE) as usize,
    })
}

fn credentials(read: &Reader<'_>) -> Result<Option<Credentials>, WrongProperty> {
    let missing = |name| WrongProperty {
        name,
        value: String::new(),
    };
    let access_key = read.text(key::OSS_ACCESS_KEY_ID);
    let secret_key = read.text(key::OSS_ACCESS_KEY_SECRET);
    Ok(Some(Credentials {
        access_key: access_key.ok_or_else(|| missing(key::OSS_ACCESS_KEY_ID))?,
        secret_key: secret_key.ok_or_else(|| missing(key::OSS_ACCESS_KEY_SECRET))?,
        session_token: None,
    }))
}

/// The name of the host in an endpoint.
fn host_of(endpoint: &str) -> &str {
    let rest = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next();
    host.unwrap_or(rest)
}

/// The region of one of Aliyun's own endpoints, `oss-cn-hangzhou.aliyuncs.com` or
/// `oss-cn-hangzhou-internal.aliyuncs.com`. Only with it a signature of version 4 can be made.
fn region_of(host: &str) -> Option<&str> {
    let name = host.strip_suffix(DOMAIN)?.strip_prefix("oss-")?;
    let name = name.strip_suffix("-internal").unwrap_or(name);
    let is_region = name.contains('-') && !name.starts_with("accelerate") && !name.contains('.');
    is_region.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(values: &[(&str, &str)]) -> Result<S3Options, WrongProperty> {
        let keys = [
            ("fs.oss.accessKeyId", "id"),
            ("fs.oss.accessKeySecret", "hush"),
        ];
        of(&keys.iter().chain(values).copied().collect())
    }

    #[test]
    fn the_endpoint_and_both_keys_must_be_there() {
        assert_eq!(options(&[]).unwrap_err().name, "fs.oss.endpoint");
        let endpoint = ("fs.oss.endpoint", "oss-cn-hangzhou.aliyuncs.com");
        let wrong = of(&[endpoint].into_iter().collect()).unwrap_err();
        assert_eq!(wrong.name, "fs.oss.accessKeyId");
    }

    #[test]
    fn a_role_of_the_machine_is_refused_and_not_passed_over() {
        let sts = ("alluxio.underfs.oss.sts.enabled", "true");
        let wrong = options(&[("fs.oss.endpoint", "store:80"), sts]).unwrap_err();
        assert_eq!(wrong.name, "alluxio.underfs.oss.sts.enabled");
    }

    #[test]
    fn the_region_is_seen_in_aliyuns_own_endpoints_alone() {
        let region = |endpoint| options(&[("fs.oss.endpoint", endpoint)]).unwrap().region;
        let hangzhou = Some("cn-hangzhou".to_owned());
        assert_eq!(region("oss-cn-hangzhou.aliyuncs.com"), hangzhou);
        assert_eq!(
            region("http://oss-cn-hangzhou-internal.aliyuncs.com/"),
            hangzhou
        );
        for other in [
            "oss-accelerate-overseas.aliyuncs.com",
            "oss.example.com:9000",
        ] {
            assert_eq!(region(other), None, "{other}");
        }
    }

    #[test]
    fn aliyuns_own_endpoints_are_reached_over_tls_unless_they_say_otherwise() {
        let is_secure = |endpoint| {
            let options = options(&[("fs.oss.endpoint", endpoint)]).unwrap();
            crate::s3::endpoint::Endpoint::of("bucket", &options)
                .unwrap()
                .is_secure
        };
        assert!(is_secure("oss-us-west-1.aliyuncs.com"));
        assert!(!is_secure("http://oss-us-west-1.aliyuncs.com"));
        assert!(!is_secure("store.example.com:8080"));
    }

    #[test]
    fn properties_of_the_store_have_their_effect() {
        let read = options(&[
            ("fs.oss.endpoint", "store:80"),
            ("alluxio.underfs.oss.retry.max", "7"),
            ("alluxio.underfs.oss.socket.timeout.ms", "9000"),
            ("alluxio.underfs.oss.streaming.upload.enabled", "true"),
            (
                "alluxio.underfs.oss.streaming.upload.partition.size",
                "16MB",
            ),
            ("alluxio.underfs.oss.streaming.upload.threads", "2"),
        ])
        .unwrap();
        assert_eq!((read.attempts, read.parts_at_once), (8, 2));
        assert_eq!(read.socket_timeout, Duration::from_secs(9));
        assert_eq!(read.part_bytes, 16 << 20);
        assert_eq!(read.dialect.kind(), "oss");
    }
}
