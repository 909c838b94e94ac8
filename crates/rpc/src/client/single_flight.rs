//! [`SingleFlight`]: something that many need, that one of them makes.

use std::future::Future;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::error::ClientError;

/// A value that is made when it is needed, by one caller for all who wait.
///
/// Who waits shares the outcome, also a failure: otherwise a crowd in front of a server that does
/// not answer would try one after the other, each for the full time.
#[derive(Debug)]
pub(super) struct SingleFlight<T> {
    state: Mutex<State<T>>,
    turn: Semaphore,
}

#[derive(Debug)]
struct State<T> {
    value: Option<T>,
    /// How many attempts have ended, and how the last one failed, if it did.
    ended: u64,
    failure: Option<ClientError>,
}

impl<T: Clone> SingleFlight<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                value: None,
                ended: 0,
                failure: None,
            }),
            turn: Semaphore::new(1),
        }
    }

    /// The value that there is, if it is still good.
    pub(super) fn find(&self, is_good: impl Fn(&T) -> bool) -> Option<T> {
        let state = self.state.lock();
        state.value.as_ref().filter(|value| is_good(value)).cloned()
    }

    /// The value that there is, or else a new one.
    pub(super) async fn find_or_make<F, Fut>(
        &self,
        is_good: impl Fn(&T) -> bool,
        make: F,
    ) -> Result<T, ClientError>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, ClientError>>,
    {
        if let Some(value) = self.find(&is_good) {
            return Ok(value);
        }
        let ended_before = self.state.lock().ended;
        let _turn = self
            .turn
            .acquire()
            .await
            .expect("the semaphore is never closed");
        if let Some(value) = self.find(&is_good) {
            return Ok(value);
        }
        if let Some(failure) = self.failure_since(ended_before) {
            return Err(failure);
        }
        let made = make().await;
        let mut state = self.state.lock();
        state.ended += 1;
        state.value = made.as_ref().ok().cloned();
        state.failure = made.as_ref().err().map(ClientError::to_shared);
        made
    }

    /// Throws the value away, if it is the one in question and not a newer one.
    pub(super) fn discard(&self, is_this: impl Fn(&T) -> bool) {
        let mut state = self.state.lock();
        if state.value.as_ref().is_some_and(is_this) {
            state.value = None;
        }
    }

    fn failure_since(&self, ended_before: u64) -> Option<ClientError> {
        let state = self.state.lock();
        let failure = state.failure.as_ref();
        failure
            .filter(|_| state.ended != ended_before)
            .map(ClientError::to_shared)
    }
}
