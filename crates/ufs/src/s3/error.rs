//! What can go wrong with a request, and what it is to the caller: [`ObjectError`].

use alluxio_common::conf::key;
use http::StatusCode;

use super::endpoint::Endpoint;
use super::xml;
use crate::UfsErrorKind;
use crate::object::ObjectError;

/// Why a request got no good answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The name of the host is unknown.
    UnknownHost(String),
    /// Nobody answers at the address.
    Unreachable,
    /// No connection.
    NotConnected(String),
    /// The connection broke.
    Lost(String),
    /// No answer in time.
    TimedOut,
    /// The store said no.
    Service(Box<ServiceError>),
}

/// The store's own words.
#[derive(Debug)]
pub(super) struct ServiceError {
    pub(super) status: StatusCode,
    /// Empty where the answer has no body.
    pub(super) code: String,
    pub(super) message: String,
    pub(super) request_id: String,
    /// What Amazon's support asks for as well.
    pub(super) extended_request_id: String,
    /// Where the bucket is, if the store says so.
    pub(super) region: Option<String>,
}

impl ServiceError {
    /// Reads an answer of the store.
    pub(super) fn of(status: StatusCode, headers: &http::HeaderMap, body: &[u8]) -> Self {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let mut error = Self {
            status,
            code: String::new(),
            message: String::new(),
            request_id: header("x-amz-request-id").unwrap_or_default().to_owned(),
            extended_request_id: header("x-amz-id-2").unwrap_or("null").to_owned(),
            region: header("x-amz-bucket-region").map(str::to_owned),
        };
        // A body that is no such document is left out: a proxy's page tells nobody anything.
        if let Ok(text) = std::str::from_utf8(body)
            && let Ok(document) = roxmltree::Document::parse(text)
            && document.root_element().tag_name().name() == "Error"
        {
            let root = document.root_element();
            error.code = xml::text(root, "Code").to_owned();
            error.message = xml::text(root, "Message").to_owned();
            let region = Some(xml::text(root, "Region")).filter(|region| !region.is_empty());
            error.region = error.region.or(region.map(str::to_owned));
        }
        error
    }

    /// Whether the same request may be answered well a little later.
    fn is_transient(&self) -> bool {
        let busy = [
            "SlowDown",
            "RequestTimeout",
            "InternalError",
            "ServiceUnavailable",
        ];
        matches!(self.status.as_u16(), 429 | 500 | 502 | 503 | 504)
            || busy.contains(&self.code.as_str())
    }

    pub(super) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && self.code != "NoSuchBucket"
    }

    /// The sentence that Amazon's own client prints, which people search for.
    fn sentence(&self) -> String {
        let status = self.status.as_u16();
        let reason = self.status.canonical_reason().unwrap_or("Unknown");
        let message = Some(self.message.as_str()).filter(|text| !text.is_empty());
        let message = message.unwrap_or(reason).trim_end_matches('.');
        let code = if self.code.is_empty() {
            format!("{status} {reason}")
        } else {
            self.code.clone()
        };
        // The word that documentation and search engines know a wrong key by.
        let forbidden = if self.status == StatusCode::FORBIDDEN && message != reason {
            "Forbidden: "
        } else {
            ""
        };
        let (request_id, extended) = (&self.request_id, &self.extended_request_id);
        format!(
            "{forbidden}{message} (Service: Amazon S3; Status Code: {status}; Error Code: {code}; \
             Request ID: {request_id}; S3 Extended Request ID: {extended})"
        )
    }

    fn kind(&self) -> UfsErrorKind {
        match (self.code.as_str(), self.status.as_u16()) {
            ("NoSuchBucket" | "InvalidBucketName" | "PermanentRedirect", _) => {
                UfsErrorKind::Misconfigured
            }
            ("KeyTooLongError" | "XMinioInvalidObjectName", _) => UfsErrorKind::InvalidPath,
            ("XMinioStorageFull" | "QuotaExceeded" | "XMinioAdminBucketQuotaExceeded", _) => {
                UfsErrorKind::NoSpace
            }
            ("XMinioParentIsObject" | "XMinioObjectExistsAsDirectory", _) => {
                UfsErrorKind::NotADirectory
            }
            ("NotImplemented", _) | (_, 501 | 405) => UfsErrorKind::Unsupported,
            ("SlowDown", _) | (_, 429) => UfsErrorKind::RateLimited { after: None },
            ("RequestTimeout", _) => UfsErrorKind::TimedOut,
            (_, 401 | 403) => UfsErrorKind::PermissionDenied,
            (_, 404) => UfsErrorKind::NotFound,
            (_, 412) => UfsErrorKind::ChangedMeanwhile,
            (_, 500..) => UfsErrorKind::Unavailable,
            (_, _) => UfsErrorKind::Unexpected,
        }
    }

    fn property(&self) -> Option<&'static str> {
        match (self.code.as_str(), self.status.as_u16()) {
            ("NoSuchBucket" | "InvalidBucketName", _) => Some(key::MASTER_MOUNT_TABLE_ROOT_UFS),
            ("PermanentRedirect" | "AuthorizationHeaderMalformed", _) => {
                Some(key::UNDERFS_S3_REGION)
            }
            ("SignatureDoesNotMatch", _) => Some(key::S3A_SECRET_KEY),
            (_, 401 | 403) => Some(key::S3A_ACCESS_KEY_ID),
            (_, _) => None,
        }
    }
}

impl Failure {
    /// Whether the same request may succeed a little later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::UnknownHost(_) => false,
            // Silence has taken long enough.
            Self::Unreachable | Self::TimedOut => false,
            Self::NotConnected(_) | Self::Lost(_) => true,
            Self::Service(error) => error.is_transient(),
        }
    }

    /// What it is to the caller.
    pub(super) fn into_error(self, endpoint: &Endpoint) -> ObjectError {
        let host = &endpoint.host;
        let (kind, reason, property) = match self {
            Self::UnknownHost(why) => {
                let property = if endpoint.has_bucket_in_host() {
                    key::UNDERFS_S3_DISABLE_DNS_BUCKETS
                } else {
                    key::UNDERFS_S3_ENDPOINT
                };
                let reason = format!("Unable to execute HTTP request: {host}: {why}");
                (UfsErrorKind::Unavailable, reason, Some(property))
            }
            Self::Unreachable => {
                let reason = format!(
                    "Unable to execute HTTP request: Connect to {host} failed: connect timed out"
                );
                (
                    UfsErrorKind::TimedOut,
                    reason,
                    Some(key::UNDERFS_S3_ENDPOINT),
                )
            }
            Self::NotConnected(why) => {
                let reason =
                    format!("Unable to execute HTTP request: Connect to {host} failed: {why}");
                (
                    UfsErrorKind::Unavailable,
                    reason,
                    Some(key::UNDERFS_S3_ENDPOINT),
                )
            }
            Self::Lost(why) => {
                let reason = format!("Unable to execute HTTP request: {host}: {why}");
                (UfsErrorKind::Unavailable, reason, None)
            }
            Self::TimedOut => {
                let reason = format!("Unable to execute HTTP request: {host} does not answer");
                (
                    UfsErrorKind::TimedOut,
                    reason,
                    Some(key::UNDERFS_S3_REQUEST_TIMEOUT),
                )
            }
            Self::Service(error) => (error.kind(), error.sentence(), error.property()),
        };
        ObjectError {
            kind,
            reason,
            property,
        }
    }
}

/// An answer that is no document of the protocol.
pub(super) fn malformed(why: impl std::fmt::Display) -> ObjectError {
    ObjectError {
        kind: UfsErrorKind::Unexpected,
        reason: format!("The answer of the store makes no sense: {why}"),
        property: None,
    }
}
