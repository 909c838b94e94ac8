//! Blocks: bytes of one file, read from or written to one worker.
//!
//! **Owns** the streams to a worker: the block's own file when the worker is on this host, gRPC
//! otherwise.
//! **Must never know** files, paths in the namespace, or which worker is the right one.
//! **Start reading** at [`reader::BlockReader`].

mod abortable;
mod call;
mod chunks;
pub(crate) mod connections;
mod growing;
mod local;
pub(crate) mod reader;
mod remote_reader;
mod remote_writer;
#[cfg(test)]
mod testing;
mod write_body;
pub(crate) mod writer;

pub(crate) use local::{LocalBlockReader, Medium};
pub(crate) use remote_writer::RemoteWriter;
