//! Errors are facts with a code. This file is the only table of codes; every front (gRPC, shell,
//! REST, FUSE) maps the code once.

use std::fmt;
use std::time::Duration;

/// What kind of thing went wrong, for machines. A closed set for the whole system.
///
/// The gRPC code of each (mapped in the `rpc` crate) is the one that Alluxio 2.9 sends, because its
/// clients turn codes into exception classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// No such file or directory in the namespace, or no such id.
    PathNotFound,
    /// The path, block or job is there already.
    AlreadyExists,
    /// The text is no path, or the path may not be used like this.
    InvalidPath,
    /// An argument other than a path makes no sense.
    InvalidArgument,
    /// A directory that should be empty is not, or could only partly be deleted.
    DirectoryNotEmpty,
    /// The request is fine, but the state of the thing does not allow it (wire: FAILED_PRECONDITION).
    FailedPrecondition,
    /// The user lacks permission in the namespace.
    PermissionDenied,
    /// The mount is read-only.
    MountReadOnly,
    /// The store refused access.
    UfsPermissionDenied,
    /// The channel is not authenticated, or not any more.
    Unauthenticated,
    /// The block is not on this worker.
    BlockNotFound,
    /// No room for the data.
    NoSpace,
    /// A limit is reached; try again later.
    Busy,
    /// This master is not the primary.
    NotPrimary,
    /// The master is waiting for its workers.
    SafeMode,
    /// The process is stopping or not ready yet.
    Unavailable,
    /// The store cannot be reached or answers with an error of its own. Whoever talks to it has
    /// asked it often enough, and the person who waits should hear of it soon (wire: UNKNOWN).
    UfsUnavailable,
    /// The journal's disk has not taken a change yet; it may still take it. The master has tried for a
    /// moment, and the person who waits should hear of it (wire: UNAVAILABLE).
    JournalUnavailable,
    /// No answer in time.
    TimedOut,
    /// The store's file is not the one that was seen before.
    UfsChangedMeanwhile,
    /// Bytes do not match their checksum or format.
    DataCorrupt,
    /// Not offered.
    Unsupported,
    /// The caller went away.
    Cancelled,
    /// Refused for a reason that has no code of its own in the 2.9 protocol (wire: UNKNOWN).
    Refused,
    /// A defect, or a refusal that a 2.9 server sends as INTERNAL.
    Internal,
}

/// May the same request be sent again?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It would fail again.
    Never,
    /// After a while, in the same place.
    Later,
    /// In another place: another worker or another master.
    Elsewhere,
}

/// May the failed request have changed something?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideEffects {
    /// Certainly not.
    None,
    /// Perhaps: repeat it only with the same operation id.
    Maybe,
}

impl ErrorCode {
    /// All codes, for tables and tests.
    pub const ALL: [Self; 25] = [
        Self::PathNotFound,
        Self::AlreadyExists,
        Self::InvalidPath,
        Self::InvalidArgument,
        Self::DirectoryNotEmpty,
        Self::FailedPrecondition,
        Self::PermissionDenied,
        Self::MountReadOnly,
        Self::UfsPermissionDenied,
        Self::Unauthenticated,
        Self::BlockNotFound,
        Self::NoSpace,
        Self::Busy,
        Self::NotPrimary,
        Self::SafeMode,
        Self::Unavailable,
        Self::UfsUnavailable,
        Self::JournalUnavailable,
        Self::TimedOut,
        Self::UfsChangedMeanwhile,
        Self::DataCorrupt,
        Self::Unsupported,
        Self::Cancelled,
        Self::Refused,
        Self::Internal,
    ];

    /// Whether and where to try again.
    pub fn retry(self) -> Retry {
        match self {
            Self::PathNotFound
            | Self::AlreadyExists
            | Self::InvalidPath
            | Self::InvalidArgument
            | Self::DirectoryNotEmpty
            | Self::FailedPrecondition
            | Self::PermissionDenied
            | Self::MountReadOnly
            | Self::UfsPermissionDenied
            | Self::UfsUnavailable
            | Self::JournalUnavailable
            | Self::UfsChangedMeanwhile
            | Self::Unsupported
            | Self::Cancelled
            | Self::Refused
            | Self::Internal => Retry::Never,
            Self::Unauthenticated | Self::Busy | Self::SafeMode | Self::TimedOut => Retry::Later,
            Self::BlockNotFound
            | Self::NoSpace
            | Self::NotPrimary
            | Self::Unavailable
            | Self::DataCorrupt => Retry::Elsewhere,
        }
    }

    /// Whether something may have changed.
    pub fn side_effects(self) -> SideEffects {
        match self {
            Self::UfsUnavailable
            | Self::JournalUnavailable
            | Self::Unavailable
            | Self::TimedOut
            | Self::Cancelled
            | Self::Internal => SideEffects::Maybe,
            Self::PathNotFound
            | Self::AlreadyExists
            | Self::InvalidPath
            | Self::InvalidArgument
            | Self::DirectoryNotEmpty
            | Self::FailedPrecondition
            | Self::PermissionDenied
            | Self::MountReadOnly
            | Self::UfsPermissionDenied
            | Self::Unauthenticated
            | Self::BlockNotFound
            | Self::NoSpace
            | Self::Busy
            | Self::NotPrimary
            | Self::SafeMode
            | Self::UfsChangedMeanwhile
            | Self::DataCorrupt
            | Self::Unsupported
            | Self::Refused => SideEffects::None,
        }
    }
}

/// Something known about an error, as a name and a value: `("path", "/a/b")`.
pub type Fact = (&'static str, String);

/// What a person may do about it; shown by the fronts, never by the server's prose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Look at this property.
    CheckProperty(&'static str),
    /// Look at the credentials of the mount at this path.
    CheckMountCredentials(String),
    /// Run this command.
    RunCommand(String),
}

/// What every error of the system can tell. `Display` gives the sentence that Alluxio's own clients
/// print, where Alluxio has one.
pub trait Describe: std::error::Error + Send + Sync + 'static {
    /// The kind, for machines.
    fn code(&self) -> ErrorCode;

    /// What it is about.
    fn facts(&self) -> Vec<Fact> {
        Vec::new()
    }

    /// What to do about it.
    fn hint(&self) -> Option<Hint> {
        None
    }

    /// When the other side asked for a pause before the next try.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// Any error of the system, where the kind matters more than the type.
pub struct BoxedError(Box<dyn Describe>);

impl BoxedError {
    /// Wraps an error.
    pub fn new(error: impl Describe) -> Self {
        Self(Box::new(error))
    }

    /// The error inside.
    pub fn inner(&self) -> &dyn Describe {
        self.0.as_ref()
    }

    /// Its code.
    pub fn code(&self) -> ErrorCode {
        self.0.code()
    }
}

impl<E: Describe> From<E> for BoxedError {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

impl fmt::Debug for BoxedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for BoxedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_has_no_duplicates() {
        let distinct: std::collections::HashSet<_> = ErrorCode::ALL.into_iter().collect();
        assert_eq!(distinct.len(), ErrorCode::ALL.len());
    }
}
