//! `report`: how the cluster is.
//!
//! **Owns** one file per category.
//! **Must never know** how to change anything.
//! **Start reading** at `summary.rs`.

mod capacity;
mod category;
mod jobservice;
mod metrics;
mod summary;
mod tiers;

pub(super) use category::COMMAND;
