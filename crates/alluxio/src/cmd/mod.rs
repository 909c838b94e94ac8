//! The commands, one file each.
//!
//! **Owns** what every command prints and returns.
//! **Must never know** how a command line is taken apart; that is `shell`.
//! **Start reading** at `table.rs`.

mod bootstrap_conf;
mod environment;
mod format;
mod fs;
mod fsadmin;
mod get_conf;
mod http;
mod job;
mod kill_all;
mod log_level;
mod process;
mod read_journal;
mod run_tests;
mod run_ufs_io_test;
mod run_ufs_tests;
mod runtime;
mod store_directory;
mod table;
mod validate_conf;
mod version;

pub(crate) use table::run;
