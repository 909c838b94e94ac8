//! [`ClientError`]: what a failed call looks like to the caller.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use alluxio_common::{Describe, ErrorCode, Fact, Hint, SideEffects};
use tonic::{Code, Status};

use super::code::{code_from_grpc, from_number};
use super::detail::ErrorDetail;

/// Names that facts have on this side. [`Describe`] promises names that live for ever, so a fact
/// under another name, from a later release, is shown by [`ClientError::told`] only.
const KNOWN_FACTS: &[&str] = &[
    "access",
    "address",
    "attempts",
    "block_id",
    "code",
    "directory",
    "elapsed",
    "file",
    "folder",
    "group",
    "in",
    "inode_id",
    "job_id",
    "length",
    "limit",
    "line",
    "mount",
    "mount_id",
    "offset",
    "operation",
    "origin",
    "owner",
    "path",
    "property",
    "quota",
    "reply",
    "request_id",
    "sequence_number",
    "service",
    "session_id",
    "source",
    "source_path",
    "status",
    "storage",
    "store_reply",
    "store_request_id",
    "target",
    "target_path",
    "tier",
    "ufs_operation",
    "ufs_path",
    "user",
    "value",
    "worker_id",
];

/// Whether the request may have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It never left: there was no connection, or no authenticated channel.
    No,
    /// It was sent.
    Perhaps,
}

/// A call that failed, seen from the caller's side.
///
/// `Display` is the sentence of the server. Decisions are made by [`Describe::code`], never by the
/// sentence.
pub struct ClientError(Box<Inner>);

struct Inner {
    code: ErrorCode,
    sentence: String,
    facts: Vec<(String, String)>,
    hint: Option<Hint>,
    origin: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    reached: Reached,
    login_refused: bool,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// Marks a status that was made on this side because the request could not be sent.
#[derive(Debug, thiserror::Error)]
#[error("the request was not sent")]
pub(crate) struct NotSent {
    /// There was a connection, but the server does not take this user.
    pub(crate) login_refused: bool,
}

impl ClientError {
    /// An error that arises on this side, before a request was sent.
    pub(crate) fn before_sending(code: ErrorCode, sentence: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            sentence: sentence.into(),
            facts: Vec::new(),
            hint: None,
            origin: None,
            retry_after: None,
            attempts: 1,
            reached: Reached::No,
            login_refused: false,
            cause: None,
        }))
    }

    /// Adds the error below.
    pub(crate) fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Names the process that was asked, unless the error names one already.
    pub(crate) fn with_origin(mut self, origin: impl fmt::Display) -> Self {
        if self.0.origin.is_none() {
            self.0.origin = Some(origin.to_string());
        }
        self
    }

    /// The same error for another caller who waited for the same thing. Only the first one keeps
    /// the error below.
    pub(crate) fn to_shared(&self) -> Self {
        let inner = &self.0;
        Self(Box::new(Inner {
            code: inner.code,
            sentence: inner.sentence.clone(),
            facts: inner.facts.clone(),
            hint: inner.hint.clone(),
            origin: inner.origin.clone(),
            retry_after: inner.retry_after,
            attempts: inner.attempts,
            reached: inner.reached,
            login_refused: inner.login_refused,
            cause: None,
        }))
    }

    /// Says that it was another request that failed: the one in question was never sent.
    pub(crate) fn unsent(mut self) -> Self {
        self.0.reached = Reached::No;
        self
    }

    /// Says that the server does not take this user, now or later.
    pub(crate) fn login_refused(mut self) -> Self {
        self.0.reached = Reached::No;
        self.0.login_refused = true;
        self
    }

    /// Whether the server does not take this user. A channel that it merely knows no longer has the
    /// same code, but can log in again.
    pub fn is_login_refused(&self) -> bool {
        self.0.login_refused
    }

    /// Says how often the call was tried.
    pub(crate) fn after_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// The process that said so, as `host:port`; `None` when nobody was reached.
    pub fn origin(&self) -> Option<&str> {
        self.0.origin.as_deref()
    }

    /// How often the call was tried.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the request may have arrived.
    pub fn reached(&self) -> Reached {
        self.0.reached
    }

    /// Whether something may have changed: never, when the request did not arrive.
    pub fn side_effects(&self) -> SideEffects {
        match self.0.reached {
            Reached::No => SideEffects::None,
            Reached::Perhaps => self.0.code.side_effects(),
        }
    }

    /// Every fact that the server told, under its own name.
    pub fn told(&self) -> &[(String, String)] {
        &self.0.facts
    }

    /// This error as a status again, for a transport that can only carry a status. The request was
    /// not sent.
    pub(crate) fn into_unsent_status(self) -> Status {
        let mut status = super::to_status(&self);
        status.set_source(std::sync::Arc::new(NotSent {
            login_refused: self.0.login_refused,
        }));
        status
    }
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        let detail = ErrorDetail::read(&status).unwrap_or_default();
        let local = status.source().is_some();
        let unsent = status
            .source()
            .and_then(|source| source.downcast_ref::<NotSent>());
        // A transport that breaks in the middle of an answer invents a status. No server said that.
        let broken = local
            && matches!(
                status.code(),
                Code::Unknown | Code::Internal | Code::Cancelled
            );
        let code = from_number(detail.code).unwrap_or_else(|| {
            if broken {
                ErrorCode::Unavailable
            } else {
                code_from_grpc(status.code())
            }
        });
        let sentence = match status.message() {
            "" => status.code().description().to_owned(),
            // The transport's words say nothing to who does not know what they are about.
            message if broken => format!("the connection to the server broke: {message}"),
            message => message.to_owned(),
        };
        let retry_after = Duration::from_millis(u64::from(detail.retry_after_ms));
        Self(Box::new(Inner {
            code,
            sentence,
            facts: detail
                .facts
                .into_iter()
                .map(|fact| (fact.name, fact.value))
                .collect(),
            hint: detail.hint.and_then(|hint| hint.into_hint()),
            origin: Some(detail.origin).filter(|origin| !origin.is_empty()),
            retry_after: Some(retry_after).filter(|pause| !pause.is_zero()),
            attempts: 1,
            reached: unsent.map_or(Reached::Perhaps, |_| Reached::No),
            login_refused: unsent.is_some_and(|unsent| unsent.login_refused),
            cause: local.then(|| status.into()),
        }))
    }
}

impl Describe for ClientError {
    fn code(&self) -> ErrorCode {
        self.0.code
    }

    fn facts(&self) -> Vec<Fact> {
        let told = self.0.facts.iter().filter_map(|(name, value)| {
            let known = KNOWN_FACTS.iter().find(|known| *known == name)?;
            Some((*known, value.clone()))
        });
        let origin = self
            .0
            .origin
            .iter()
            .map(|origin| ("origin", origin.clone()));
        told.chain(origin).collect()
    }

    fn hint(&self) -> Option<Hint> {
        self.0.hint.clone()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.sentence)
    }
}

impl fmt::Debug for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientError")
            .field("code", &self.0.code)
            .field("sentence", &self.0.sentence)
            .field("facts", &self.0.facts)
            .field("origin", &self.0.origin)
            .field("attempts", &self.0.attempts)
            .field("reached", &self.0.reached)
            .field("cause", &self.0.cause)
            .finish_non_exhaustive()
    }
}
