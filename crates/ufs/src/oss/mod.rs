//! OSS, the object store of Aliyun: `oss://bucket/..`.
//!
//! **Owns** the signatures, the words and the properties (`fs.oss.*`, `alluxio.underfs.oss.*`) of
//! that store.
//! **Must never know** how requests are sent, repeated and read: OSS speaks the protocol of
//! [`crate::s3`] with names of its own.
//! **Start reading** at [`connect`], then `dialect.rs` for what differs.

mod connect;
mod dialect;
mod options;
mod sign;
#[cfg(test)]
mod tests;

pub use connect::connect;
