//! Where a cluster keeps everything, and the properties that say so.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::free_ports::FreePorts;
use crate::minio::MinIo;
use crate::model::StoreTarget;

/// What the cluster stands over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// A directory.
    Local,
    /// A bucket of a MinIO.
    MinIo,
}

const SERVERS: [&str; 4] = ["master", "worker", "job.master", "job.worker"];

/// How long an object store may say nothing until it is taken for one that hangs: longer than the
/// longest that one under load takes on a busy machine.
pub(crate) const SILENCE: Duration = Duration::from_secs(4);

/// Small segments and checkpoints come often, and what happens in the background happens soon.
const SETTINGS: [(&str, &str); 18] = [
    ("alluxio.worker.ramdisk.size", "1GB"),
    ("alluxio.user.metrics.collection.enabled", "false"),
    ("alluxio.master.journal.log.size.bytes.max", "64KB"),
    ("alluxio.master.journal.checkpoint.period.entries", "400"),
    ("alluxio.master.journal.gc.period", "1s"),
    ("alluxio.master.journal.gc.threshold", "1s"),
    ("alluxio.master.journal.retry.interval", "100ms"),
    ("alluxio.master.persistence.initial.interval", "100ms"),
    ("alluxio.master.persistence.max.interval", "1s"),
    ("alluxio.master.persistence.scheduler.interval", "50ms"),
    ("alluxio.master.persistence.checker.interval", "50ms"),
    ("alluxio.master.ttl.checker.interval", "1s"),
    ("alluxio.worker.block.heartbeat.interval", "100ms"),
    ("alluxio.job.master.worker.heartbeat.interval", "100ms"),
    ("alluxio.job.master.worker.timeout", "2s"),
    ("alluxio.job.master.lost.worker.interval", "200ms"),
    ("alluxio.underfs.s3.streaming.upload.enabled", "true"),
    ("alluxio.underfs.s3.streaming.upload.partition.size", "5MB"),
];

/// Where a cluster keeps everything.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) home: PathBuf,
    pub(crate) master_port: u16,
    pub(crate) job_master_port: u16,
    pub(crate) worker_port: u16,
    pub(crate) minio: Option<Arc<MinIo>>,
    pub(crate) mountable: Vec<StoreTarget>,
}

impl Site {
    /// Makes the folders and writes the properties. `stores` is how many can be mounted.
    pub(crate) fn new(home: &Path, kind: StoreKind, stores: usize) -> Result<Self> {
        let mut free = FreePorts::of(home);
        for folder in ["conf", "store", "minio"] {
            fs::create_dir_all(home.join(folder))?;
        }
        for name in ["masters", "workers"] {
            fs::write(home.join("conf").join(name), "localhost\n")?;
        }
        let mut lines = vec![format!(
            "alluxio.worker.tieredstore.level0.dirs.path={}",
            home.join("tier").display()
        )];
        lines.push("alluxio.user.hostname=localhost".to_owned());
        let mut ports = BTreeMap::new();
        for server in SERVERS {
            lines.push(format!("alluxio.{server}.hostname=localhost"));
            lines.push(format!("alluxio.{server}.bind.host=127.0.0.1"));
            lines.push(format!("alluxio.{server}.web.bind.host=127.0.0.1"));
            for use_ in ["rpc", "web"] {
                let port = free.port()?;
                lines.push(format!("alluxio.{server}.{use_}.port={port}"));
                ports.insert(format!("{server}.{use_}"), port);
            }
        }
        let minio = match kind {
            StoreKind::Local => None,
            StoreKind::MinIo => Some(Arc::new(MinIo::new(home.join("minio/data"))?)),
        };
        lines.extend(SETTINGS.map(|(name, value)| format!("{name}={value}")));
        for silent in ["request", "socket"] {
            let millis = SILENCE.as_millis();
            lines.push(format!("alluxio.underfs.s3.{silent}.timeout={millis}ms"));
        }
        let (root, mountable) = stores_of(home, minio.as_deref(), stores)?;
        lines.push(format!("alluxio.master.mount.table.root.ufs={}", root.uri));
        lines.extend(
            root.properties
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        fs::write(
            home.join("conf/alluxio-site.properties"),
            lines.join("\n") + "\n",
        )?;
        let port = |name: &str| ports.get(name).copied().context("every server has a port");
        Ok(Self {
            home: home.to_path_buf(),
            master_port: port("master.rpc")?,
            job_master_port: port("job.master.rpc")?,
            worker_port: port("worker.rpc")?,
            minio,
            mountable,
        })
    }

    /// The folder of a local store: the one at the root, or one that can be mounted.
    pub(crate) fn folder(&self, store: Option<usize>) -> PathBuf {
        match store {
            None => self.home.join("store"),
            Some(number) => self.home.join(format!("mounted-{number}")),
        }
    }
}

/// The store at the root, and those that can be mounted.
fn stores_of(
    home: &Path,
    minio: Option<&MinIo>,
    stores: usize,
) -> io::Result<(StoreTarget, Vec<StoreTarget>)> {
    let Some(minio) = minio else {
        let target = |name: String| {
            let folder = home.join(name);
            fs::create_dir_all(&folder)?;
            Ok(StoreTarget {
                uri: folder.display().to_string(),
                properties: BTreeMap::new(),
            })
        };
        let mountable = (0..stores).map(|number| target(format!("mounted-{number}")));
        return Ok((
            target("store".to_owned())?,
            mountable.collect::<io::Result<_>>()?,
        ));
    };
    let target = |bucket: String| StoreTarget {
        uri: format!("s3://{bucket}/"),
        properties: minio.properties(),
    };
    let mountable = (0..stores).map(|number| target(format!("mounted-{number}")));
    Ok((target("store".to_owned()), mountable.collect()))
}
