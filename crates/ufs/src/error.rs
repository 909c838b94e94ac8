//! [`UfsError`]: what a store could not do, to which path, and why.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use alluxio_common::{Describe, ErrorCode, Fact, Hint, UfsPath};

use crate::UfsOperation;

/// Few kinds, because few things make a caller act differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UfsErrorKind {
    /// Nothing is there, or a parent is missing.
    NotFound,
    /// Something is there already, and the operation replaces nothing.
    AlreadyExists,
    /// The store refused access.
    PermissionDenied,
    /// A file, or a file on the way, where a directory is needed.
    NotADirectory,
    /// A directory where a file is needed.
    IsADirectory,
    /// The directory has entries.
    NotEmpty,
    /// The store cannot hold such a name: too long, or with bytes that it refuses.
    InvalidPath,
    /// The store has no such operation; its capabilities say so beforehand.
    Unsupported,
    /// The file is not the one that was opened or expected.
    ChangedMeanwhile,
    /// The store asks to be left alone for a while.
    RateLimited {
        /// The pause that the store asked for.
        after: Option<Duration>,
    },
    /// The store, or the user's share of it, is full.
    NoSpace,
    /// The store cannot be reached or answers with a failure of its own.
    Unavailable,
    /// No answer in time; it may have happened all the same.
    TimedOut,
    /// Bytes came back that cannot be right.
    Corrupt,
    /// A property of the mount is missing or wrong.
    Misconfigured,
    /// An answer that this connector does not know; its text is the reason.
    Unexpected,
}

impl UfsErrorKind {
    /// Whether the operation certainly did not take place.
    pub const fn is_without_effect(self) -> bool {
        match self {
            Self::NotFound
            | Self::AlreadyExists
            | Self::PermissionDenied
            | Self::NotADirectory
            | Self::IsADirectory
            | Self::NotEmpty
            | Self::InvalidPath
            | Self::Unsupported
            | Self::ChangedMeanwhile
            | Self::RateLimited { .. }
            | Self::Misconfigured => true,
            Self::NoSpace
            | Self::Unavailable
            | Self::TimedOut
            | Self::Corrupt
            | Self::Unexpected => false,
        }
    }

    /// Whether the same call may succeed a little later.
    pub const fn is_transient(self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Unavailable | Self::TimedOut => true,
            Self::NotFound
            | Self::AlreadyExists
            | Self::PermissionDenied
            | Self::NotADirectory
            | Self::IsADirectory
            | Self::NotEmpty
            | Self::InvalidPath
            | Self::Unsupported
            | Self::ChangedMeanwhile
            | Self::NoSpace
            | Self::Corrupt
            | Self::Misconfigured
            | Self::Unexpected => false,
        }
    }

    /// The reason that is given when the store gave none.
    const fn usual_reason(self) -> &'static str {
        match self {
            Self::NotFound => "No such file or directory",
            Self::AlreadyExists => "File exists",
            Self::PermissionDenied => "Permission denied",
            Self::NotADirectory => "Not a directory",
            Self::IsADirectory => "Is a directory",
            Self::NotEmpty => "Directory not empty",
            Self::InvalidPath => "Invalid path",
            Self::Unsupported => "Operation not supported",
            Self::ChangedMeanwhile => "The file has changed meanwhile",
            Self::RateLimited { .. } => "Too many requests",
            Self::NoSpace => "No space left on device",
            Self::Unavailable => "The under store is not available",
            Self::TimedOut => "The under store did not answer in time",
            Self::Corrupt => "The under store returned wrong data",
            Self::Misconfigured => "Wrong configuration",
            Self::Unexpected => "Unexpected answer of the under store",
        }
    }
}

/// What a store could not do. Small to pass on: the facts are boxed.
pub struct UfsError {
    facts: Box<Facts>,
}

struct Facts {
    kind: UfsErrorKind,
    operation: UfsOperation,
    path: UfsPath,
    reason: Option<String>,
    property: Option<&'static str>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl UfsError {
    /// An error of this kind, with the usual reason of that kind.
    pub fn new(kind: UfsErrorKind, operation: UfsOperation, path: &UfsPath) -> Self {
        Self {
            facts: Box::new(Facts {
                kind,
                operation,
                path: path.clone(),
                reason: None,
                property: None,
                source: None,
            }),
        }
    }

    /// The same with the store's own words.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.facts.reason = Some(reason.into());
        self
    }

    /// The same with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.facts.source = Some(source.into());
        self
    }

    /// The same with the property that a person should look at.
    #[must_use]
    pub fn with_property(mut self, property: &'static str) -> Self {
        self.facts.property = Some(property);
        self
    }

    /// The same for another caller who wants to know it, without the error that caused it.
    #[must_use]
    pub fn to_another(&self) -> Self {
        let facts = &self.facts;
        Self {
            facts: Box::new(Facts {
                kind: facts.kind,
                operation: facts.operation,
                path: facts.path.clone(),
                reason: facts.reason.clone(),
                property: facts.property,
                source: None,
            }),
        }
    }

    /// What went wrong, for callers that act on it.
    pub fn kind(&self) -> UfsErrorKind {
        self.facts.kind
    }

    /// During which call.
    pub fn operation(&self) -> UfsOperation {
        self.facts.operation
    }

    /// On which path.
    pub fn path(&self) -> &UfsPath {
        &self.facts.path
    }

    /// A few words without the path, as they stand in parentheses behind a path that somebody else
    /// names: `Directory not empty`.
    pub fn reason(&self) -> &str {
        let reason = self.facts.reason.as_deref();
        reason.unwrap_or(self.facts.kind.usual_reason())
    }

    /// Whether nothing was there.
    pub fn is_not_found(&self) -> bool {
        self.facts.kind == UfsErrorKind::NotFound
    }

    /// Whether nothing can be there: it is missing, a file stands where a parent should, or the store
    /// cannot hold such a name.
    pub fn is_absence(&self) -> bool {
        matches!(
            self.facts.kind,
            UfsErrorKind::NotFound | UfsErrorKind::NotADirectory | UfsErrorKind::InvalidPath
        )
    }
}

impl fmt::Display for UfsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts {
            kind, path, reason, ..
        } = self.facts.as_ref();
        match reason {
            None if *kind == UfsErrorKind::NotFound => write!(f, "Ufs path {path} does not exist"),
            // The sentence of a wrong configuration names what it is about by itself.
            Some(sentence) if *kind == UfsErrorKind::Misconfigured => f.write_str(sentence),
            Some(_) | None => write!(f, "{path} ({})", self.reason()),
        }
    }
}

impl fmt::Debug for UfsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UfsError")
            .field("kind", &self.facts.kind)
            .field("operation", &self.facts.operation)
            .field("path", &self.facts.path)
            .field("reason", &self.reason())
            .field("source", &self.facts.source)
            .finish()
    }
}

impl Error for UfsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.facts.source.as_deref()?;
        Some(source)
    }
}

impl Describe for UfsError {
    fn code(&self) -> ErrorCode {
        match self.facts.kind {
            UfsErrorKind::NotFound => ErrorCode::PathNotFound,
            UfsErrorKind::AlreadyExists => ErrorCode::AlreadyExists,
            UfsErrorKind::PermissionDenied => ErrorCode::UfsPermissionDenied,
            UfsErrorKind::NotADirectory
            | UfsErrorKind::IsADirectory
            | UfsErrorKind::InvalidPath => ErrorCode::InvalidPath,
            UfsErrorKind::NotEmpty => ErrorCode::DirectoryNotEmpty,
            UfsErrorKind::Unsupported => ErrorCode::Unsupported,
            UfsErrorKind::ChangedMeanwhile => ErrorCode::UfsChangedMeanwhile,
            UfsErrorKind::RateLimited { .. } => ErrorCode::Busy,
            UfsErrorKind::NoSpace => ErrorCode::NoSpace,
            UfsErrorKind::Unavailable | UfsErrorKind::TimedOut => ErrorCode::UfsUnavailable,
            UfsErrorKind::Corrupt => ErrorCode::DataCorrupt,
            UfsErrorKind::Misconfigured => ErrorCode::Refused,
            UfsErrorKind::Unexpected => ErrorCode::Internal,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        vec![
            ("ufs_path", self.facts.path.to_string()),
            ("ufs_operation", self.facts.operation.to_string()),
        ]
    }

    fn hint(&self) -> Option<Hint> {
        self.facts.property.map(Hint::CheckProperty)
    }

    fn retry_after(&self) -> Option<Duration> {
        if let UfsErrorKind::RateLimited { after } = self.facts.kind {
            return after;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: UfsErrorKind) -> UfsError {
        let path = UfsPath::parse("/mnt/x").unwrap();
        UfsError::new(kind, UfsOperation::Status, &path)
    }

    #[test]
    fn the_sentences_are_those_that_alluxio_prints() {
        let sentence = |kind| error(kind).to_string();
        assert_eq!(
            sentence(UfsErrorKind::NotFound),
            "Ufs path /mnt/x does not exist"
        );
        assert_eq!(
            sentence(UfsErrorKind::NotEmpty),
            "/mnt/x (Directory not empty)"
        );
        let too_long = error(UfsErrorKind::InvalidPath).with_reason("File name too long");
        assert_eq!(too_long.to_string(), "/mnt/x (File name too long)");
        assert_eq!(too_long.reason(), "File name too long");
    }

    #[test]
    fn a_rate_limit_carries_the_pause_that_the_store_asked_for() {
        let pause = Some(Duration::from_secs(3));
        let limited = error(UfsErrorKind::RateLimited { after: pause });
        assert_eq!(limited.retry_after(), pause);
        assert_eq!(limited.code(), ErrorCode::Busy);
    }

    #[test]
    fn an_error_fits_in_one_word() {
        assert_eq!(size_of::<UfsError>(), size_of::<usize>());
    }
}
