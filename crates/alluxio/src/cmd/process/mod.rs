//! Starting, stopping and being the servers.
//!
//! **Owns** which processes an action means, how they are put into the background, how one knows
//! that they serve, how they are found again, and the `main` of each.
//! **Must never know** what a server does; it starts one and stops it.
//! **Start reading** at [`Role`], then `start.rs` for the parent's side and `serve.rs` for the
//! child's.

mod announce;
mod arguments;
mod audit;
mod find;
mod hidden;
mod kill;
mod memory_tier;
mod monitor;
mod mount;
mod on;
mod remote;
mod role;
mod secrets;
mod serve;
mod servers;
mod settings;
mod spawn;
mod start;
mod stop;

pub(super) use arguments::HostsFile;
pub(super) use find::Running;
pub(super) use kill::{Kill, kill};
pub(super) use monitor::monitor;
pub(super) use mount::mount;
pub(super) use on::on;
pub(super) use remote::RemoteHosts;
pub(super) use role::Role;
pub(super) use secrets::{forbid_core_files, hide_arguments};
pub(super) use serve::{launch, serve};
pub(super) use settings::{journal_folder, process_name};
pub(super) use start::{Starter, start};
pub(super) use stop::stop;
