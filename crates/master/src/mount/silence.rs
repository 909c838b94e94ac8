//! [`Silence`]: hearing that a store does not answer, from whoever has asked it.
//!
//! Those who wait until others have finished their work in a store do not ask it themselves. When it
//! hangs, they would wait for as long as the others try; so they hear of the first question that got no
//! answer.

use std::future;

use alluxio_ufs::layer::{Call, Layer, Payload};
use alluxio_ufs::{UfsError, UfsErrorKind};
use futures::future::BoxFuture;
use tokio::sync::watch;

/// Tells that a store did not answer, around all its calls.
#[derive(Debug, Clone)]
pub(super) struct Silence {
    /// The last question without an answer.
    last: watch::Sender<Option<UfsError>>,
}

impl Silence {
    pub(super) fn new() -> Self {
        Self {
            last: watch::Sender::new(None),
        }
    }

    /// Waits until a question gets no answer, from now on; for ever if nobody asks.
    pub(super) fn next(&self) -> impl Future<Output = UfsError> + Send + use<> {
        let mut last = self.last.subscribe();
        async move {
            // Nothing comes any more of a store that is mounted no longer.
            let heard = last.changed().await;
            let error = last.borrow().as_ref().map(UfsError::to_another);
            match (heard, error) {
                (Ok(()), Some(error)) => error,
                (Ok(()) | Err(_), _) => future::pending().await,
            }
        }
    }

    fn note<T>(&self, answer: &Result<T, UfsError>) {
        if let Err(error) = answer
            && error.kind() == UfsErrorKind::TimedOut
        {
            self.last.send_replace(Some(error.to_another()));
        }
    }
}

impl Layer for Silence {
    async fn around<'a, T, F>(&'a self, call: Call<'a>, attempt: F) -> Result<T, UfsError>
    where
        T: Payload + 'a,
        F: Fn() -> BoxFuture<'a, Result<T, UfsError>> + Send + Sync + 'a,
    {
        self.around_once(call, attempt()).await
    }

    async fn around_once<'a, T: Payload + 'a>(
        &'a self,
        _call: Call<'a>,
        attempt: BoxFuture<'a, Result<T, UfsError>>,
    ) -> Result<T, UfsError> {
        let answer = attempt.await;
        self.note(&answer);
        answer
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::UfsPath;
    use alluxio_ufs::UfsOperation;
    use futures::FutureExt;

    use super::*;

    fn failed(kind: UfsErrorKind) -> Result<(), UfsError> {
        let place = UfsPath::parse("s3://bucket/f").unwrap();
        Err(UfsError::new(kind, UfsOperation::Status, &place))
    }

    #[test]
    fn a_silence_is_told_to_those_who_came_before_it() {
        let silence = Silence::new();
        let before = silence.next();
        silence.note(&failed(UfsErrorKind::TimedOut));
        assert!(silence.next().now_or_never().is_none());
        let told = before.now_or_never().expect("it was noted");
        assert_eq!(told.kind(), UfsErrorKind::TimedOut);
    }

    #[test]
    fn a_refusal_is_an_answer() {
        let silence = Silence::new();
        let before = silence.next();
        silence.note(&failed(UfsErrorKind::PermissionDenied));
        silence.note(&Ok(()));
        assert!(before.now_or_never().is_none());
    }
}
