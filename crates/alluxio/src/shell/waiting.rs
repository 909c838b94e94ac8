//! [`Waiting`]: telling a person why a command takes long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alluxio_rpc::{ClientError, RetryListener};

use crate::output::Output;

/// Tells, once for each command, why it waits. Only a person is told: what programs read on standard
/// error is what went wrong in the end.
#[derive(Debug)]
pub(crate) struct Waiting {
    output: Output,
    is_told: AtomicBool,
}

impl Waiting {
    /// For a command that prints here.
    pub(crate) fn new(output: Output) -> Self {
        Self {
            output,
            is_told: AtomicBool::new(false),
        }
    }
}

impl RetryListener for Waiting {
    fn is_waiting(&self, error: &ClientError, at_most: Duration) {
        if self.output.shows_progress() && !self.is_told.swap(true, Ordering::Relaxed) {
            let seconds = at_most.as_secs();
            self.output.error_line(format_args!(
                "{error}\n  wait    trying again for up to {seconds} seconds"
            ));
        }
    }
}
