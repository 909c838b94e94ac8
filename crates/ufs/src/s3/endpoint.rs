//! [`Endpoint`]: where a bucket is reached, from the many ways to write it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::options::S3Options;

/// What signatures want encoded in a query.
pub(crate) const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The same in a path, where slashes stay.
pub(crate) const IN_PATH: &AsciiSet = &IN_QUERY.remove(b'/');

/// Where a region is not said and cannot be seen.
pub(super) const DEFAULT_REGION: &str = "us-east-1";

/// Where a bucket is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) is_secure: bool,
    /// With the port, as the header `host` has it; with the bucket in front where it stands there.
    pub(super) host: String,
    /// In front of every key: `/` or `/bucket/`.
    root: String,
}

impl Endpoint {
    /// The endpoint of a bucket: `http://host:port/`, `host:port`, `host`, or nothing, which is
    /// Amazon's. `None` when the text is none of these.
    pub(crate) fn of(bucket: &str, options: &S3Options) -> Option<Self> {
        // Without a region the name of the bucket leads to where it is.
        let amazon = match &options.region {
            Some(region) => format!("https://s3.{region}.amazonaws.com"),
            None => "https://s3.amazonaws.com".to_owned(),
        };
        let text = options.endpoint.as_deref().unwrap_or(&amazon);
        let (is_secure, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some(_) => return None,
            None => (options.is_secure, text),
        };
        let host = rest.trim_end_matches('/');
        let authority: http::uri::Authority = host.parse().ok()?;
        if host.contains('@') || authority.host().is_empty() {
            return None;
        }
        // A port that is none would silently be left out.
        let has_port = authority.as_str() != authority.host();
        if has_port && authority.port_u16().is_none() {
            return None;
        }
        // The usual port does not stand in the header, and so not in the signature.
        let usual = if is_secure { 443 } else { 80 };
        let host = match authority.port_u16() {
            Some(port) if port != usual => format!("{}:{port}", authority.host()),
            Some(_) | None => authority.host().to_owned(),
        };
        let in_host =
            !options.is_path_style && is_host_label(bucket) && !is_address(authority.host());
        Some(if in_host {
            Self {
                is_secure,
                host: format!("{bucket}.{host}"),
                root: "/".to_owned(),
            }
        } else {
            Self {
                is_secure,
                host,
                root: format!("/{bucket}/"),
            }
        })
    }

    /// Whether the bucket stands in the name of the host.
    pub(super) fn has_bucket_in_host(&self) -> bool {
        self.root == "/"
    }

    /// The encoded path of a key; that of the bucket without one.
    pub(super) fn path(&self, key: Option<&str>) -> String {
        match key {
            Some(key) => format!("{}{}", self.root, utf8_percent_encode(key, IN_PATH)),
            None => self.root.clone(),
        }
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }
}

/// A path for the value of a header, which says what is copied.
pub(super) fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, IN_PATH).to_string()
}

/// A query as it is signed: sorted and encoded.
pub(super) fn encode_query(query: &[(&str, String)]) -> String {
    let mut pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, IN_QUERY)))
        .collect();
    pairs.sort();
    pairs.join("&")
}

/// The region that the name of an Amazon host tells: `s3.eu-west-1.amazonaws.com`.
pub(super) fn region_of_host(host: &str) -> Option<&str> {
    let front = host.strip_suffix(".amazonaws.com")?;
    let (_, region) = front.rsplit_once('.')?;
    let known = region.contains('-') && !region.starts_with("s3");
    known.then_some(region)
}

/// Whether a bucket may stand in a host name. With a dot it may not: the wildcard of
/// a certificate covers none.
fn is_host_label(bucket: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (3..=63).contains(&bucket.len()) && bucket.bytes().all(is_plain)
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str, values: &[(&str, &str)]) -> Option<Endpoint> {
        let name = "alluxio.underfs.s3.endpoint";
        let properties = values.iter().copied().chain([(name, text)]).collect();
        Endpoint::of("bucket", &S3Options::of(&properties).unwrap())
    }

    const PATH_STYLE: (&str, &str) = ("alluxio.underfs.s3.disable.dns.buckets", "true");

    #[test]
    fn scheme_port_and_slash_may_be_there_or_not() {
        for text in [
            "http://minio:9000/",
            "http://minio:9000",
            "minio:9000",
            "minio:9000/",
        ] {
            let found = endpoint(text, &[PATH_STYLE]).unwrap();
            assert_eq!(
                (found.scheme(), found.host.as_str()),
                ("http", "minio:9000")
            );
            assert_eq!(found.path(Some("a b/+%é")), "/bucket/a%20b/%2B%25%C3%A9");
        }
        assert_eq!(
            endpoint("http://minio:80/", &[PATH_STYLE]).unwrap().host,
            "minio"
        );
        assert_eq!(endpoint("ftp://minio", &[]), None);
        assert_eq!(endpoint("http://a b", &[]), None);
        assert_eq!(endpoint("http://minio:99999", &[]), None);
        assert_eq!(endpoint("minio:", &[]), None);
    }

    #[test]
    fn an_endpoint_without_a_scheme_follows_the_property() {
        let secure = ("alluxio.underfs.s3.secure.http.enabled", "true");
        assert_eq!(endpoint("minio", &[secure]).unwrap().scheme(), "https");
        assert_eq!(
            endpoint("http://minio", &[secure]).unwrap().scheme(),
            "http"
        );
    }

    #[test]
    fn the_bucket_stands_in_the_host_unless_told_otherwise_or_impossible() {
        let found = endpoint("http://minio:9000", &[]).unwrap();
        assert_eq!(
            (found.host.as_str(), found.path(None).as_str()),
            ("bucket.minio:9000", "/")
        );
        let by_address = endpoint("http://127.0.0.1:9000", &[]).unwrap();
        assert_eq!(by_address.path(None), "/bucket/");
    }

    #[test]
    fn without_an_endpoint_it_is_amazons_in_the_region() {
        let region = ("alluxio.underfs.s3.region", "eu-west-1");
        let found = endpoint("", &[region]).unwrap();
        assert_eq!(found.host, "bucket.s3.eu-west-1.amazonaws.com");
        assert_eq!(region_of_host(&found.host), Some("eu-west-1"));
        assert_eq!(region_of_host("s3.amazonaws.com"), None);
        let anywhere = endpoint("", &[]).unwrap();
        assert_eq!(anywhere.host, "bucket.s3.amazonaws.com");
        assert_eq!(region_of_host("my-bucket.s3.amazonaws.com"), None);
    }

    #[test]
    fn a_query_is_sorted_and_encoded() {
        let query = [("prefix", "a/ b".to_owned()), ("list-type", "2".to_owned())];
        assert_eq!(encode_query(&query), "list-type=2&prefix=a%2F%20b");
    }
}
