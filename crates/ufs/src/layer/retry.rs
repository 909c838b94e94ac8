//! [`RetryLayer`]: makes a call again that may succeed a little later.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Clock, Describe, UfsPath};
use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use rand::{Rng, RngCore};

use super::layered::{Call, Layer, Listed, Opened, Payload};
use crate::{
    ListOptions, UfsError, UfsErrorKind, UfsListing, UfsOperation, UfsReader, UfsStatus,
    UnderFileSystem,
};

/// How long and how often.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// The most attempts, the first one included.
    pub attempts: u32,
    /// The longest first pause; each further one may be twice as long.
    pub first_pause: Duration,
    /// No pause is longer than this, unless the store asks for it.
    pub longest_pause: Duration,
    /// No attempt begins later than this after the first one.
    pub total: Duration,
}

impl Default for RetryPolicy {
    /// Rides out the restart of a gateway, not the loss of a store.
    fn default() -> Self {
        Self {
            attempts: 6,
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(5),
            total: Duration::from_secs(30),
        }
    }
}

/// Retries transient errors with pauses of random length, so that many callers do not come back at
/// the same time. What may have happened already is repeated only where repeating does no harm (see
/// [`UfsOperation::is_repeatable`]). A reader goes on where it stood, on the same content; a
/// listing goes on behind its last entry. Writers are not retried.
pub struct RetryLayer {
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    random: Mutex<Box<dyn RngCore + Send>>,
}

impl RetryLayer {
    /// A layer with these pauses.
    pub fn new(
        policy: RetryPolicy,
        clock: Arc<dyn Clock>,
        random: Box<dyn RngCore + Send>,
    ) -> Self {
        Self {
            policy,
            clock,
            random: Mutex::new(random),
        }
    }

    fn begin(&self) -> Attempts {
        Attempts {
            made: 0,
            since: self.clock.monotonic(),
        }
    }

    /// Waits before the next attempt; gives the error back when there is none.
    async fn pause_after(
        &self,
        attempts: &mut Attempts,
        operation: UfsOperation,
        error: UfsError,
    ) -> Result<(), UfsError> {
        attempts.made += 1;
        let kind = error.kind();
        let is_safe = operation.is_repeatable() || kind.is_without_effect();
        if !kind.is_transient() || !is_safe || attempts.made >= self.policy.attempts {
            return Err(error);
        }
        let longest = self
            .policy
            .first_pause
            .saturating_mul(1_u32.checked_shl(attempts.made - 1).unwrap_or(u32::MAX))
            .min(self.policy.longest_pause);
        let random = longest.mul_f64(self.random.lock().random_range(0.5..=1.0));
        let pause = error
            .retry_after()
            .map_or(random, |asked| asked.max(random));
        let spent = self.clock.monotonic().saturating_sub(attempts.since);
        if spent + pause > self.policy.total {
            return Err(error);
        }
        tracing::debug!(%operation, ufs_path = %error.path(), ?pause, %error, "trying again");
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

struct Attempts {
    made: u32,
    since: Duration,
}

impl fmt::Debug for RetryLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryLayer")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl Layer for RetryLayer {
    async fn around<'a, T, F>(&'a self, call: Call<'a>, attempt: F) -> Result<T, UfsError>
    where
        T: Payload + 'a,
        F: Fn() -> BoxFuture<'a, Result<T, UfsError>> + Send + Sync + 'a,
    {
        let mut attempts = self.begin();
        loop {
            match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    self.pause_after(&mut attempts, call.operation, error)
                        .await?;
                }
            }
        }
    }

    async fn around_once<'a, T: Payload + 'a>(
        &'a self,
        _call: Call<'a>,
        attempt: BoxFuture<'a, Result<T, UfsError>>,
    ) -> Result<T, UfsError> {
        attempt.await
    }

    fn wrap_reader(
        layer: &Arc<Self>,
        opened: Opened<'_>,
        reader: Box<dyn UfsReader>,
    ) -> Box<dyn UfsReader> {
        Box::new(RetryReader {
            layer: Arc::clone(layer),
            ufs: Arc::clone(opened.ufs),
            path: opened.path.clone(),
            position: opened.offset,
            end: opened.end,
            reader,
        })
    }

    fn wrap_listing(
        layer: &Arc<Self>,
        listed: Listed<'_>,
        listing: Box<dyn UfsListing>,
    ) -> Box<dyn UfsListing> {
        Box::new(RetryListing {
            layer: Arc::clone(layer),
            ufs: Arc::clone(listed.ufs),
            path: listed.path.clone(),
            options: listed.options.clone(),
            listing,
        })
    }
}

#[derive(Debug)]
struct RetryReader {
    layer: Arc<RetryLayer>,
    ufs: Arc<dyn UnderFileSystem>,
    path: UfsPath,
    position: u64,
    /// Where nothing more is wanted, if that was said.
    end: Option<u64>,
    reader: Box<dyn UfsReader>,
}

#[async_trait]
impl UfsReader for RetryReader {
    fn content_hash(&self) -> &str {
        self.reader.content_hash()
    }

    fn expect(&mut self, length: u64) {
        self.end = Some(self.position.saturating_add(length));
        self.reader.expect(length);
    }

    async fn read(&mut self, max: usize) -> Result<Bytes, UfsError> {
        let mut attempts = self.layer.begin();
        let mut answer = self.reader.read(max).await;
        loop {
            match answer {
                Ok(piece) => {
                    self.position += piece.len() as u64;
                    return Ok(piece);
                }
                Err(error) => {
                    self.layer
                        .pause_after(&mut attempts, UfsOperation::Read, error)
                        .await?;
                }
            }
            answer = self.read_again(max).await;
        }
    }
}

impl RetryReader {
    async fn read_again(&mut self, max: usize) -> Result<Bytes, UfsError> {
        let (path, position) = (&self.path, self.position);
        let mut reader = match self.end {
            Some(end) => self.ufs.open_range(path, position..end).await?,
            None => self.ufs.open(path, position).await?,
        };
        if reader.content_hash() != self.reader.content_hash() {
            return Err(UfsError::new(
                UfsErrorKind::ChangedMeanwhile,
                UfsOperation::Read,
                &self.path,
            ));
        }
        let piece = reader.read(max).await?;
        self.reader = reader;
        Ok(piece)
    }
}

#[derive(Debug)]
struct RetryListing {
    layer: Arc<RetryLayer>,
    ufs: Arc<dyn UnderFileSystem>,
    path: UfsPath,
    /// Begins behind the last entry that was given out.
    options: ListOptions,
    listing: Box<dyn UfsListing>,
}

#[async_trait]
impl UfsListing for RetryListing {
    async fn next_page(&mut self) -> Result<Vec<UfsStatus>, UfsError> {
        let mut attempts = self.layer.begin();
        let mut answer = self.listing.next_page().await;
        loop {
            match answer {
                Ok(page) => {
                    if let Some(last) = page.last() {
                        self.options.start_after = Some(last.list_key());
                    }
                    return Ok(page);
                }
                Err(error) => {
                    self.layer
                        .pause_after(&mut attempts, UfsOperation::List, error)
                        .await?;
                }
            }
            answer = self.list_again().await;
        }
    }

    fn take_left_out(&mut self) -> Vec<String> {
        self.listing.take_left_out()
    }
}

impl RetryListing {
    async fn list_again(&mut self) -> Result<Vec<UfsStatus>, UfsError> {
        self.listing = self.ufs.list(&self.path, self.options.clone()).await?;
        self.listing.next_page().await
    }
}
