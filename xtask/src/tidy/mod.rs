//! `cargo xtask tidy`: what clippy cannot see.
//!
//! **Owns** one file per rule; each takes the tree and returns what it found.
//! **Must never know** how to repair anything.
//! **Start reading** at [`run`].

mod check;
mod file_length;
mod generated;
mod header;
mod key_use;
mod layer;
mod link;
mod log_message;
mod name;
mod word;

pub(crate) use check::run;
