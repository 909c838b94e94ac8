//! `alluxio job`: the work that takes long, and how it is going.
//!
//! **Owns** one file per command.
//! **Must never know** what a job does.
//! **Start reading** at [`GROUP`].

mod cancel;
mod get_cmd_status;
mod leader;
mod ls;
mod stat;

use crate::shell::{CommandError, CommandGroup};

/// All of `alluxio job`, sorted.
pub(crate) const GROUP: CommandGroup = CommandGroup {
    name: "job",
    commands: &[
        &cancel::COMMAND,
        &get_cmd_status::COMMAND,
        &leader::COMMAND,
        &ls::COMMAND,
        &stat::COMMAND,
    ],
    families: &[],
};

/// The id that somebody typed.
fn id(text: &str) -> Result<i64, CommandError> {
    let parsed = text.parse();
    parsed.map_err(|_no_number| CommandError::usage(format!("Arg {text} is not type long")))
}
