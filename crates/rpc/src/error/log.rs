//! One line per failed call, written where the error leaves the process.

use std::time::Duration;

use alluxio_common::{Clock, Describe, ErrorCode, Hint};
use tonic::{Response, Status};
use tracing::Level;

use super::to_status;

/// A call that is being answered: knows its name and when it began.
///
/// ```ignore
/// let call = Call::start("CreateFile", &*self.clock);
/// call.answer(self.create_file(request).await)
/// ```
#[derive(Debug)]
pub struct Call<'a> {
    name: &'static str,
    clock: &'a dyn Clock,
    started: Duration,
}

impl<'a> Call<'a> {
    /// Begins a call of this name, as the name stands in the service.
    pub fn start(name: &'static str, clock: &'a dyn Clock) -> Self {
        Self {
            name,
            clock,
            started: clock.monotonic(),
        }
    }

    /// The response, or the status of the error after one line in the log.
    ///
    /// # Errors
    /// The status of the error in `result`.
    pub fn answer<T, E: Describe>(self, result: Result<T, E>) -> Result<Response<T>, Status> {
        result.map(Response::new).map_err(|error| self.fail(&error))
    }

    /// Writes the line and makes the status; for calls that fail in the middle of a stream.
    pub fn fail(&self, error: &dyn Describe) -> Status {
        let elapsed = self.clock.monotonic().saturating_sub(self.started);
        self.write(error, elapsed);
        to_status(error)
    }

    fn write(&self, error: &dyn Describe, elapsed: Duration) {
        let call = self.name;
        let code = error.code();
        let check = property_to_check(error);
        // The level of an event is a constant of its place in the code, so there is one place per
        // level.
        match level(code, check) {
            Level::ERROR => {
                tracing::error!(call, ?code, facts = ?error.facts(), ?elapsed, check, %error, "call failed");
            }
            Level::WARN => {
                tracing::warn!(call, ?code, facts = ?error.facts(), ?elapsed, check, %error, "call failed");
            }
            _ => {
                tracing::debug!(call, ?code, facts = ?error.facts(), ?elapsed, check, %error, "call failed");
            }
        }
    }
}

/// The property that the caller is told to look at, if there is one.
fn property_to_check(error: &dyn Describe) -> Option<&'static str> {
    match error.hint() {
        Some(Hint::CheckProperty(name)) => Some(name),
        Some(Hint::CheckMountCredentials(_) | Hint::RunCommand(_)) | None => None,
    }
}

/// How loud a failed call is. What users cause every second is silent; an error is what a human
/// must look at. A refusal that a property causes is worth a look, too.
fn level(code: ErrorCode, check: Option<&str>) -> Level {
    match code {
        ErrorCode::PathNotFound
        | ErrorCode::AlreadyExists
        | ErrorCode::InvalidPath
        | ErrorCode::InvalidArgument
        | ErrorCode::DirectoryNotEmpty
        | ErrorCode::FailedPrecondition
        | ErrorCode::PermissionDenied
        | ErrorCode::MountReadOnly
        | ErrorCode::Unauthenticated
        | ErrorCode::BlockNotFound
        | ErrorCode::NotPrimary
        | ErrorCode::SafeMode
        | ErrorCode::Unsupported
        | ErrorCode::Cancelled => Level::DEBUG,
        ErrorCode::Refused if check.is_none() => Level::DEBUG,
        // Internal stands here because refusals that Alluxio sends as INTERNAL share the code with
        // defects.
        ErrorCode::Refused
        | ErrorCode::UfsPermissionDenied
        | ErrorCode::NoSpace
        | ErrorCode::Busy
        | ErrorCode::Unavailable
        | ErrorCode::UfsUnavailable
        | ErrorCode::TimedOut
        | ErrorCode::UfsChangedMeanwhile
        | ErrorCode::Internal => Level::WARN,
        ErrorCode::JournalUnavailable | ErrorCode::DataCorrupt => Level::ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_users_cause_is_silent_unless_a_property_may_be_wrong() {
        for code in [ErrorCode::PathNotFound, ErrorCode::Refused] {
            assert_eq!(level(code, None), Level::DEBUG);
        }
        let bucket = Some("alluxio.master.mount.table.root.ufs");
        assert_eq!(level(ErrorCode::Refused, bucket), Level::WARN);
    }
}
