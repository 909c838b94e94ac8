//! A whole cluster in one process, for tests that go from end to end.
//!
//! **Owns** [`MiniCluster`]: master, workers, job master and job workers over a temporary directory,
//! each of which can be stopped and started; stores that can be made to fail; and waiting for what
//! happens in the background.
//! **Must never know** how a part does what it does: it uses what the binary uses, and nothing else.
//! **Start reading** at [`MiniCluster::start`].

mod cluster;
mod content;
mod movable;
mod parts;
mod wait;
mod wall_clock;

pub use cluster::{ClusterOptions, MiniCluster};
pub use content::{content, read_all, read_file, write_file};
pub use wait::eventually;
