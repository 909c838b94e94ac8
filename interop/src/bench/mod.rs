//! Alluxio's own benchmarks, StressBench, against our servers and against its own: the same program,
//! unchanged, in turns.
//!
//! **Owns** which benchmarks are run and how ([`Form`], `step.rs`), what they use of the machine
//! (`process.rs`), and the tables of it all (`table.rs`).
//! **Must never know** how a server works: it sees processes, and what the benchmarks say of themselves.
//! **Start reading** at [`compare_speed`], then at `step.rs`.

mod better;
mod console;
mod done;
mod figures;
mod form;
mod pair;
mod process;
mod restart;
mod run;
mod side;
mod step;
mod stopwatch;
mod table;

pub use form::{Form, Part};
pub use run::{SpeedOptions, compare_speed};
