//! [`Site`]: the folders, the ports and the site file of one cluster. Both kinds of server read the
//! same file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::Result;
use rand::Rng;

/// Where ports are taken: below those that the system gives away, so that nobody takes one before its
/// server does, and away from those that Alluxio has by default.
const FIRST_PORT: u16 = 10_000;
const BLOCKS: u16 = 180;

/// How many ports a cluster may have: two for every server, and two whenever a worker moves.
const BLOCK: u16 = 50;

/// How many blocks are tried for one that nobody has.
const TRIES: u32 = 200;

pub(crate) const SERVERS: [&str; 4] = ["master", "worker", "job.master", "job.worker"];

/// The folder of the site file.
pub(crate) const CONF: &str = "conf";

/// What stands for the folder of everything in a property.
const HOME: &str = "$home";

/// What happens in the background happens soon.
const SETTINGS: [(&str, &str); 14] = [
    ("alluxio.user.hostname", "localhost"),
    ("alluxio.master.security.impersonation.root.users", "alice"),
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
    block: Block,
    ports: BTreeMap<String, u16>,
    properties: BTreeMap<String, String>,
}

impl Site {
    /// Makes the folders and writes the properties, in which `$home` is the folder of everything.
    pub(crate) fn new(settings: &[(&str, &str)]) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("interop").tempdir()?;
        for folder in [
            CONF, "logs", "store", "other", "local", "journal", "tier", "tmp",
        ] {
            fs::create_dir_all(home.path().join(folder))?;
        }
        let mut site = Self {
            home,
            block: Block::take()?,
            ports: BTreeMap::new(),
            properties: BTreeMap::new(),
        };
        for server in SERVERS {
            site.set(format!("alluxio.{server}.hostname"), "localhost");
            for of in ["bind.host", "web.bind.host"] {
                site.set(format!("alluxio.{server}.{of}"), "127.0.0.1");
            }
        }
        site.draw_ports(&SERVERS)?;
        for (name, folder) in [
            ("alluxio.master.mount.table.root.ufs", "store"),
            ("alluxio.master.journal.folder", "journal"),
            ("alluxio.worker.tieredstore.level0.dirs.path", "tier"),
        ] {
            let path = site.path(folder).display().to_string();
            site.set(name.to_owned(), &path);
        }
        let home = site.home().display().to_string();
        for (name, value) in SETTINGS.iter().chain(settings) {
            site.set((*name).to_owned(), &value.replace(HOME, &home));
        }
        site.write(CONF)?;
        Ok(site)
    }

    /// Gives the workers that start from now on other ports, and a tier of this name.
    pub(crate) fn move_worker(&mut self, tier: &str) -> Result<()> {
        self.draw_ports(&["worker"])?;
        let path = self.path(tier);
        fs::create_dir_all(&path)?;
        self.set(
            "alluxio.worker.tieredstore.level0.dirs.path".to_owned(),
            &path.display().to_string(),
        );
        self.write(CONF)
    }

    /// A path below the folder of everything.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.home.path().join(relative)
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// When it was made, in milliseconds since 1970.
    pub(crate) fn made_ms(&self) -> u64 {
        let made = fs::metadata(self.home()).and_then(|status| status.modified());
        let since = made
            .ok()
            .and_then(|made| made.duration_since(UNIX_EPOCH).ok());
        let ms = since.map(|since| since.as_millis());
        ms.and_then(|ms| u64::try_from(ms).ok()).unwrap_or_default()
    }

    /// The port of a server, such as `master.rpc`.
    pub(crate) fn port(&self, of: &str) -> u16 {
        self.ports[of]
    }

    /// Every port with what it is of.
    pub(crate) fn ports(&self) -> impl Iterator<Item = (&str, u16)> {
        self.ports.iter().map(|(name, port)| (name.as_str(), *port))
    }

    fn set(&mut self, name: String, value: &str) {
        self.properties.insert(name, value.to_owned());
    }

    fn draw_ports(&mut self, servers: &[&str]) -> Result<()> {
        for server in servers {
            for of in ["rpc", "web"] {
                let port = self.block.port()?;
                self.set(format!("alluxio.{server}.{of}.port"), &port.to_string());
                self.ports.insert(format!("{server}.{of}"), port);
            }
        }
        Ok(())
    }

    fn write(&self, folder: &str) -> Result<()> {
        let folder = self.path(folder);
        for name in ["masters", "workers"] {
            fs::write(folder.join(name), "localhost\n")?;
        }
        let lines = self.properties.iter();
        let lines: String = lines
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        fs::write(folder.join("alluxio-site.properties"), lines)?;
        Ok(())
    }
}

/// Ports that no other cluster of these tests has, whichever program starts it.
#[derive(Debug)]
struct Block {
    /// Listens at the first port for as long as the others are in use: who wants this block cannot.
    _sign: TcpListener,
    unused: Range<u16>,
}

impl Block {
    fn take() -> io::Result<Self> {
        let mut rng = rand::rng();
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..TRIES {
            let first = FIRST_PORT + rng.random_range(0..BLOCKS) * BLOCK;
            match bind(first) {
                Ok(sign) => {
                    return Ok(Self {
                        _sign: sign,
                        unused: first + 1..first + BLOCK,
                    });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// One more of them, which no other program has.
    fn port(&mut self) -> io::Result<u16> {
        let free = self.unused.find(|port| bind(*port).is_ok());
        free.ok_or_else(|| io::ErrorKind::AddrInUse.into())
    }
}

fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
}
