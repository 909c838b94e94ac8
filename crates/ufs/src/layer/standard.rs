//! [`standard`]: the layers of a shipped process, in their order.

use std::sync::Arc;

use alluxio_common::Clock;
use rand::RngCore;

use super::{
    Layered, LimitLayer, Limits, MetricsLayer, RetryLayer, RetryPolicy, TimeoutLayer, Timeouts,
    UfsMetrics,
};
use crate::UnderFileSystem;

/// What the layers need.
#[derive(Debug, Clone)]
pub struct StandardLayers {
    /// Pauses between attempts.
    pub retry: RetryPolicy,
    /// Of every single attempt.
    pub timeouts: Timeouts,
    /// Over all users of the mount.
    pub limits: Limits,
    /// Where the events go.
    pub metrics: Arc<dyn UfsMetrics>,
    /// For deadlines and measures.
    pub clock: Arc<dyn Clock>,
}

/// Puts the layers around a connector. From the outside in: metrics see each call as its caller
/// does, with all its attempts; each attempt waits for its turn, and only then its time runs.
pub fn standard(
    ufs: Arc<dyn UnderFileSystem>,
    layers: StandardLayers,
    random: Box<dyn RngCore + Send>,
) -> Arc<dyn UnderFileSystem> {
    let StandardLayers {
        retry,
        timeouts,
        limits,
        metrics,
        clock,
    } = layers;
    let timed = Arc::new(Layered::new(TimeoutLayer::new(timeouts), ufs));
    let limited = LimitLayer::new(limits, Arc::clone(&clock));
    let limited = Arc::new(Layered::new(limited, timed));
    let retried = RetryLayer::new(retry, Arc::clone(&clock), random);
    let retried = Arc::new(Layered::new(retried, limited));
    Arc::new(Layered::new(MetricsLayer::new(metrics, clock), retried))
}
