//! What all pages see: the worker, and a few facts that were passed in.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::Timestamp;
use alluxio_common::date::span_text;
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_web::ShownProperty;

use crate::block_report::Identity;
use crate::worker::Worker;

/// What the pages show besides the worker itself. Plain data.
#[derive(Debug, Clone, Default)]
pub struct WebConf {
    /// Every property in force: name, value with secrets masked, and where it was set.
    pub properties: Vec<ShownProperty>,
    /// The folder whose logs are shown; none are without it.
    pub logs: Option<PathBuf>,
    /// The host of the master's pages.
    pub master_host: String,
    /// The port of the master's pages.
    pub master_web_port: u16,
    /// `alluxio.debug`
    pub debug: bool,
    /// `alluxio.web.file.info.enabled`
    pub file_info: bool,
    /// `alluxio.security.authorization.permission.enabled`
    pub authorization: bool,
    /// `alluxio.web.refresh.interval`
    pub refresh_interval: Duration,
}

/// Shared by all pages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WebView {
    pub(super) worker: Arc<Worker>,
    pub(super) conf: Arc<WebConf>,
    pub(super) metrics: Metrics,
    pub(super) levels: LogLevels,
    pub(super) version: Arc<str>,
    pub(super) revision: Arc<str>,
    pub(super) started: Timestamp,
    started_monotonic: Duration,
}

impl WebView {
    /// The view of a worker that is starting now.
    pub fn new(
        worker: Arc<Worker>,
        conf: WebConf,
        metrics: Metrics,
        levels: LogLevels,
        identity: &Identity,
    ) -> Self {
        Self {
            conf: Arc::new(conf),
            metrics,
            levels,
            version: identity.version.as_str().into(),
            revision: identity.revision.as_str().into(),
            started: worker.clock.now(),
            started_monotonic: worker.clock.monotonic(),
            worker,
        }
    }

    /// How long the worker has been running.
    pub(super) fn uptime(&self) -> Duration {
        let now = self.worker.clock.monotonic();
        now.saturating_sub(self.started_monotonic)
    }

    /// In Alluxio's words: `0 day(s), 0 hour(s), 13 minute(s), and 33 second(s)`.
    pub(super) fn uptime_text(&self) -> String {
        span_text(self.uptime())
    }

    /// Where the worker is reached, as the pages name it.
    pub(super) fn address_text(&self) -> String {
        let address = &self.worker.address;
        format!("{}:{}", address.host, address.rpc_port)
    }
}
