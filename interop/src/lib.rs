//! Unmodified Java programs of Alluxio 2.9 against our servers and against Alluxio's own, side by
//! side.
//!
//! **Owns** [`Cluster`]: the servers of either kind over one site file, in a temporary folder;
//! [`Runner`]: a JVM that runs the commands of a [`Script`]; and [`compare`], which tells every answer
//! that is not the same.
//! **Must never know** anything of our crates: it starts programs and reads what they print.
//! **Start reading** at [`compare`], then at `cluster.rs`.
#![expect(
    clippy::disallowed_types,
    reason = "nobody matches on the errors of a test's surroundings; they end it"
)]

mod answer;
mod bench;
mod cluster;
mod compare;
mod java;
mod normal;
mod plan;
mod run;
mod runner;
mod script;
mod server;
mod site;
mod spark;

pub use answer::Answer;
pub use bench::{Form, Part, SpeedOptions, compare_speed};
pub use cluster::{Cluster, Kind};
pub use compare::compare;
pub use java::{PeerSet, Program};
pub use run::Play;
pub use runner::Runner;
pub use script::Script;
pub use server::Server;
pub use spark::run_spark;
