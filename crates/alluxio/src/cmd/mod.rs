//! The commands, one file each.
//!
//! **Owns** what every command prints and returns.
//! **Must never know** how a command line is taken apart; that is `shell`.
//! **Start reading** at [`TABLE`].

mod fs;
mod table;
mod version;

pub(crate) use table::run;
