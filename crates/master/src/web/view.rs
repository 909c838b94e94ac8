//! What all pages see: the masters, and a few facts that were passed in.

use std::path::PathBuf;
use std::sync::Arc;

use alluxio_common::Tasks;
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_rpc::{Connections, Login};
use alluxio_web::ShownProperty;

use crate::block::BlockMaster;
use crate::file_system::FileSystemMaster;
use crate::meta::MetaMaster;

/// What the pages show besides the masters themselves. Plain data.
#[derive(Debug, Clone, Default)]
pub struct WebConf {
    /// Every property in force.
    pub properties: Vec<ShownProperty>,
    /// The folder whose logs are shown; none are without it.
    pub logs: Option<PathBuf>,
    /// The source revision, for `/api/v1/master/info`.
    pub revision: String,
    /// `alluxio.web.file.info.enabled`: whether pages show what is in files.
    pub shows_content: bool,
}

/// What a [`WebView`] is made of.
#[derive(Debug)]
pub struct WebParts {
    /// The namespace.
    pub files: Arc<FileSystemMaster>,
    /// Workers and blocks.
    pub blocks: Arc<BlockMaster>,
    /// The cluster.
    pub meta: Arc<MetaMaster>,
    /// The instruments of this process.
    pub metrics: Metrics,
    /// What this process logs, for `logLevel`.
    pub levels: LogLevels,
    /// For reading a block from its worker.
    pub connections: Connections,
    /// Who the master is for workers.
    pub login: Login,
    /// What looks at stores longer than a page waits.
    pub tasks: Tasks,
    /// Plain facts.
    pub conf: WebConf,
}

/// Shared by all pages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WebView {
    pub(super) parts: Arc<WebParts>,
}

impl WebView {
    /// The view of a master that serves.
    pub fn new(parts: WebParts) -> Self {
        Self {
            parts: Arc::new(parts),
        }
    }
}
