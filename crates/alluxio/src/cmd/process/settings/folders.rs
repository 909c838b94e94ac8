//! The folder of the journal, and how a process is named in it.

use std::path::{Path, PathBuf};

use alluxio_common::conf::{Conf, key};

/// The folder of the namespace's journal below the one that is configured: other parts of the
/// original keep theirs beside it.
const NAMESPACE: &str = "FileSystemMaster";

/// Where the journal of the namespace is.
pub(in super::super::super) fn journal_folder(conf: &Conf) -> PathBuf {
    let folder = conf.string(key::MASTER_JOURNAL_FOLDER);
    let folder = folder.strip_prefix("file://").unwrap_or(folder);
    Path::new(folder).join(NAMESPACE)
}

/// How a process is named to others that want what it holds.
pub(in super::super::super) fn process_name(conf: &Conf, what: &str) -> String {
    let host = &conf.machine().host_name;
    format!("process {} ({what}) on host {host}", std::process::id())
}
