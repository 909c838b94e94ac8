//! Ids of jobs, as people type them.

use crate::shell::CommandError;

/// The id that somebody typed.
pub(super) fn id(text: &str) -> Result<i64, CommandError> {
    let parsed = text.parse();
    parsed.map_err(|_no_number| CommandError::usage(format!("Arg {text} is not type long")))
}
