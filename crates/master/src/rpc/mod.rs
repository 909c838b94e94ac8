//! The gRPC services of the master process: one file per service, each method a translation.
//!
//! **Owns** the way from the messages of `proto` to the operations and back.
//! **Must never know** how an operation decides; a method that needs a unit test of its own has
//! logic in the wrong place.
//! **Start reading** at `file_system_client.rs`.

mod block_client;
mod block_worker;
mod client_call;
mod file_info;
mod file_info_wire;
mod file_system_busiest;
mod file_system_client;
mod file_system_client_server;
mod file_system_info;
mod file_system_job;
mod file_system_options;
mod file_system_worker;
mod job_client;
mod job_worker;
mod journal;
mod listing;
mod meta_client;
mod meta_configuration;
mod metrics;
mod named_workers;

pub use block_client::BlockClientService;
pub use block_worker::BlockWorkerService;
pub use client_call::FileSystemClientService;
pub use file_system_client_server::FileSystemClientServer;
pub use file_system_job::FileSystemJobService;
pub use file_system_worker::FileSystemWorkerService;
pub use job_client::JobClientService;
pub use job_worker::JobWorkerService;
pub use journal::JournalService;
pub use meta_client::{CheckpointNow, MetaClientService};
pub use meta_configuration::MetaConfigurationService;
pub use metrics::MetricsService;
