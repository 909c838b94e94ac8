//! S3, MinIO, and everything else that speaks their protocol.
//!
//! **Owns** requests, signatures, retries and errors of the S3 protocol, and the meaning of the
//! properties `alluxio.underfs.s3.*` and `s3a.*`.
//! **Must never know** directories, renames or pages of entries: those are what [`crate::object`]
//! makes of keys.
//! **Start reading** at [`connect`], then `client.rs` for what happens to every request. Each
//! request of the protocol has a file of its name.

mod amazon;
mod answers;
mod client;
mod connect;
mod copy;
mod delete;
pub(crate) mod dialect;
pub(crate) mod endpoint;
pub(crate) mod error;
mod forward_proxy;
mod head;
mod http_client;
mod list;
pub(crate) mod options;
mod payload_body;
mod permissions;
mod put;
mod read;
pub(crate) mod sign;
mod store;
#[cfg(test)]
mod tests;
mod upload;
mod xml;

pub use answers::understands;
pub use connect::connect;
pub(crate) use connect::objects_with;
