//! [`S3Options`]: what the properties of a mount say, with the names that each of them has had.

use std::time::Duration;

use alluxio_common::conf::key;
use alluxio_common::{ByteSize, Mode, duration};

use super::amazon::AmazonDialect;
use super::dialect::Dialect;
use crate::UfsProperties;

/// Who signs the requests.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    /// Of temporary keys.
    pub(crate) session_token: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Which request lists a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListVersion {
    V1,
    V2,
}

/// How many keys one request may delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deletion {
    InBatches,
    OneByOne,
}

/// Whose word on owners and modes counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acl {
    /// The access control list of the bucket.
    OfBucket,
    /// The owner of the bucket, who has the default mode.
    OwnerOfBucket,
    /// Nobody's: no owner, and the default mode.
    Ignored,
}

/// Whether the store encrypts what it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    Aes256,
    None,
}

/// What the properties of a mount say.
#[derive(Debug, Clone)]
pub(crate) struct S3Options {
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) endpoint: Option<String>,
    /// What an endpoint without a scheme means.
    pub(crate) is_secure: bool,
    pub(crate) is_path_style: bool,
    pub(crate) region: Option<String>,
    /// Without them requests are anonymous.
    pub(crate) credentials: Option<Credentials>,
    pub(crate) list_version: ListVersion,
    pub(crate) deletion: Deletion,
    pub(crate) acl: Acl,
    pub(crate) encryption: Encryption,
    pub(crate) mode: Mode,
    /// `id1=user1;id2=user2`.
    pub(crate) owner_names: String,
    /// Host and port.
    pub(crate) proxy: Option<(String, u16)>,
    pub(crate) request_timeout: Duration,
    pub(crate) socket_timeout: Duration,
    pub(crate) attempts: u32,
    pub(crate) idle_connections: usize,
    /// How long an upload may take before it counts as abandoned.
    pub(crate) clean_age: Duration,
    pub(crate) part_bytes: usize,
    /// Parts of one file that are under way at once.
    pub(crate) parts_at_once: usize,
}

/// A property that has no meaning.
#[derive(Debug)]
pub(crate) struct WrongProperty {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// What is made of parts that nobody sized: large enough to be fast, small enough that many
/// writers fit into memory.
const PART_BYTES: u64 = 8 << 20;

/// So many parts of one file keep a store busy, and a writer small.
const PARTS_AT_ONCE: u32 = 4;

/// More parts of one file at once hold memory, and make it no faster.
const MOST_PARTS_AT_ONCE: u32 = 20;

/// What S3 takes for a part that is not the last.
const SMALLEST_PART: u64 = 5 << 20;

/// A writer holds one part more than are under way, all of it in memory. S3 would take 5 GiB.
const LARGEST_PART: u64 = 256 << 20;

/// What `alluxio.underfs.s3.intermediate.upload.clean.age` says unless it is set.
const CLEAN_AGE: Duration = Duration::from_secs(3 * 24 * 3600);

/// As the clients of Amazon do it unless they are told otherwise.
const RETRIES: u32 = 3;

/// More attempts than this would keep a caller waiting for minutes.
pub(crate) const MOST_RETRIES: u32 = 20;

impl S3Options {
    pub(crate) fn of(properties: &UfsProperties) -> Result<Self, WrongProperty> {
        let read = Reader { properties };
        read.refuse_others(key::UNDERFS_S3_SIGNER_ALGORITHM, "AWSS3V4SignerType")?;
        read.refuse_others(key::UNDERFS_S3_DIRECTORY_SUFFIX, "/")?;
        let uploads = read.number(key::UNDERFS_S3_UPLOAD_THREADS_MAX)?;
        let streaming = read.flag(key::UNDERFS_S3_STREAMING_UPLOAD_ENABLED);
        let part_bytes = match streaming {
            Some(true) => read
                .size(key::UNDERFS_S3_STREAMING_UPLOAD_PARTITION_SIZE)?
                .unwrap_or(64 << 20),
            Some(false) | None => PART_BYTES,
        };
        let retries = read.number(key::UNDERFS_S3_MAX_ERROR_RETRY)?;
        let attempts = retries.unwrap_or(RETRIES).min(MOST_RETRIES) + 1;
        let threads = read.number(key::UNDERFS_S3_THREADS_MAX)?.unwrap_or(40);
        Ok(Self {
            dialect: &AmazonDialect,
            endpoint: read.text(key::UNDERFS_S3_ENDPOINT),
            is_secure: read.is(key::UNDERFS_S3_SECURE_HTTP_ENABLED),
            is_path_style: read.is(key::UNDERFS_S3_DISABLE_DNS_BUCKETS),
            region: read.region()?,
            credentials: read.credentials()?,
            list_version: if read.is(key::UNDERFS_S3_LIST_OBJECTS_V1) {
                ListVersion::V1
            } else {
                ListVersion::V2
            },
            deletion: match read.flag(key::UNDERFS_S3_BULK_DELETE_ENABLED) {
                Some(false) => Deletion::OneByOne,
                Some(true) | None => Deletion::InBatches,
            },
            acl: match read.flag(key::UNDERFS_S3_INHERIT_ACL) {
                Some(false) => Acl::Ignored,
                Some(true) | None => Acl::OfBucket,
            },
            encryption: if read.is(key::UNDERFS_S3_SERVER_SIDE_ENCRYPTION_ENABLED) {
                Encryption::Aes256
            } else {
                Encryption::None
            },
            mode: read.mode(key::UNDERFS_S3_DEFAULT_MODE)?,
            owner_names: read
                .text(key::UNDERFS_S3_OWNER_ID_TO_USERNAME_MAPPING)
                .unwrap_or_default(),
            proxy: read.proxy()?,
            request_timeout: read
                .patience(key::UNDERFS_S3_REQUEST_TIMEOUT)?
                .unwrap_or(Duration::from_secs(60)),
            socket_timeout: read
                .patience(key::UNDERFS_S3_SOCKET_TIMEOUT)?
                .unwrap_or(Duration::from_secs(50)),
            attempts,
            idle_connections: threads.clamp(1, 1024) as usize,
            clean_age: read
                .duration(key::UNDERFS_S3_INTERMEDIATE_UPLOAD_CLEAN_AGE)?
                .unwrap_or(CLEAN_AGE),
            part_bytes: usable_part_bytes(part_bytes),
            parts_at_once: uploads
                .unwrap_or(PARTS_AT_ONCE)
                .clamp(1, MOST_PARTS_AT_ONCE) as usize,
        })
    }
}

/// The size of a part that the store takes and memory bears, next to the one that was asked for.
pub(crate) fn usable_part_bytes(wanted: u64) -> usize {
    usize::try_from(wanted.clamp(SMALLEST_PART, LARGEST_PART)).unwrap_or(usize::MAX)
}

/// Whether this can be the name of a region or of a bucket, in any store of the protocol. Nothing in
/// it has a meaning in an address or a signature.
pub(super) fn is_name(text: &str) -> bool {
    let stands = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !text.is_empty() && text.bytes().all(stands)
}

/// Finds values under the names that they have had.
pub(crate) struct Reader<'a> {
    pub(crate) properties: &'a UfsProperties,
}

impl Reader<'_> {
    /// The value of a property that is not empty. `alluxio.underfs.s3a.*` is what
    /// `alluxio.underfs.s3.*` was called before.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let older = name.replacen("alluxio.underfs.s3.", "alluxio.underfs.s3a.", 1);
        let names = [
            name,
            &older,
            &format!("{older}.ms"),
            &older.replace("inherit.acl", "inherit_acl"),
        ];
        let found = names.iter().find_map(|name| self.properties.value(name));
        found
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// Refuses a setting that asks for what is not there.
    fn refuse_others(&self, name: &'static str, only: &str) -> Result<(), WrongProperty> {
        match self.text(name) {
            Some(value) if value != only => Err(WrongProperty {
                name,
                value: format!("{value}: only {only} is supported"),
            }),
            Some(_) | None => Ok(()),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        let value = self.text(name)?;
        Some(value.eq_ignore_ascii_case("true"))
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.flag(name) == Some(true)
    }

    fn parsed<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, WrongProperty> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        let parsed = parse(&value);
        parsed.map(Some).ok_or(WrongProperty { name, value })
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<Option<u32>, WrongProperty> {
        self.parsed(name, |text| text.parse().ok())
    }

    pub(crate) fn size(&self, name: &'static str) -> Result<Option<u64>, WrongProperty> {
        self.parsed(name, |text| ByteSize::parse(text).ok().map(ByteSize::bytes))
    }

    pub(crate) fn duration(&self, name: &'static str) -> Result<Option<Duration>, WrongProperty> {
        self.parsed(name, |text| duration::parse(text).ok())
    }

    /// How long to wait. None at all is how other clients write "for ever", which nobody wants.
    fn patience(&self, name: &'static str) -> Result<Option<Duration>, WrongProperty> {
        let told = self.duration(name)?;
        Ok(told.filter(|told| !told.is_zero()))
    }

    pub(crate) fn mode(&self, name: &'static str) -> Result<Mode, WrongProperty> {
        let octal = |text: &str| u16::from_str_radix(text, 8).ok().map(Mode::from_bits);
        Ok(self.parsed(name, octal)?.unwrap_or(Mode::from_bits(0o700)))
    }

    /// It stands in every signature, between slashes.
    fn region(&self) -> Result<Option<String>, WrongProperty> {
        let name = |text: &str| is_name(text).then(|| text.to_owned());
        let told = self.parsed(key::UNDERFS_S3_REGION, name)?;
        let older = self.parsed(key::UNDERFS_S3_ENDPOINT_REGION, name)?;
        Ok(told.or(older))
    }

    fn proxy(&self) -> Result<Option<(String, u16)>, WrongProperty> {
        let Some(host) = self.text(key::UNDERFS_S3_PROXY_HOST) else {
            return Ok(None);
        };
        let port = self.parsed(key::UNDERFS_S3_PROXY_PORT, |text| text.parse().ok())?;
        Ok(Some((host, port.unwrap_or(80))))
    }

    fn credentials(&self) -> Result<Option<Credentials>, WrongProperty> {
        let access_key = self
            .text(key::S3A_ACCESS_KEY_ID)
            .or_else(|| self.text("aws.accessKeyId"));
        let secret_key = self
            .text(key::S3A_SECRET_KEY)
            .or_else(|| self.text("aws.secretKey"));
        let one_alone = |name| WrongProperty {
            name,
            value: String::new(),
        };
        match (access_key, secret_key) {
            // A token is nothing without its keys.
            (None, None) if self.text(key::S3A_SESSION_TOKEN).is_some() => {
                Err(one_alone(key::S3A_ACCESS_KEY_ID))
            }
            (None, None) => Ok(None),
            (Some(_), None) => Err(one_alone(key::S3A_SECRET_KEY)),
            (None, Some(_)) => Err(one_alone(key::S3A_ACCESS_KEY_ID)),
            (Some(access_key), Some(secret_key)) => Ok(Some(Credentials {
                access_key,
                secret_key,
                session_token: self.text(key::S3A_SESSION_TOKEN),
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(values: &[(&str, &str)]) -> Result<S3Options, WrongProperty> {
        S3Options::of(&values.iter().copied().collect())
    }

    #[test]
    fn without_keys_requests_are_anonymous_and_half_a_pair_is_refused() {
        assert!(options(&[]).unwrap().credentials.is_none());
        assert!(options(&[("s3a.sessionToken", "a")]).is_err());
        let wrong = options(&[("s3a.accessKeyId", "a")]).unwrap_err();
        assert_eq!(wrong.name, key::S3A_SECRET_KEY);
        assert!(options(&[("aws.accessKeyId", "a"), ("aws.secretKey", "b")]).is_ok());
    }

    #[test]
    fn older_names_count_as_well() {
        let read = options(&[
            ("alluxio.underfs.s3a.inherit_acl", "false"),
            ("alluxio.underfs.s3a.socket.timeout.ms", "7000"),
            ("alluxio.underfs.s3a.default.mode", "0750"),
        ])
        .unwrap();
        assert_eq!(read.acl, Acl::Ignored);
        assert_eq!(read.socket_timeout, Duration::from_secs(7));
        assert_eq!(read.mode, Mode::from_bits(0o750));
    }

    #[test]
    fn what_is_not_supported_is_refused() {
        for (name, only, other) in [
            ("signer.algorithm", "AWSS3V4SignerType", "S3SignerType"),
            ("directory.suffix", "/", "_$folder$"),
        ] {
            let name = format!("alluxio.underfs.s3.{name}");
            assert!(options(&[(&name, only)]).is_ok());
            let wrong = options(&[(&name, other)]).unwrap_err();
            assert_eq!(wrong.name, name);
        }
        let uploads = |count| {
            let set = ("alluxio.underfs.s3.upload.threads.max", count);
            options(&[set]).unwrap().parts_at_once
        };
        assert_eq!((uploads("0"), uploads("7"), uploads("99")), (1, 7, 20));
    }

    #[test]
    fn a_value_without_meaning_is_named() {
        let wrong = options(&[("alluxio.underfs.s3.max.error.retry", "often")]).unwrap_err();
        assert_eq!(wrong.name, "alluxio.underfs.s3.max.error.retry");
        assert_eq!(wrong.value, "often");
    }

    #[test]
    fn a_region_is_a_word() {
        for name in ["region", "endpoint.region"] {
            let name = format!("alluxio.underfs.s3.{name}");
            for region in ["eu-west-1", "us_east.2", "MyRegion"] {
                let read = options(&[(&name, region)]).unwrap();
                assert_eq!(read.region.as_deref(), Some(region));
            }
            for region in ["eu west", "../eu", "eu,us", "eü"] {
                let wrong = options(&[(&name, region)]).unwrap_err();
                assert_eq!((wrong.name, &*wrong.value), (&*name, region));
            }
        }
    }

    #[test]
    fn parts_are_as_large_as_the_store_and_memory_allow() {
        let name = "alluxio.underfs.s3.streaming.upload.partition.size";
        let on = ("alluxio.underfs.s3.streaming.upload.enabled", "true");
        assert_eq!(options(&[on]).unwrap().part_bytes, 64 << 20);
        assert_eq!(options(&[on, (name, "1MB")]).unwrap().part_bytes, 5 << 20);
        assert_eq!(options(&[on, (name, "5GB")]).unwrap().part_bytes, 256 << 20);
        assert_eq!(options(&[]).unwrap().part_bytes, 8 << 20);
    }
}
