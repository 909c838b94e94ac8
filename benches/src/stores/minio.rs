//! [`MinIo`]: a real store in a process of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::plain::PlainClient;
use crate::child::Child;
use crate::metadata::start_master_with;
use crate::usage;

/// The only bucket.
pub(super) const BUCKET: &str = "bucket";

/// The access key, and the secret one.
pub(super) const KEY: &str = "minioadmin";

/// A server with an empty bucket in a folder of its own. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct MinIo {
    folder: tempfile::TempDir,
    port: u16,
    pid: u32,
}

/// A master, and the folder of its journal.
pub(super) struct Master {
    pub(super) process: Child,
    _journal: tempfile::TempDir,
}

fn script(words: &[&str]) -> Result<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../libexec/minio.sh");
    let output = Command::new(script).args(words).output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

impl MinIo {
    /// Whether the program is there.
    pub(super) fn is_built() -> Result<bool> {
        Ok(std::fs::exists(PathBuf::from(script(&["path"])?))?)
    }

    pub(super) fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = data(&folder);
        let free = TcpListener::bind("127.0.0.1:0")?;
        let port = free.local_addr()?.port();
        drop(free);
        script(&["bucket", &data, BUCKET])?;
        script(&["start", &port.to_string(), &data])?;
        let pid = std::fs::read_to_string(format!("{data}.pid"))?;
        let pid = pid.trim().parse().context("the id of the process")?;
        Ok(Self { folder, port, pid })
    }

    /// Where it listens.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Its processor time so far.
    pub(super) fn processor_time(&self) -> Result<Duration> {
        usage::processor_time(self.pid)
    }

    /// A client that knows S3 and nothing else.
    pub(super) fn plain(&self) -> PlainClient {
        self.plain_at(self.port)
    }

    /// The same; it reaches the store at this port.
    pub(super) fn plain_at(&self, port: u16) -> PlainClient {
        PlainClient::new(port)
    }

    /// A master with an empty journal over the bucket, that reaches the store at this port.
    pub(super) fn master(&self, port: u16) -> Result<Master> {
        let journal = tempfile::tempdir()?;
        Ok(Master {
            process: start_master_with(journal.path(), &properties(port))?,
            _journal: journal,
        })
    }
}

impl Drop for MinIo {
    fn drop(&mut self) {
        // Nothing can be done about a server that does not end.
        script(&["stop", &data(&self.folder)]).ok();
    }
}

fn data(folder: &tempfile::TempDir) -> String {
    folder.path().join("data").display().to_string()
}

/// `name=value` of what a server must know to use the bucket as its root store.
pub(super) fn properties(port: u16) -> Vec<String> {
    vec![
        format!("alluxio.master.mount.table.root.ufs=s3://{BUCKET}/"),
        format!("alluxio.underfs.s3.endpoint=http://127.0.0.1:{port}/"),
        "alluxio.underfs.s3.disable.dns.buckets=true".to_owned(),
        "alluxio.underfs.s3.inherit.acl=false".to_owned(),
        format!("s3a.accessKeyId={KEY}"),
        format!("s3a.secretKey={KEY}"),
    ]
}
