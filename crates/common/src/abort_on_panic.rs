//! [`AbortOnPanic`]: parts of a process that it cannot go on without.

use tracing::error;

/// Ends the process when a panic drops it. A process that has ended is noticed and started again; one
/// that goes on with half a change, or without one of its loops, does harm that nobody sees.
#[derive(Debug)]
pub struct AbortOnPanic(&'static str);

impl AbortOnPanic {
    /// For the time that it is held. The log says what was left when it was dropped: `the journal is
    /// no longer written`.
    pub fn when(left_behind: &'static str) -> Self {
        Self(left_behind)
    }
}

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            error!("{}: the process ends", self.0);
            std::process::abort();
        }
    }
}
