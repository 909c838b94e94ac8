//! From properties to the plain settings of each server.
//!
//! **Owns** which property becomes which setting.
//! **Must never know** what a setting does.
//! **Start reading** at `worker.rs`.

mod folders;
mod security;
mod storage;
mod worker;

pub(in super::super) use folders::format_journal;
pub(in super::super) use storage::{SettingError, store_conf};
pub(super) use worker::worker;
