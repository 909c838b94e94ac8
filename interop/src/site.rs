//! [`Site`]: the folders, the ports and the site file of one cluster. Both kinds of server read the
//! same file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rand::Rng;

/// Below the ports that the system gives away, so that nobody takes one before its server does, and
/// away from those that Alluxio has by default.
const PORTS: std::ops::Range<u16> = 21_000..29_900;

/// How many ports are tried for one that is free.
const TRIES: u32 = 200;

pub(crate) const SERVERS: [&str; 4] = ["master", "worker", "job.master", "job.worker"];

/// What happens in the background happens soon.
const SETTINGS: [(&str, &str); 13] = [
    ("alluxio.user.hostname", "localhost"),
    ("alluxio.user.metrics.collection.enabled", "false"),
    ("alluxio.user.block.size.bytes.default", "1MB"),
    ("alluxio.worker.ramdisk.size", "64MB"),
    ("alluxio.worker.block.heartbeat.interval", "200ms"),
    ("alluxio.master.persistence.initial.interval", "100ms"),
    ("alluxio.master.persistence.max.interval", "1s"),
    ("alluxio.master.persistence.scheduler.interval", "200ms"),
    ("alluxio.master.persistence.checker.interval", "200ms"),
    ("alluxio.master.replication.check.interval", "1s"),
    ("alluxio.master.ttl.checker.interval", "1s"),
    ("alluxio.job.master.worker.heartbeat.interval", "200ms"),
    ("alluxio.master.journal.type", "UFS"),
];

/// Where a cluster keeps everything.
#[derive(Debug)]
pub(crate) struct Site {
    home: tempfile::TempDir,
    ports: BTreeMap<String, u16>,
}

impl Site {
    /// Makes the folders and writes the properties.
    pub(crate) fn new(settings: &[(&str, &str)]) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("interop").tempdir()?;
        for folder in ["conf", "logs", "store", "other", "local", "journal", "tier"] {
            fs::create_dir_all(home.path().join(folder))?;
        }
        for name in ["masters", "workers"] {
            fs::write(home.path().join("conf").join(name), "localhost\n")?;
        }
        let (mut held, mut ports) = (Vec::new(), BTreeMap::new());
        let mut lines = Vec::new();
        for server in SERVERS {
            lines.push(format!("alluxio.{server}.hostname=localhost"));
            lines.push(format!("alluxio.{server}.bind.host=127.0.0.1"));
            lines.push(format!("alluxio.{server}.web.bind.host=127.0.0.1"));
            for of in ["rpc", "web"] {
                let listener = free_port()?;
                let port = listener.local_addr()?.port();
                lines.push(format!("alluxio.{server}.{of}.port={port}"));
                ports.insert(format!("{server}.{of}"), port);
                // All are held at the same time, so that no two are the same.
                held.push(listener);
            }
        }
        let path = |folder: &str| home.path().join(folder).display().to_string();
        for (name, folder) in [
            ("alluxio.master.mount.table.root.ufs", "store"),
            ("alluxio.master.journal.folder", "journal"),
            ("alluxio.worker.tieredstore.level0.dirs.path", "tier"),
        ] {
            lines.push(format!("{name}={}", path(folder)));
        }
        let settings = SETTINGS.iter().chain(settings);
        lines.extend(settings.map(|(name, value)| format!("{name}={value}")));
        let site = home.path().join("conf/alluxio-site.properties");
        fs::write(site, lines.join("\n") + "\n")?;
        Ok(Self { home, ports })
    }

    /// A path below the folder of everything.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.home.path().join(relative)
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The port of a server, such as `master.rpc`.
    pub(crate) fn port(&self, of: &str) -> u16 {
        self.ports[of]
    }

    /// Every port with what it is of.
    pub(crate) fn ports(&self) -> impl Iterator<Item = (&str, u16)> {
        self.ports.iter().map(|(name, port)| (name.as_str(), *port))
    }
}

fn free_port() -> io::Result<TcpListener> {
    let mut rng = rand::rng();
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        match TcpListener::bind(("127.0.0.1", rng.random_range(PORTS))) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}
