//! [`AmazonDialect`]: the words of Amazon and of those who took them over, such as MinIO.

use alluxio_common::conf::key;

use super::dialect::{Dialect, Suspect, Unsigned};
use super::endpoint::{Endpoint, encode_query};
use super::error::ServiceError;
use super::options::Credentials;
use super::sign::{self, Signed};

/// The words of Amazon.
#[derive(Debug)]
pub(super) struct AmazonDialect;

impl Dialect for AmazonDialect {
    fn kind(&self) -> &'static str {
        "s3"
    }

    fn own_prefix(&self) -> &'static str {
        "x-amz-"
    }

    fn signs_body(&self, endpoint: &Endpoint) -> bool {
        // Over TLS the content is protected as it is, and hashing costs more than sending.
        !endpoint.is_secure
    }

    fn prepare(&self, _request: &mut Unsigned<'_>) {}

    fn sign(&self, request: &mut Unsigned<'_>, credentials: &Credentials) {
        let payload = request.payload;
        request.add("x-amz-content-sha256", payload);
        request.add("x-amz-date", sign::request_date(request.now));
        if let Some(token) = &credentials.session_token {
            request.add("x-amz-security-token", token.as_str());
        }
        request.headers.sort();
        let signed = Signed {
            method: request.method,
            path: request.path,
            query: &encode_query(request.query),
            headers: &request.headers,
            payload,
            region: request.region,
            now: request.now,
        };
        let authorization = sign::authorization(&signed, credentials);
        request.add("authorization", authorization);
    }

    fn is_silent_on_success(&self) -> bool {
        false
    }

    fn encodes_tokens(&self) -> bool {
        false
    }

    fn sentence(&self, error: &ServiceError) -> String {
        let (message, code) = (error.message_or_reason(), error.code_or_status());
        let status = error.status.as_u16();
        let forbidden = error.forbidden_word();
        let (request_id, extended) = (&error.request_id, &error.extended_request_id);
        format!(
            "{forbidden}{message} (Service: Amazon S3; Status Code: {status}; Error Code: {code}; \
             Request ID: {request_id}; S3 Extended Request ID: {extended})"
        )
    }

    fn property(&self, suspect: Suspect) -> Option<&'static str> {
        Some(match suspect {
            Suspect::Bucket => key::MASTER_MOUNT_TABLE_ROOT_UFS,
            Suspect::Endpoint => key::UNDERFS_S3_ENDPOINT,
            Suspect::BucketInHost => key::UNDERFS_S3_DISABLE_DNS_BUCKETS,
            Suspect::Region => key::UNDERFS_S3_REGION,
            Suspect::AccessKey => key::S3A_ACCESS_KEY_ID,
            Suspect::SecretKey => key::S3A_SECRET_KEY,
            Suspect::SessionToken => key::S3A_SESSION_TOKEN,
            Suspect::Encryption => key::UNDERFS_S3_SERVER_SIDE_ENCRYPTION_ENABLED,
            Suspect::RequestTimeout => key::UNDERFS_S3_REQUEST_TIMEOUT,
            Suspect::Proxy => key::UNDERFS_S3_PROXY_HOST,
        })
    }
}
