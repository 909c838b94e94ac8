//! [`FaultLayer`]: makes calls fail on purpose, by a script, for the tests of whoever uses a store.
//!
//! ```
//! use std::sync::Arc;
//! use alluxio_ufs::layer::{Fault, FaultLayer, FaultPlan, FaultRule, Layered};
//! use alluxio_ufs::{UfsErrorKind, UfsOperation, UnderFileSystem};
//!
//! fn with_broken_close(ufs: Arc<dyn UnderFileSystem>) -> Arc<dyn UnderFileSystem> {
//!     let plan = FaultPlan::new();
//!     let fault = Fault::Fail(UfsErrorKind::Unavailable);
//!     // The second close fails, once.
//!     plan.add(FaultRule::on(UfsOperation::Close, fault).skipping(1));
//!     Arc::new(Layered::new(FaultLayer::new(plan), ufs))
//! }
//! ```

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::UfsPath;
use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use parking_lot::Mutex;

use super::layered::{Call, Layer, Opened, Payload};
use crate::{UfsError, UfsErrorKind, UfsFile, UfsOperation, UfsReader, UfsWriter};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call fails and does nothing.
    Fail(UfsErrorKind),
    /// The call does its work, but its answer is lost: it fails all the same.
    LoseAnswer(UfsErrorKind),
    /// The call comes later.
    Delay(Duration),
    /// The call never ends.
    Hang,
    /// The code of the connector has a defect: it panics.
    Panic,
    /// Of a write only so many bytes reach the store, and it fails with `Unavailable`. Other calls
    /// fail without doing anything.
    ShortWrite(usize),
    /// A read gives only so many bytes, and a stream pretends to be at its end from then on. Other
    /// calls do nothing special.
    TruncateRead(usize),
}

/// When something goes wrong: at calls of one operation, first come, first served.
#[derive(Debug, Clone)]
pub struct FaultRule {
    operation: UfsOperation,
    fault: Fault,
    below: Option<UfsPath>,
    skip: u64,
    times: u64,
}

impl FaultRule {
    /// At the next call of this operation, once.
    pub fn on(operation: UfsOperation, fault: Fault) -> Self {
        Self {
            operation,
            fault,
            below: None,
            skip: 0,
            times: 1,
        }
    }

    /// Lets so many calls pass first.
    #[must_use]
    pub fn skipping(mut self, calls: u64) -> Self {
        self.skip = calls;
        self
    }

    /// So many times, instead of once.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// Every time, until [`FaultPlan::clear`].
    #[must_use]
    pub fn always(self) -> Self {
        self.times(u64::MAX)
    }

    /// Only for this path and those below it.
    #[must_use]
    pub fn below(mut self, path: &UfsPath) -> Self {
        self.below = Some(path.clone());
        self
    }

    fn is_about(&self, call: &Call<'_>) -> bool {
        let below = self.below.as_ref();
        self.operation == call.operation
            && below.is_none_or(|top| top.relative(call.path).is_some())
    }
}

/// The script, shared between the test that writes it and the layer that plays it.
#[derive(Debug, Default)]
pub struct FaultPlan {
    state: Mutex<PlanState>,
}

#[derive(Debug, Default)]
struct PlanState {
    rules: Vec<FaultRule>,
    calls: [u64; UfsOperation::ALL.len()],
}

impl FaultPlan {
    /// Nothing goes wrong yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Adds a rule; earlier ones come first.
    pub fn add(&self, rule: FaultRule) {
        self.state.lock().rules.push(rule);
    }

    /// From now on all is well. Calls that hang go on hanging.
    pub fn clear(&self) {
        self.state.lock().rules.clear();
    }

    /// How many calls of an operation there were, those that failed included.
    pub fn calls(&self, operation: UfsOperation) -> u64 {
        self.state.lock().calls[operation.index()]
    }

    fn next_fault(&self, call: &Call<'_>) -> Option<Fault> {
        let mut state = self.state.lock();
        state.calls[call.operation.index()] += 1;
        let mut fault = None;
        for rule in &mut state.rules {
            if !rule.is_about(call) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
            } else if rule.times > 0 && fault.is_none() {
                rule.times -= 1;
                fault = Some(rule.fault);
            }
        }
        fault
    }
}

/// Plays a [`FaultPlan`].
#[derive(Debug)]
pub struct FaultLayer {
    plan: Arc<FaultPlan>,
}

impl FaultLayer {
    /// A layer that plays `plan`.
    pub fn new(plan: Arc<FaultPlan>) -> Self {
        Self { plan }
    }
}

fn failure(kind: UfsErrorKind, call: &Call<'_>) -> UfsError {
    UfsError::new(kind, call.operation, call.path)
}

async fn play<T: Payload>(
    fault: Option<Fault>,
    call: Call<'_>,
    attempt: BoxFuture<'_, Result<T, UfsError>>,
) -> Result<T, UfsError> {
    match fault {
        None => attempt.await,
        Some(Fault::TruncateRead(bytes)) => Ok(attempt.await?.truncated(bytes)),
        Some(Fault::Fail(kind)) => Err(failure(kind, &call)),
        Some(Fault::ShortWrite(_)) => Err(failure(UfsErrorKind::Unavailable, &call)),
        Some(Fault::LoseAnswer(kind)) => {
            drop(attempt.await);
            Err(failure(kind, &call))
        }
        Some(Fault::Delay(pause)) => {
            tokio::time::sleep(pause).await;
            attempt.await
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Panic) => panic!("{:?} was told to panic", call.operation),
    }
}

impl Layer for FaultLayer {
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
        play(self.plan.next_fault(&call), call, attempt).await
    }

    fn wrap_reader(
        layer: &Arc<Self>,
        opened: Opened<'_>,
        reader: Box<dyn UfsReader>,
    ) -> Box<dyn UfsReader> {
        Box::new(FaultReader {
            plan: Arc::clone(&layer.plan),
            path: opened.path.clone(),
            reader,
            is_at_end: false,
        })
    }

    fn wrap_writer(
        layer: &Arc<Self>,
        path: &UfsPath,
        writer: Box<dyn UfsWriter>,
    ) -> Box<dyn UfsWriter> {
        Box::new(FaultWriter {
            plan: Arc::clone(&layer.plan),
            path: path.clone(),
            writer,
        })
    }
}

#[derive(Debug)]
struct FaultReader {
    plan: Arc<FaultPlan>,
    path: UfsPath,
    reader: Box<dyn UfsReader>,
    /// Once it was truncated.
    is_at_end: bool,
}

#[async_trait]
impl UfsReader for FaultReader {
    fn content_hash(&self) -> &str {
        self.reader.content_hash()
    }

    fn expect(&mut self, length: u64) {
        self.reader.expect(length);
    }

    async fn read(&mut self, max: usize) -> Result<Bytes, UfsError> {
        let call = Call::new(UfsOperation::Read, &self.path);
        let fault = self.plan.next_fault(&call);
        if self.is_at_end {
            return Ok(Bytes::new());
        }
        self.is_at_end = matches!(fault, Some(Fault::TruncateRead(_)));
        play(fault, call, self.reader.read(max)).await
    }
}

#[derive(Debug)]
struct FaultWriter {
    plan: Arc<FaultPlan>,
    path: UfsPath,
    writer: Box<dyn UfsWriter>,
}

#[async_trait]
impl UfsWriter for FaultWriter {
    async fn write(&mut self, mut data: Bytes) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::Write, &self.path);
        let fault = self.plan.next_fault(&call);
        if let Some(Fault::ShortWrite(bytes)) = fault {
            data.truncate(bytes);
            self.writer.write(data).await?;
            return Err(failure(UfsErrorKind::Unavailable, &call));
        }
        play(fault, call, self.writer.write(data)).await
    }

    async fn flush(&mut self) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::Flush, &self.path);
        play(self.plan.next_fault(&call), call, self.writer.flush()).await
    }

    async fn close(self: Box<Self>) -> Result<UfsFile, UfsError> {
        let call = Call::new(UfsOperation::Close, &self.path);
        play(self.plan.next_fault(&call), call, self.writer.close()).await
    }

    async fn abort(self: Box<Self>) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::Abort, &self.path);
        play(self.plan.next_fault(&call), call, self.writer.abort()).await
    }
}
