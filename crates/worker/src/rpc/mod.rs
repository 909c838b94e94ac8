//! The data path of the wire protocol: `alluxio.grpc.block.BlockWorker`.
//!
//! **Owns** the translation between messages and what a worker does, and the shape of streams: what
//! a half-close, a reset and an acknowledgement mean.
//! **Must never know** how blocks are kept or where they come from.
//! **Start reading** at `block_worker.rs`, then `read_block.rs` and `write_block.rs`.

mod block_worker;
mod cache;
mod follow;
mod frame;
mod read_block;
mod request;
mod request_body;
mod session;
mod short_circuit;
mod ufs_file;
mod write_block;
mod write_requests;

pub use block_worker::BlockWorkerEndpoint;
