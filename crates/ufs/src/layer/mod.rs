//! What goes around any connector: retries, timeouts, metrics, limits, and faults for tests.
//!
//! **Owns** [`Layered`], which puts a [`Layer`] around every call of a connector and of its
//! streams, and the layers.
//! **Must never know** which connector is inside.
//! **Start reading** at [`Layer`], then [`standard`] for the order in which a process stacks them.

mod fault;
mod layered;
mod limit;
mod metrics;
mod retry;
mod standard;
#[cfg(test)]
mod tests;
mod timeout;

pub use fault::{Fault, FaultLayer, FaultPlan, FaultRule};
pub use layered::{Call, Layer, Layered, Listed, Opened, Payload};
pub use limit::{LimitLayer, Limits};
pub use metrics::{MetricsLayer, UfsCount, UfsCounters, UfsEvent, UfsMetrics};
pub use retry::{RetryLayer, RetryPolicy};
pub use standard::{StandardLayers, standard};
pub use timeout::{TimeoutLayer, Timeouts};
