//! The folder of the journal, and emptying it.

use std::path::{Path, PathBuf};

use alluxio_common::Clock;
use alluxio_common::conf::{Conf, key};
use alluxio_journal::disk::RealDisk;
use alluxio_journal::local::{FormatRequest, format};
use alluxio_journal::{FormatId, JournalError};
use rand::Rng;

/// The folder of the namespace's journal below the one that is configured: other parts of the
/// original keep theirs beside it.
const NAMESPACE: &str = "FileSystemMaster";

/// Where the journal of the namespace is.
pub(in super::super::super) fn journal_folder(conf: &Conf) -> PathBuf {
    let folder = conf.string(key::MASTER_JOURNAL_FOLDER);
    let folder = folder.strip_prefix("file://").unwrap_or(folder);
    Path::new(folder).join(NAMESPACE)
}

/// Empties the journal of the namespace.
///
/// # Errors
/// When it cannot be written, or a master uses it.
pub(in super::super::super) fn format_journal(
    conf: &Conf,
    clock: &dyn Clock,
) -> Result<(), JournalError> {
    let request = FormatRequest {
        format_id: FormatId::from_bytes(rand::rng().random()),
        formatted_at: clock.now(),
        owner: process_name(conf, "format"),
    };
    format(&RealDisk, &journal_folder(conf), &request)
}

/// How a process is named to others that want what it holds.
pub(in super::super::super) fn process_name(conf: &Conf, what: &str) -> String {
    let host = &conf.machine().host_name;
    format!("process {} ({what}) on host {host}", std::process::id())
}
