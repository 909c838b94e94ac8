//! What a person sees while it runs, and the tables at the end.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "figures are printed, and how far it is"
)]

use std::io::Write;

/// Tells how far it is, beside the tables.
pub(crate) fn progress(text: &str) {
    eprintln!("{text}");
}

/// Prints a part of the tables.
pub(crate) fn print(text: &str) {
    print!("{text}");
    // A pipe that nobody reads any more is no reason to stop.
    std::io::stdout().flush().ok();
}
