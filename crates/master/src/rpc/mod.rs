//! The gRPC services of the master process: one file per service, each method a translation.
//!
//! **Owns** the way from the messages of `proto` to the operations and back.
//! **Must never know** how an operation decides; a method that needs a unit test of its own has
//! logic in the wrong place.
//! **Start reading** at `file_system_client.rs`.

mod file_info;
mod file_system_client;
mod file_system_job;
mod file_system_options;
mod file_system_worker;

pub use file_system_client::FileSystemClientService;
pub use file_system_job::FileSystemJobService;
pub use file_system_worker::FileSystemWorkerService;
