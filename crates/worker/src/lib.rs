//! The worker: blocks of file data near the computation, served to clients, filled from the stores.
//!
//! **Owns** the storage directories of one machine, the data path of the wire protocol, and the
//! reading and writing of file data in the under stores on behalf of clients.
//! **Must never know** the namespace (it sees block ids, not paths), the journal, or the client.
//! **Start reading** at [`Worker`], which names its parts; then [`block`] for what is kept here, and
//! [`read_block`] for how a read finds its bytes.

pub mod block;
pub mod block_report;
pub mod cache_request;
pub mod free_space;
pub mod job_worker;
pub mod master_client;
pub mod master_sync;
pub mod metrics;
pub mod mounts;
pub mod process;
pub mod read_block;
pub mod rpc;
pub mod ufs_read;
pub mod web;

mod block_stream;
mod blocking;
mod places;
mod read_error;
mod removals;
mod ufs_block;
mod upkeep;
mod worker;

pub use block_stream::BlockStreamError;
pub use job_worker::{JobWorkerConf, JobWorkerDeps, JobWorkerProcess, StartJobWorkerError};
pub use process::{WorkerConf, WorkerDeps, WorkerProcess};
pub use read_error::ReadBlockError;
pub use worker::{Worker, WorkerParts};
