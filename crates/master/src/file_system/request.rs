//! [`Request`]: who asks, and how often.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::OperationId;

use super::presence::Presence;
use crate::permission::Caller;

/// How old the namespace's view of the store may be for this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncInterval {
    /// What was loaded once is good.
    Never,
    /// The store is asked every time.
    Always,
    /// The store is asked when the last time is longer ago.
    OlderThan(Duration),
}

impl SyncInterval {
    /// As the wire carries it: -1 never, 0 always, else milliseconds.
    pub fn from_millis(millis: i64) -> Self {
        match millis {
            ..0 => Self::Never,
            0 => Self::Always,
            _ => Self::OlderThan(Duration::from_millis(millis.unsigned_abs())),
        }
    }
}

/// What every operation gets beside its own arguments.
#[derive(Debug, Clone)]
pub struct Request {
    /// On whose behalf.
    pub caller: Arc<Caller>,
    /// The same for every try of one request.
    pub operation_id: Option<OperationId>,
    /// How fresh the answer must be.
    pub sync_interval: SyncInterval,
    /// Whether the caller still waits.
    pub presence: Presence,
}

impl Request {
    /// A request that is tried once and takes the namespace as it is.
    pub fn of(caller: Arc<Caller>) -> Self {
        Self {
            caller,
            operation_id: None,
            sync_interval: SyncInterval::Never,
            presence: Presence::default(),
        }
    }

    /// The same without the operation id: for a part of an operation that is not the one whose
    /// result a retry asks for.
    #[must_use]
    pub fn as_part(&self) -> Self {
        Self {
            operation_id: None,
            ..self.clone()
        }
    }
}
