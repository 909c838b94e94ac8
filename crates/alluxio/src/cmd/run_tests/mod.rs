//! `runTests`: writes and reads a file with every combination of read and write type.
//!
//! **Owns** the 24 tests, their names, and what is printed about each.
//! **Must never know** how the types differ; it only checks that what was written is read.
//! **Start reading** at `run.rs`.

mod arguments;
mod operation;
mod run;

pub(super) use run::run;
