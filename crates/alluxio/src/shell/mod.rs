//! The frame around all commands: how they are declared, parsed, run, and how they report.
//!
//! **Owns** command tables, options, help layout, exit codes, wildcards, and what a command may reach
//! (configuration, output, clock, clients).
//! **Must never know** what any single command does.
//! **Start reading** at [`Command`] and [`CommandGroup`].

mod command;
mod group;
mod help;
mod interruption;
mod options;
mod progress;
mod session;
mod waiting;
pub(crate) mod wildcard;

pub(crate) use command::{Command, CommandError, Count, Invocation, Outcome};
pub(crate) use group::{CommandGroup, Family, advice, advise};
pub(crate) use help::{DEFAULT_WIDTH, command_help, option_table, wrap_block};
pub(crate) use interruption::{CleansUp, HeldSignals, Interruption};
pub(crate) use options::{OptionSpec, Value, parse};
pub(crate) use progress::Progress;
pub(crate) use session::Session;
