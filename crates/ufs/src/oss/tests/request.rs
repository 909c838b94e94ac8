//! A request as the fake reads it, and whether its signature is right.

use alluxio_common::Timestamp;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use chrono::{DateTime, NaiveDateTime};
use percent_encoding::percent_decode_str;

use super::super::dialect::OssDialect;
use crate::s3::dialect::{Dialect, Unsigned};
use crate::s3::options::Credentials;
use crate::s3::sign::UNSIGNED_PAYLOAD;

pub(super) const ACCESS_KEY: &str = "test-id";
pub(super) const SECRET_KEY: &str = "test-secret";
pub(super) const REGION: &str = "cn-test";

/// What the fake knows; another parameter is an error of the client.
const PARAMETERS: [&str; 14] = [
    "bucketInfo",
    "continuation-token",
    "delete",
    "delimiter",
    "encoding-type",
    "key-marker",
    "list-type",
    "max-keys",
    "partNumber",
    "prefix",
    "start-after",
    "upload-id-marker",
    "uploadId",
    "uploads",
];

pub(super) struct Incoming {
    pub(super) method: Method,
    pub(super) bucket: String,
    pub(super) key: Option<String>,
    query: Vec<(&'static str, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    path: String,
}

impl Incoming {
    pub(super) fn of(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Option<Self> {
        let decoded = |text: &str| {
            let decoded = percent_decode_str(text).decode_utf8();
            decoded.ok().map(|text| text.into_owned())
        };
        let rest = uri.path().strip_prefix('/')?;
        let (bucket, key) = rest.split_once('/')?;
        let mut query = Vec::new();
        for pair in uri.query().unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if name.is_empty() {
                continue;
            }
            let known = PARAMETERS.iter().find(|known| **known == name);
            query.push((*known?, decoded(value)?));
        }
        Some(Self {
            method,
            bucket: bucket.to_owned(),
            key: decoded(key).filter(|key| !key.is_empty()),
            query,
            path: uri.path().to_owned(),
            headers,
            body,
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.query.iter().any(|(own, _)| *own == name)
    }

    /// A parameter; empty without it.
    pub(super) fn parameter(&self, name: &str) -> &str {
        let found = self.query.iter().find(|(own, _)| *own == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// A header; empty without it.
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// Whether who sent it knows the secret, for what arrived and not for what was meant.
    pub(super) fn is_signed(&self) -> bool {
        let authorization = self.header("authorization");
        let dialect = match authorization.starts_with("OSS4-HMAC-SHA256 ") {
            true => OssDialect::V4,
            false => OssDialect::V1,
        };
        // What signing adds must not be there before.
        let added = [
            "authorization",
            "date",
            "x-oss-date",
            "x-oss-content-sha256",
        ];
        let headers = self
            .headers
            .iter()
            .filter(|(name, _)| !added.contains(&name.as_str()));
        let headers = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let Some(now) = self.date() else {
            return false;
        };
        let mut request = Unsigned {
            method: self.method.as_str(),
            bucket: &self.bucket,
            key: self.key.as_deref(),
            path: &self.path,
            query: &self.query,
            headers: headers.collect(),
            payload: UNSIGNED_PAYLOAD,
            region: REGION,
            now,
        };
        let credentials = Credentials {
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            session_token: None,
        };
        dialect.sign(&mut request, &credentials);
        let expected = request
            .headers
            .iter()
            .find(|(name, _)| name == "authorization");
        expected.is_some_and(|(_, expected)| expected == authorization)
    }

    fn date(&self) -> Option<Timestamp> {
        let millis = match self.header("x-oss-date") {
            "" => DateTime::parse_from_rfc2822(self.header("date"))
                .ok()?
                .timestamp_millis(),
            date => {
                let date = NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").ok()?;
                date.and_utc().timestamp_millis()
            }
        };
        Some(Timestamp::from_millis(millis))
    }
}
