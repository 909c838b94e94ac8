//! The built program as a local cluster: started, used and stopped as people do it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod bad_input;
mod checks_over_minio;
mod files;
mod gone_while_written;
mod hanging_store;
mod harness;
mod hosts;
mod jobs;
mod limits;
mod memory_tier;
mod minio;
mod processes;
mod security;
mod shell;
mod ufs_io;
mod writes_over_minio;
