//! [`JobMasterIdentity`]: who this job master is.

use alluxio_common::Timestamp;

/// Who this job master is, for reports.
#[derive(Debug, Clone)]
pub struct JobMasterIdentity {
    /// The name that clients use.
    pub hostname: String,
    /// Where calls are answered.
    pub rpc_port: u16,
    /// When the process started.
    pub started: Timestamp,
    /// The release whose protocol this is.
    pub version: String,
    /// The revision that it was built from.
    pub revision: String,
}
