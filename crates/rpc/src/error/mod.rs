//! Our errors on the wire: how they become a gRPC status, and how a status becomes an error again.
//!
//! **Owns** the only mapping between [`ErrorCode`](alluxio_common::ErrorCode) and gRPC codes, the
//! detail that travels beside a status, and [`ClientError`]. **Must never know** what an operation
//! does: it sees codes, facts and sentences.
//! **Start reading** at [`to_status`], then [`ClientError`].

mod client_error;
mod code;
mod detail;
mod log;
mod status;

pub(crate) use client_error::NotSent;
pub use client_error::{ClientError, Reached};
pub use code::{code_from_grpc, grpc_code};
pub use log::Call;
pub use status::to_status;

#[cfg(test)]
mod tests;
