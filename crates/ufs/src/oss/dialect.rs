//! [`OssDialect`]: in what OSS differs from the protocol that it took over.

use alluxio_common::conf::key;

use super::sign::{sign_v1, sign_v4};
use crate::s3::dialect::{Dialect, Suspect, Unsigned};
use crate::s3::endpoint::Endpoint;
use crate::s3::error::ServiceError;
use crate::s3::options::Credentials;

/// The words of OSS, by the version of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OssDialect {
    /// For endpoints that tell no region.
    V1,
    /// Bound to a region and a day.
    V4,
}

impl Dialect for OssDialect {
    fn kind(&self) -> &'static str {
        "oss"
    }

    fn own_prefix(&self) -> &'static str {
        "x-oss-"
    }

    fn signs_body(&self, _endpoint: &Endpoint) -> bool {
        false
    }

    fn prepare(&self, request: &mut Unsigned<'_>) {
        let has_range = request.headers.iter().any(|(name, _)| name == "range");
        if has_range {
            // Else a range behind the end is answered with the whole object.
            request.add("x-oss-range-behavior", "standard");
        }
    }

    fn sign(&self, request: &mut Unsigned<'_>, credentials: &Credentials) {
        if let Some(token) = &credentials.session_token {
            request.add("x-oss-security-token", token.as_str());
        }
        match self {
            Self::V1 => sign_v1(request, credentials),
            Self::V4 => sign_v4(request, credentials),
        }
    }

    fn is_silent_on_success(&self) -> bool {
        true
    }

    fn encodes_tokens(&self) -> bool {
        true
    }

    fn sentence(&self, error: &ServiceError) -> String {
        let (message, code) = (error.message_or_reason(), error.code_or_status());
        let (forbidden, request_id) = (error.forbidden_word(), &error.request_id);
        format!("{forbidden}{message} [ErrorCode]: {code} [RequestId]: {request_id}")
    }

    fn property(&self, suspect: Suspect) -> Option<&'static str> {
        match suspect {
            Suspect::Bucket => Some(key::MASTER_MOUNT_TABLE_ROOT_UFS),
            Suspect::Endpoint | Suspect::BucketInHost | Suspect::Region => Some(key::OSS_ENDPOINT),
            // Temporary keys cannot be given so far.
            Suspect::AccessKey | Suspect::SessionToken => Some(key::OSS_ACCESS_KEY_ID),
            Suspect::SecretKey => Some(key::OSS_ACCESS_KEY_SECRET),
            // Neither how long an answer may take nor encryption is a property of this store.
            Suspect::RequestTimeout | Suspect::Encryption | Suspect::Proxy => None,
        }
    }
}
