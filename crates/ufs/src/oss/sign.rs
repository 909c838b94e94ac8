//! Signatures of OSS: version 4, which is bound to a region and a day, and version 1 for endpoints
//! that tell no region.

use alluxio_common::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use percent_encoding::utf8_percent_encode;
use sha1::Sha1;

use crate::s3::dialect::Unsigned;
use crate::s3::endpoint::{IN_PATH, IN_QUERY};
use crate::s3::options::Credentials;
use crate::s3::sign::{UNSIGNED_PAYLOAD, hash, hex, mac, request_date};

/// What of a query says which resource is meant, among what this client sends.
const SUB_RESOURCES: [&str; 8] = [
    "acl",
    "bucketInfo",
    "continuation-token",
    "delete",
    "location",
    "partNumber",
    "uploadId",
    "uploads",
];

/// Adds the date and the signature of version 1.
pub(super) fn sign_v1(request: &mut Unsigned<'_>, credentials: &Credentials) {
    let date = http_date(request.now);
    request.add("date", date.as_str());
    let text = text_of_v1(request, &date);
    let mut mac = Hmac::<Sha1>::new_from_slice(credentials.secret_key.as_bytes())
        .expect("a key of any length will do");
    mac.update(text.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let access_key = &credentials.access_key;
    request.add("authorization", format!("OSS {access_key}:{signature}"));
}

fn text_of_v1(request: &Unsigned<'_>, date: &str) -> String {
    let (method, md5) = (request.method, header(request, "content-md5"));
    let kind = header(request, "content-type");
    let lines = lines_of(request, |name| name.starts_with("x-oss-"));
    let (bucket, key) = (request.bucket, request.key.unwrap_or_default());
    let mut parts: Vec<String> = request
        .query
        .iter()
        .filter(|(name, _)| SUB_RESOURCES.contains(name))
        .map(|(name, value)| pair(name, value))
        .collect();
    parts.sort();
    let mark = if parts.is_empty() { "" } else { "?" };
    let resource = format!("/{bucket}/{key}{mark}{}", parts.join("&"));
    format!("{method}\n{md5}\n{kind}\n{date}\n{lines}{resource}")
}

/// Adds the date and the signature of version 4.
pub(super) fn sign_v4(request: &mut Unsigned<'_>, credentials: &Credentials) {
    let date = request_date(request.now);
    request.add("x-oss-date", date.as_str());
    request.add("x-oss-content-sha256", UNSIGNED_PAYLOAD);
    let (day, region) = (&date[..8], request.region);
    let scope = format!("{day}/{region}/oss/aliyun_v4_request");
    let canonical = canonical_request(request);
    let canonical = hash(canonical.as_bytes());
    let text = format!("OSS4-HMAC-SHA256\n{date}\n{scope}\n{canonical}");
    let key = mac(
        format!("aliyun_v4{}", credentials.secret_key).as_bytes(),
        day,
    );
    let key = mac(&mac(&mac(&key, region), "oss"), "aliyun_v4_request");
    let signature = hex(&mac(&key, &text));
    let access_key = &credentials.access_key;
    let credential = format!("{access_key}/{scope}");
    request.add(
        "authorization",
        format!("OSS4-HMAC-SHA256 Credential={credential}, Signature={signature}"),
    );
}

fn canonical_request(request: &Unsigned<'_>) -> String {
    let (bucket, key) = (request.bucket, request.key.unwrap_or_default());
    let path = format!("/{bucket}/{key}");
    let path = utf8_percent_encode(&path, IN_PATH);
    let encoded = |text: &str| utf8_percent_encode(text, IN_QUERY).to_string();
    let mut query: Vec<(String, String)> = request
        .query
        .iter()
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    query.sort();
    let query: Vec<String> = query
        .iter()
        .map(|(name, value)| pair(name, value))
        .collect();
    let query = query.join("&");
    let is_signed =
        |name: &str| name.starts_with("x-oss-") || matches!(name, "content-type" | "content-md5");
    let lines = lines_of(request, is_signed);
    let method = request.method;
    format!("{method}\n{path}\n{query}\n{lines}\n\n{UNSIGNED_PAYLOAD}")
}

/// A name alone where there is no value.
fn pair(name: &str, value: &str) -> String {
    if value.is_empty() {
        name.to_owned()
    } else {
        format!("{name}={value}")
    }
}

/// The headers that are signed, a line each, in the order of their names.
fn lines_of(request: &Unsigned<'_>, is_signed: impl Fn(&str) -> bool) -> String {
    let mut lines: Vec<String> = request
        .headers
        .iter()
        .filter(|(name, _)| is_signed(name))
        .map(|(name, value)| format!("{name}:{}\n", value.trim()))
        .collect();
    lines.sort();
    lines.concat()
}

fn header<'a>(request: &'a Unsigned<'_>, name: &str) -> &'a str {
    let mut headers = request.headers.iter();
    let found = headers.find(|(own, _)| own == name);
    found.map_or("", |(_, value)| value.as_str())
}

/// `Fri, 02 Jan 2026 03:04:05 GMT`.
fn http_date(now: Timestamp) -> String {
    let now = DateTime::<Utc>::from_timestamp_millis(now.millis()).unwrap_or_default();
    now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::dialect::Dialect;

    /// What the store's own client for Python (oss2 2.19.1) signs these requests with.
    struct Expected {
        v1: &'static str,
        v4: &'static str,
        v1_with_token: &'static str,
        v4_with_token: &'static str,
    }

    fn check(
        method: &str,
        key: Option<&str>,
        query: &[(&'static str, String)],
        headers: &[(&str, &str)],
        expected: &Expected,
    ) {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let signature = |dialect: &dyn Dialect, token: Option<&str>| {
            let mut request = Unsigned {
                method,
                bucket: "examplebucket",
                key,
                path: "/not/signed",
                query,
                headers: headers.iter().map(own).collect(),
                payload: UNSIGNED_PAYLOAD,
                region: "cn-hangzhou",
                now: Timestamp::from_millis(1_767_323_045_000),
            };
            let credentials = Credentials {
                access_key: "test-id".to_owned(),
                secret_key: "test-secret".to_owned(),
                session_token: token.map(str::to_owned),
            };
            dialect.sign(&mut request, &credentials);
            let authorization = header(&request, "authorization").to_owned();
            let at = authorization.rfind([':', '=']).unwrap_or_default();
            // A signature of version 1 may itself end with `=`.
            match authorization.strip_prefix("OSS test-id:") {
                Some(signature) => signature.to_owned(),
                None => authorization[at + 1..].to_owned(),
            }
        };
        use super::super::dialect::OssDialect::{V1, V4};
        assert_eq!(signature(&V1, None), expected.v1);
        assert_eq!(signature(&V4, None), expected.v4);
        assert_eq!(signature(&V1, Some("a-token")), expected.v1_with_token);
        assert_eq!(signature(&V4, Some("a-token")), expected.v4_with_token);
    }

    #[test]
    fn headers_and_an_odd_key_are_signed_as_the_stores_own_client_does() {
        let headers = [
            ("x-oss-copy-source", "/examplebucket/x%20y"),
            ("content-md5", "md5=="),
            ("host", "not signed"),
        ];
        let expected = Expected {
            v1: "8B7unFWGAK0x4rEZnO2F0Vwcsx4=",
            v4: "53a89319869c9fdfc7f7fb8af7bb423c38fa7ae31c6703307facf2c77706a891",
            v1_with_token: "f7dwdWqgO+dmGzpO7c+xgcn8bhw=",
            v4_with_token: "46622b2b0c84d463659e5d0822c2278ae2cbe75877df47cc9f8e805a05b7daf8",
        };
        check("PUT", Some("d/a b+%é"), &[], &headers, &expected);
    }

    #[test]
    fn a_name_without_a_value_is_signed_as_the_stores_own_client_does() {
        let expected = Expected {
            v1: "QGpSiWqI0Ui3zy0UpR8rwLh1wFI=",
            v4: "a3d553a70eb9c7cbf5f0dba3df3fa4dc4fd3bc41180f72eef459f8fe2cce97a5",
            v1_with_token: "GmZjxV4zzNyrzZLA0L/tHuDR0Yk=",
            v4_with_token: "f73a91295722c8833b0e384410fd617d8b634765720e48e810c904d85f3978b2",
        };
        let query = [("uploads", String::new())];
        check("POST", Some("d/a b+%é"), &query, &[], &expected);
    }

    #[test]
    fn a_query_is_signed_as_the_stores_own_client_does() {
        let expected = Expected {
            v1: "MHYPkdH80FYpBoyFom176QRxiM4=",
            v4: "a75a8af7774481907b3a8e1527c68bbdf4a23cb6a0bc00142a5023c48040674b",
            v1_with_token: "YwZ5mFicwuYe0/MzXOMtgbWxfwM=",
            v4_with_token: "cd5a6e54acac42405b732a8b2ea2f62c886aba0748d1c3781d8f557eb6708de9",
        };
        let query = [
            ("prefix", "d/ a".to_owned()),
            ("list-type", "2".to_owned()),
            ("continuation-token", "t+/=".to_owned()),
            ("max-keys", "9".to_owned()),
        ];
        check("GET", None, &query, &[], &expected);
    }
}
