//! Metrics: counters, gauges, meters and timers under Alluxio's names.
//!
//! **Owns** the registry that is passed to whatever counts, and the two forms in which monitoring
//! systems read it.
//! **Must never know** what is counted, nor HTTP; there is no registry but the one passed in.
//! **Start reading** at [`Metrics`].

pub mod name;

mod histogram;
mod instrument;
mod json;
mod prometheus;
mod rate;
mod registry;

#[cfg(test)]
mod tests;

pub use instrument::{Counter, GaugeValue, Meter, Timer};
pub use registry::{Metrics, Snapshot};
