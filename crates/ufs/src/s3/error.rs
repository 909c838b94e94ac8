//! What can go wrong with a request, and what it is to the caller: [`ObjectError`].

use http::StatusCode;

use super::dialect::{Dialect, Suspect};
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
    /// No connection to the proxy, which is the first of the two.
    NoProxy(String, String),
    /// The server at the address speaks another protocol.
    NoTls,
    /// Its certificate is signed by nobody whom this machine trusts, or is no good otherwise.
    Untrusted(String),
    /// The connection broke.
    Lost(String),
    /// No answer in time.
    TimedOut,
    /// An answer about another version.
    Changed,
    /// The store said no.
    Service(Box<ServiceError>),
    /// The store said no at last, after a try that it may have carried out.
    Unclear(Box<ServiceError>),
}

/// The store's own words.
#[derive(Debug)]
pub(crate) struct ServiceError {
    pub(crate) status: StatusCode,
    /// Empty where the answer has no body.
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) request_id: String,
    /// What Amazon's support asks for as well.
    pub(crate) extended_request_id: String,
    /// Where the bucket is, if the store says so.
    pub(crate) region: Option<String>,
    /// What the clock of the store said, as it was written.
    pub(crate) date: String,
}

impl ServiceError {
    /// Reads an answer of the store, whose own headers begin with `own_prefix`.
    pub(super) fn of(
        status: StatusCode,
        headers: &http::HeaderMap,
        body: &[u8],
        own_prefix: &str,
    ) -> Self {
        let header = |name: &str| {
            let value = headers.get(format!("{own_prefix}{name}"));
            value.and_then(|value| value.to_str().ok())
        };
        let date = headers.get(http::header::DATE);
        let date = date.and_then(|date| date.to_str().ok());
        let mut error = Self {
            status,
            code: String::new(),
            message: String::new(),
            request_id: header("request-id").unwrap_or_default().to_owned(),
            extended_request_id: header("id-2").unwrap_or("null").to_owned(),
            region: header("bucket-region").map(str::to_owned),
            date: date.unwrap_or_default().to_owned(),
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

    /// What the store says, or else what the status means.
    pub(crate) fn message_or_reason(&self) -> &str {
        let reason = self.reason();
        let message = Some(self.message.as_str()).filter(|text| !text.is_empty());
        message.unwrap_or(reason).trim_end_matches('.')
    }

    /// The store's code, or else the status.
    pub(crate) fn code_or_status(&self) -> String {
        if self.code.is_empty() {
            format!("{} {}", self.status.as_u16(), self.reason())
        } else {
            self.code.clone()
        }
    }

    /// The word that documentation and search engines know a wrong key by, where the message has
    /// it not.
    pub(crate) fn forbidden_word(&self) -> &'static str {
        if self.status == StatusCode::FORBIDDEN && self.message_or_reason() != self.reason() {
            "Forbidden: "
        } else {
            ""
        }
    }

    /// What a person may do about a refusal that no property causes.
    fn advice(&self) -> String {
        match self.code.as_str() {
            "RequestTimeTooSkewed" => format!(
                ". The clock of this machine and that of the store, where it is {}, differ too \
                 much: set the one that is wrong",
                self.date
            ),
            _ => String::new(),
        }
    }

    fn reason(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Unknown")
    }

    fn kind(&self) -> UfsErrorKind {
        match (self.code.as_str(), self.status.as_u16()) {
            ("NoSuchBucket" | "InvalidBucketName" | "PermanentRedirect", _) => {
                UfsErrorKind::Misconfigured
            }
            ("KeyTooLongError" | "InvalidObjectName" | "XMinioInvalidObjectName", _) => {
                UfsErrorKind::InvalidPath
            }
            ("XMinioStorageFull" | "QuotaExceeded" | "XMinioAdminBucketQuotaExceeded", _) => {
                UfsErrorKind::NoSpace
            }
            ("XMinioParentIsObject" | "XMinioObjectExistsAsDirectory", _) => {
                UfsErrorKind::NotADirectory
            }
            ("NotImplemented", _) | (_, 501 | 405) => UfsErrorKind::Unsupported,
            ("SlowDown", _) | (_, 429) => UfsErrorKind::RateLimited { after: None },
            ("RequestTimeout", _) => UfsErrorKind::TimedOut,
            ("ExpiredToken" | "InvalidToken" | "InvalidTokenId" | "TokenRefreshRequired", _) => {
                UfsErrorKind::PermissionDenied
            }
            (_, 401 | 403) => UfsErrorKind::PermissionDenied,
            (_, 404) => UfsErrorKind::NotFound,
            (_, 412) => UfsErrorKind::ChangedMeanwhile,
            (_, 500..) => UfsErrorKind::Unavailable,
            (_, _) => UfsErrorKind::Unexpected,
        }
    }

    /// Whether the request was not even looked at: the store is busy, or does not know the caller.
    fn refuses_to_act(&self) -> bool {
        matches!(
            self.kind(),
            UfsErrorKind::RateLimited { .. }
                | UfsErrorKind::PermissionDenied
                | UfsErrorKind::Misconfigured
        )
    }

    fn suspect(&self) -> Option<Suspect> {
        match (self.code.as_str(), self.status.as_u16()) {
            ("NoSuchBucket" | "InvalidBucketName", _) => Some(Suspect::Bucket),
            ("PermanentRedirect" | "AuthorizationHeaderMalformed", _) => Some(Suspect::Region),
            ("SignatureDoesNotMatch", _) => Some(Suspect::SecretKey),
            ("NotImplemented" | "InvalidArgument" | "InvalidRequest", _)
                if self.message.contains("KMS") =>
            {
                Some(Suspect::Encryption)
            }
            // No words of this protocol: something else answers there.
            ("", 400) => Some(Suspect::Endpoint),
            // A bucket of OSS that lies in another region.
            ("AccessDenied", 403) if self.message.contains("specified endpoint") => {
                Some(Suspect::Endpoint)
            }
            ("ExpiredToken" | "InvalidToken" | "InvalidTokenId" | "TokenRefreshRequired", _) => {
                Some(Suspect::SessionToken)
            }
            // One of the clocks is wrong.
            ("RequestTimeTooSkewed", _) => None,
            (_, 401 | 403) => Some(Suspect::AccessKey),
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
            Self::Untrusted(_) | Self::Changed => false,
            Self::NotConnected(_) | Self::NoProxy(..) | Self::NoTls | Self::Lost(_) => true,
            Self::Service(error) | Self::Unclear(error) => error.is_transient(),
        }
    }

    /// Whether the store may have done what it was asked for.
    pub(super) fn is_uncertain(&self) -> bool {
        match self {
            Self::Lost(_) | Self::TimedOut | Self::Unclear(_) => true,
            Self::UnknownHost(_) | Self::Unreachable | Self::NotConnected(_) => false,
            Self::NoProxy(..) | Self::NoTls => false,
            Self::Untrusted(_) | Self::Changed => false,
            Self::Service(_) => false,
        }
    }

    /// The same where connections are made to a proxy.
    pub(super) fn through(self, proxy: String) -> Self {
        match self {
            Self::UnknownHost(why) | Self::NotConnected(why) => Self::NoProxy(proxy, why),
            Self::Unreachable => Self::NoProxy(proxy, "connect timed out".to_owned()),
            Self::NoProxy(..)
            | Self::NoTls
            | Self::Untrusted(_)
            | Self::Lost(_)
            | Self::TimedOut
            | Self::Changed
            | Self::Service(_)
            | Self::Unclear(_) => self,
        }
    }

    /// The same after an earlier try that the store may have carried out: a refusal, which says for
    /// sure that nothing was done, says it of the last try alone. What is told of the state of the
    /// store, such as that an object is not there, counts as it is.
    pub(super) fn after_uncertainty(self) -> Self {
        if let Self::Service(error) = self {
            return match error.refuses_to_act() {
                true => Self::Unclear(error),
                false => Self::Service(error),
            };
        }
        self
    }

    /// What it is to the caller.
    pub(super) fn into_error(self, endpoint: &Endpoint, dialect: &dyn Dialect) -> ObjectError {
        let host = &endpoint.host;
        let is_unclear = matches!(self, Self::Unclear(_));
        let (kind, reason, suspect) = match self {
            Self::UnknownHost(why) => {
                let suspect = if endpoint.has_bucket_in_host() {
                    Suspect::BucketInHost
                } else {
                    Suspect::Endpoint
                };
                let reason = format!("Unable to execute HTTP request: {host}: {why}");
                (UfsErrorKind::Unavailable, reason, Some(suspect))
            }
            Self::Unreachable => {
                let reason = format!(
                    "Unable to execute HTTP request: Connect to {host} failed: connect timed out"
                );
                (UfsErrorKind::TimedOut, reason, Some(Suspect::Endpoint))
            }
            Self::NotConnected(why) => no_connection(host, &why),
            Self::NoTls => no_connection(host, "it does not speak TLS"),
            Self::NoProxy(proxy, why) => {
                let reason = format!(
                    "Unable to execute HTTP request: Connect to the proxy {proxy} failed: {why}"
                );
                (UfsErrorKind::Unavailable, reason, Some(Suspect::Proxy))
            }
            Self::Changed => {
                let reason = "The object has changed meanwhile".to_owned();
                (UfsErrorKind::ChangedMeanwhile, reason, None)
            }
            Self::Untrusted(why) => {
                let reason = format!(
                    "Unable to execute HTTP request: the certificate of {host} is not trusted: \
                     {why}. An authority of one's own belongs into the certificates of this \
                     machine, or into the file that SSL_CERT_FILE names in conf/alluxio-env.sh"
                );
                (UfsErrorKind::Misconfigured, reason, Some(Suspect::Endpoint))
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
                    Some(Suspect::RequestTimeout),
                )
            }
            Self::Service(error) | Self::Unclear(error) => {
                let reason = dialect.sentence(&error) + &error.advice();
                let kind = if is_unclear {
                    UfsErrorKind::Unavailable
                } else {
                    error.kind()
                };
                (kind, reason, error.suspect())
            }
        };
        ObjectError {
            kind,
            reason,
            property: suspect.and_then(|suspect| dialect.property(suspect)),
        }
    }
}

fn no_connection(host: &str, why: &str) -> (UfsErrorKind, String, Option<Suspect>) {
    let reason = format!("Unable to execute HTTP request: Connect to {host} failed: {why}");
    (UfsErrorKind::Unavailable, reason, Some(Suspect::Endpoint))
}

/// The status that an error would have had that came in the body of a success, or for one key of
/// many.
pub(super) fn status_of_code(code: &str) -> StatusCode {
    match code {
        "AccessDenied" => StatusCode::FORBIDDEN,
        "PreconditionFailed" => StatusCode::PRECONDITION_FAILED,
        "NoSuchKey" | "NoSuchUpload" | "NoSuchBucket" => StatusCode::NOT_FOUND,
        "SlowDown" | "ServiceUnavailable" => StatusCode::SERVICE_UNAVAILABLE,
        "MethodNotAllowed" => StatusCode::METHOD_NOT_ALLOWED,
        "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "EntityTooLarge"
        | "InvalidArgument" | "InvalidRequest" | "MalformedXML" => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: StatusCode, code: &str, message: &str) -> ServiceError {
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        ServiceError::of(status, &http::HeaderMap::new(), body.as_bytes(), "x-amz-")
    }

    #[test]
    fn a_refusal_is_blamed_on_what_causes_it() {
        let (denied, bad) = (StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST);
        let elsewhere = "The bucket must be addressed using the specified endpoint.";
        for (status, code, message, suspect) in [
            (bad, "ExpiredToken", "", Some(Suspect::SessionToken)),
            (bad, "InvalidToken", "", Some(Suspect::SessionToken)),
            (denied, "InvalidTokenId", "", Some(Suspect::SessionToken)),
            (denied, "InvalidAccessKeyId", "", Some(Suspect::AccessKey)),
            (
                denied,
                "SignatureDoesNotMatch",
                "",
                Some(Suspect::SecretKey),
            ),
            (denied, "AccessDenied", "", Some(Suspect::AccessKey)),
            (denied, "AccessDenied", elsewhere, Some(Suspect::Endpoint)),
            (denied, "RequestTimeTooSkewed", "", None),
        ] {
            let error = refused(status, code, message);
            assert_eq!(error.suspect(), suspect, "{code}");
            assert_eq!(error.kind(), UfsErrorKind::PermissionDenied, "{code}");
        }
    }
}
