//! `alluxio job`: the work that takes long, and how it is going.
//!
//! **Owns** one file per command.
//! **Must never know** what a job does.
//! **Start reading** at [`GROUP`].

mod cancel;
mod get_cmd_status;
mod id;
mod leader;
mod ls;
mod stat;

use id::id;

use crate::shell::CommandGroup;

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
