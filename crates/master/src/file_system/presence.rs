//! [`Presence`]: whether a caller still waits for what it has asked for.
//!
//! A call can wait for long before it changes anything: for a store that does not answer, or for
//! others who work there. Its caller gives up meanwhile, and nobody would use what the call makes
//! then: the content of a file that is created for nobody never comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far a call has come, and whether its caller is still there. Nothing else is told by these: the
/// task that goes on is begun after its caller has gone.
#[derive(Debug, Default)]
struct Call {
    has_begun: AtomicBool,
    has_no_caller: AtomicBool,
}

/// Whether the caller of a request still waits. All copies of a request share it.
#[derive(Debug, Clone, Default)]
pub struct Presence {
    /// `None` for those who cannot go away, such as the master itself.
    call: Option<Arc<Call>>,
}

impl Presence {
    /// Of a caller that may hang up.
    pub fn of_caller() -> Self {
        Self {
            call: Some(Arc::default()),
        }
    }

    /// Notes that the call has changed something, or is about to: it goes to its end from now on.
    pub(super) fn begin(&self) {
        if let Some(call) = &self.call {
            call.has_begun.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the call has changed something.
    pub fn has_begun(&self) -> bool {
        let call = self.call.as_ref();
        call.is_some_and(|call| call.has_begun.load(Ordering::Relaxed))
    }

    /// Notes that nobody waits any more.
    pub fn end(&self) {
        if let Some(call) = &self.call {
            call.has_no_caller.store(true, Ordering::Relaxed);
        }
    }

    /// Whether nobody waits any more.
    pub(super) fn has_ended(&self) -> bool {
        let call = self.call.as_ref();
        call.is_some_and(|call| call.has_no_caller.load(Ordering::Relaxed))
    }
}
