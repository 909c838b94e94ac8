//! From properties to the plain settings of those servers that do not read properties themselves.
//!
//! **Owns** which property becomes which setting.
//! **Must never know** what a setting does.
//! **Start reading** at `job_master.rs`.

mod folders;
mod job_master;
mod job_worker;
mod security;

pub(in super::super) use folders::{journal_folder, process_name};
pub(super) use job_master::job_master;
pub(super) use job_worker::job_worker;
pub(super) use security::{authentication, groups};
