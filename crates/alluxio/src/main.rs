//! `alluxio`: the one binary. It is the shell, and, started under another name, each of the servers.
//!
//! **Owns** the command line: what is typed, what is printed, what processes are started.
//! **Must never know** rules of the namespace, of blocks or of the journal; their crates do.
//! **Start reading** at `cmd/table.rs`.

use std::process::ExitCode;

mod cmd;
mod connect;
mod output;
mod path_defaults;
mod shell;
mod text;

fn main() -> ExitCode {
    ExitCode::from(cmd::run(std::env::args_os().skip(1)))
}
