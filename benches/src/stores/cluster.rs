//! [`Cluster`]: a master and a worker over the bucket.

use alluxio_client::{ClientConf, FileSystem};
use alluxio_common::{ByteSize, WriteType};
use anyhow::Result;

use super::minio::{Master, properties};
use super::{MIB, Site};
use crate::child::Child;
use crate::data::{self, HOST};
use crate::serve;

/// What the worker may keep in memory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Room {
    /// All that one of the measurements moves.
    ForAll,
    /// Two rounds of it: the cache is full from then on, as caches are, and each new block takes the
    /// place of an old one.
    ForTwoRounds,
}

impl Room {
    fn property(self) -> &'static str {
        match self {
            Self::ForAll => "alluxio.worker.ramdisk.size=2GB",
            Self::ForTwoRounds => "alluxio.worker.ramdisk.size=512MB",
        }
    }
}

/// A cluster whose memory is empty.
pub(super) struct Cluster {
    pub(super) master: Master,
    pub(super) worker: Child,
    _tier: tempfile::TempDir,
}

impl Cluster {
    /// A cluster that reaches the store at this port.
    pub(super) fn start(site: &Site, port: u16, room: Room) -> Result<Self> {
        let tier = tempfile::tempdir_in(site.tier.folder())?;
        let master = site.store.master(port)?;
        let folder = tier.path().display().to_string();
        let address = master.process.address()?.to_string();
        let store = properties(port);
        let mut words = vec![folder.as_str(), &address, room.property()];
        words.extend(store.iter().map(String::as_str));
        Ok(Self {
            worker: Child::start(serve::WORKER, &words)?,
            master,
            _tier: tier,
        })
    }

    /// A client on the worker's host, whose files go through to the store.
    pub(super) fn client(&self) -> Result<FileSystem> {
        let conf = ClientConf {
            write_type: WriteType::Through,
            block_size: ByteSize::from_bytes(64 * MIB),
            ..ClientConf::new(data::user()?, HOST)
        };
        data::client(&self.master.process, conf)
    }

    pub(super) fn stop(self) -> Result<()> {
        self.worker.stop()?;
        self.master.process.stop()
    }
}
