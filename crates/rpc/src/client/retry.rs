//! Trying again: how long to wait, how often, and what may be tried again at all.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Clock, Describe, ErrorCode, Retry, SideEffects};
use parking_lot::Mutex;
use rand::Rng;
use rand::rngs::SmallRng;

use crate::error::ClientError;

/// How long to wait between tries, and altogether.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The first pause; each one after it is twice as long.
    pub base: Duration,
    /// No pause is longer.
    pub max: Duration,
    /// No try begins later than this after the first one.
    pub total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(50),
            max: Duration::from_secs(3),
            total: Duration::from_mins(2),
        }
    }
}

/// Whether a call may be sent again when nobody knows if it took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Yes: it only reads, or it carries an operation id, or doing it twice is the same as once.
    Always,
    /// Only when it certainly had no effect.
    IfUnchanged,
}

/// Hears of calls that take long because they are tried again, so that whoever waits can be told.
pub trait RetryListener: Send + Sync {
    /// A call has failed so, and will be tried again for at most so long. Comes once for each call,
    /// when it has taken a second.
    fn is_waiting(&self, error: &ClientError, at_most: Duration);
}

/// How long a call may be tried again before anybody is told: shorter waits are no news.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Tries calls again.
pub struct Retries {
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    rng: Mutex<SmallRng>,
    listener: Option<Arc<dyn RetryListener>>,
}

impl Retries {
    /// The random source spreads the tries of many clients.
    pub fn new(policy: RetryPolicy, clock: Arc<dyn Clock>, rng: SmallRng) -> Self {
        Self {
            policy,
            clock,
            rng: Mutex::new(rng),
            listener: None,
        }
    }

    /// The same, and this one is told of calls that take long.
    #[must_use]
    pub fn told_to(self, listener: Arc<dyn RetryListener>) -> Self {
        Self {
            listener: Some(listener),
            ..self
        }
    }

    /// Runs the operation until it succeeds, until its error says that it will not, or until the
    /// time is over. The operation is told how many tries came before.
    ///
    /// # Errors
    /// The last error, which then knows the number of tries.
    pub async fn retry<T, F, Fut>(&self, repeat: Repeat, mut operation: F) -> Result<T, ClientError>
    where
        F: FnMut(u32) -> Fut,
        Fut: Future<Output = Result<T, ClientError>>,
    {
        let started = self.clock.monotonic();
        let mut tries = 0;
        let mut listener = self.listener.as_deref();
        loop {
            let error = match operation(tries).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let pause = self.pause(tries, &error);
            tries += 1;
            let elapsed = self.clock.monotonic().saturating_sub(started);
            if !may_repeat(&error, repeat) || elapsed + pause > self.policy.total {
                return Err(error.after_attempts(tries));
            }
            tracing::debug!(%error, tries, ?pause, "call failed, it is tried again");
            if elapsed + pause >= WORTH_TELLING
                && let Some(listener) = listener.take()
            {
                listener.is_waiting(&error, self.policy.total.saturating_sub(elapsed));
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Twice as long each time, from half of it to all of it by chance, and never shorter than the
    /// server asked for.
    fn pause(&self, tries_before: u32, error: &ClientError) -> Duration {
        let factor = 1_u32.checked_shl(tries_before).unwrap_or(u32::MAX);
        let full = self.policy.base.saturating_mul(factor).min(self.policy.max);
        let share = self.rng.lock().random_range(0.5..=1.0);
        let asked = error.retry_after().unwrap_or(Duration::ZERO);
        full.mul_f64(share).max(asked.min(self.policy.max))
    }
}

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retries")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

fn may_repeat(error: &ClientError, repeat: Repeat) -> bool {
    let helps = match error.code().retry() {
        Retry::Never => false,
        Retry::Later => true,
        // Another try goes to whoever is the primary by then. What is elsewhere for another reason
        // (a block, room for one) is the caller's choice, not ours.
        Retry::Elsewhere => matches!(error.code(), ErrorCode::NotPrimary | ErrorCode::Unavailable),
    };
    let harmless = repeat == Repeat::Always || error.side_effects() == SideEffects::None;
    helps && harmless && !error.is_login_refused()
}
