//! [`TimeoutLayer`]: no call waits for ever.

use std::time::Duration;

use futures::future::BoxFuture;

use super::layered::{Call, Layer, Payload};
use crate::{UfsError, UfsErrorKind, UfsOperation};

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Calls whose work does not grow with the store.
    pub short: Duration,
    /// Every piece of a stream: a server that fails over may hold it up for minutes, and goes on.
    pub piece: Duration,
    /// Calls that may touch a whole tree or a whole directory, or copy a whole file.
    pub long: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            short: Duration::from_secs(60),
            piece: Duration::from_secs(300),
            long: Duration::from_secs(3600),
        }
    }
}

/// Gives up after a while with `TimedOut`. The store may do what was asked all the same.
#[derive(Debug)]
pub struct TimeoutLayer {
    timeouts: Timeouts,
}

impl TimeoutLayer {
    /// A layer with these timeouts.
    pub fn new(timeouts: Timeouts) -> Self {
        Self { timeouts }
    }

    fn limit_of(&self, operation: UfsOperation) -> Duration {
        match operation {
            UfsOperation::DeleteDirectory
            | UfsOperation::RenameFile
            | UfsOperation::RenameDirectory
            | UfsOperation::List
            | UfsOperation::Close
            | UfsOperation::Cleanup => self.timeouts.long,
            UfsOperation::Write
            | UfsOperation::Flush
            | UfsOperation::Read
            | UfsOperation::ReadAt => self.timeouts.piece,
            UfsOperation::Connect
            | UfsOperation::Status
            | UfsOperation::Create
            | UfsOperation::Abort
            | UfsOperation::Open
            | UfsOperation::Mkdir
            | UfsOperation::DeleteFile
            | UfsOperation::SetOwner
            | UfsOperation::SetMode
            | UfsOperation::Space => self.timeouts.short,
        }
    }
}

impl Layer for TimeoutLayer {
    async fn around<'a, T, F>(&'a self, call: Call<'a>, attempt: F) -> Result<T, UfsError>
    where
        T: Payload + 'a,
        F: Fn() -> BoxFuture<'a, Result<T, UfsError>> + Send + Sync + 'a,
    {
        self.around_once(call, attempt()).await
    }

    async fn around_once<'a, T: Payload + 'a>(
        &'a self,
        call: Call<'a>,
        attempt: BoxFuture<'a, Result<T, UfsError>>,
    ) -> Result<T, UfsError> {
        let limit = self.limit_of(call.operation);
        match tokio::time::timeout(limit, attempt).await {
            Ok(answer) => answer,
            Err(elapsed) => {
                let error = UfsError::new(UfsErrorKind::TimedOut, call.operation, call.path);
                Err(error
                    .with_reason(format!("No answer to {} within {limit:?}", call.operation))
                    .with_source(elapsed))
            }
        }
    }
}
