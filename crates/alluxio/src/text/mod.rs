//! How values look on the screen, where Alluxio fixed how they look.
//!
//! **Owns** dates, spans of time, grouped numbers, and the one-line forms of statuses and blocks.
//! **Must never know** which command prints them.
//! **Start reading** at [`DateFormat`].

mod date;
mod number;
mod status;

pub(crate) use date::{DateFormat, uptime};
pub(crate) use number::{grouped, percent};
pub(crate) use status::{acl_entries, block_info, has_extended_acl, uri_status};
