//! [`Progress`]: a bar on the terminal, below the lines that are printed.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// How often a bar is drawn that waits.
const TICK: Duration = Duration::from_millis(250);

/// A bar on standard error; there is none unless a person watches. It goes when this is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    output: Output,
}

impl Progress {
    /// Bytes that have been copied, of those that are known so far.
    pub(crate) fn bytes(output: &Output) -> Self {
        let style = "{spinner} {bytes} of {total_bytes}  {bytes_per_sec}  {elapsed}";
        Self::new(output, 0, style)
    }

    /// Things that are done, of a known number.
    pub(crate) fn count(output: &Output, total: u64) -> Self {
        Self::new(
            output,
            total,
            "{spinner} {wide_bar} {pos} of {len}  {elapsed}",
        )
    }

    /// Something whose end nobody knows.
    pub(crate) fn waiting(output: &Output, what: String) -> Self {
        let progress = Self::new(output, 0, "{spinner} {msg}  {elapsed}");
        progress.bar.set_message(what);
        progress
    }

    fn new(output: &Output, total: u64, style: &str) -> Self {
        let bar = if output.shows_progress() {
            let style = ProgressStyle::with_template(style);
            let style = style.unwrap_or_else(|_bad| ProgressStyle::default_bar());
            let bar = ProgressBar::new(total).with_style(style);
            bar.enable_steady_tick(TICK);
            bar
        } else {
            ProgressBar::hidden()
        };
        output.attach(&bar);
        Self {
            bar,
            output: output.clone(),
        }
    }

    /// The bar itself, to be moved.
    pub(crate) fn bar(&self) -> &ProgressBar {
        &self.bar
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.output.detach();
        self.bar.finish_and_clear();
    }
}
