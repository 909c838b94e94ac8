//! How fast file data moves, beside what the machine does without Alluxio.
//!
//! **Owns** a master, a worker whose blocks are in memory, and clients that count as near or far.
//! **Must never know** how data travels: the clients are those of every program.
//! **Start reading** at [`run`], then [`read`] and [`write`].

mod machine;
mod read;
mod small;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use alluxio_client::{
    ClientConf, ClientNetwork, Connector, CreateFileOptions, FileSystem, ShortCircuit,
};
use alluxio_common::{AlluxioPath, ByteSize, SystemClock, Tasks, WriteType};
use alluxio_rpc::{Login, RetryPolicy, SingleMaster};
use anyhow::{Context, Result};
use bytes::Bytes;
use rand::Rng;

use crate::arguments::Arguments;
use crate::child::Child;
use crate::metadata::start_master;
use crate::{report, serve};

pub(crate) const ABOUT: &str = "reads and writes of blocks in memory (--rounds, --only PART)";

/// The length of each file, which is one block.
const LENGTH: u64 = 256 << 20;

/// As many files as there are streams at most.
const FILES: u64 = 8;

/// What one read or write moves at most.
pub(crate) const PIECE: usize = 1 << 20;

/// The host that all servers are on.
pub(crate) const HOST: &str = "127.0.0.1";

/// The memory file system.
pub(crate) const MEMORY: &str = "/dev/shm";

/// A cluster, and what is needed to use it.
struct Site {
    master: Child,
    worker: Child,
    sender: Child,
    /// The folder of the worker's memory tier.
    tier: tempfile::TempDir,
    rounds: u64,
    _journal: tempfile::TempDir,
}

/// Where a client stands.
#[derive(Debug, Clone, Copy)]
enum From {
    /// On the worker's host: it opens block files.
    Near,
    /// On another host: everything goes over the wire.
    Far,
}

/// Runs the workload.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    report::heading("data");
    alluxio_rpc::keep_buffers();
    report::line(&format!(
        "{FILES} files of {} MiB, one block each, in memory; pieces of {} KiB; no checksums on the \
         wire; nothing is synced",
        LENGTH >> 20,
        PIECE >> 10
    ));
    let site = Site::start(arguments)?;
    let wants = |part: &str| {
        arguments
            .text("only")
            .is_none_or(|only| part.contains(only))
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .event_interval(alluxio_rpc::DATA_EVENT_INTERVAL)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let near = site.client(From::Near)?;
        for number in 0..FILES {
            write_file(&near, &file(number)).await?;
        }
        if wants("remote read") {
            read::far(&site, 1).await?;
            read::far(&site, FILES).await?;
        }
        if wants("local read") {
            read::near(&site).await?;
        }
        if wants("positioned read") {
            small::near(&site).await?;
            small::far(&site).await?;
        }
        if wants("write") {
            write::run(&site, From::Near).await?;
            write::run(&site, From::Far).await?;
        }
        anyhow::Ok(())
    })?;
    site.worker.stop()?;
    site.sender.stop()?;
    site.master.stop()
}

impl Site {
    fn start(arguments: &Arguments) -> Result<Self> {
        let journal = tempfile::tempdir()?;
        let tier = tempfile::tempdir_in(MEMORY)?;
        let master = start_master(journal.path())?;
        let folder = tier.path().display().to_string();
        let address = master.address()?.to_string();
        let size = "alluxio.worker.ramdisk.size=6GB";
        Ok(Self {
            worker: Child::start(serve::WORKER, &[&folder, &address, size])?,
            sender: Child::start(serve::SENDER, &[])?,
            master,
            tier,
            rounds: arguments.number("rounds", 5),
            _journal: journal,
        })
    }

    fn client(&self, from: From) -> Result<FileSystem> {
        let (hostname, short_circuit) = match from {
            From::Near => (HOST, ShortCircuit::Enabled),
            From::Far => ("elsewhere", ShortCircuit::Disabled),
        };
        let conf = ClientConf {
            write_type: WriteType::MustCache,
            short_circuit,
            block_size: ByteSize::from_bytes(LENGTH),
            reserved_bytes: ByteSize::from_bytes(LENGTH),
            ..ClientConf::new(user()?, hostname)
        };
        client(&self.master, conf)
    }

    /// The file of the block of a file, below the worker's folder.
    async fn block_file(&self, path: &AlluxioPath) -> Result<PathBuf> {
        let status = self.client(From::Far)?.get_status(path).await?;
        let block = status.blocks.first().context("it has a block")?.info.id;
        Ok(self
            .tier
            .path()
            .join("alluxioworker")
            .join(block.raw().to_string()))
    }
}

/// A client of a master, with connections of its own.
pub(crate) fn client(master: &Child, conf: ClientConf) -> Result<FileSystem> {
    let master = Arc::new(SingleMaster(master.address()?));
    let network = ClientNetwork {
        conf: alluxio_rpc::ClientConf::default(),
        login: Login::simple(user()?),
        master: Arc::<SingleMaster>::clone(&master),
        job_master: master,
        retry: RetryPolicy::default(),
    };
    let clock = SystemClock::shared();
    // Two clients with the same seed would give two operations the same id.
    let (seed, other_seed) = rand::rng().random();
    let connector = Connector::new(network, Arc::clone(&clock), Tasks::new(), seed);
    Ok(FileSystem::new(conf, connector, clock, other_seed))
}

/// Who runs this, and so may do everything.
pub(crate) fn user() -> Result<String> {
    use alluxio_common::conf::{Conf, Machine};
    let conf = Conf::of(Machine::detect(), &[])?;
    Ok(alluxio_common::user::login_user(&conf))
}

fn file(number: u64) -> AlluxioPath {
    AlluxioPath::parse(&format!("/data-{number}")).expect("it is a path")
}

async fn write_file(client: &FileSystem, path: &AlluxioPath) -> Result<()> {
    let mut writer = client
        .create_file(path, CreateFileOptions::default())
        .await?;
    let piece = Bytes::from(vec![7; PIECE]);
    for _ in 0..LENGTH / PIECE as u64 {
        writer.write(piece.clone()).await?;
    }
    writer.close().await?;
    Ok(())
}

/// 10^9 bytes in a second.
pub(crate) fn gigabytes(bytes: u64, elapsed: std::time::Duration) -> f64 {
    bytes as f64 / 1e9 / elapsed.as_secs_f64()
}
