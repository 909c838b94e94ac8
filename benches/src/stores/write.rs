//! Files that are written through the worker into the store.

use alluxio_client::{CreateFileOptions, FileSystem};
use alluxio_common::AlluxioPath;
use anyhow::{Result, ensure};
use bytes::Bytes;

use super::cluster::{Cluster, Room};
use super::plain::PlainClient;
use super::proxy::CountingProxy;
use super::turns::Turns;
use super::{MIB, Site};
use crate::data::PIECE;
use crate::report::Target;

/// The length of a file.
const LENGTH: u64 = 256 * MIB;

/// What a plain upload sends at once: what the connector's parts begin with.
const PART: u64 = 8 * MIB;

/// What a network to the store carries, where it is the network that is short: 1 Gbit/s, half of
/// what the store takes on a machine without other work.
const LINK: u64 = 125_000_000;

/// Writes files with THROUGH, in turns with plain uploads.
pub(super) async fn run(site: &Site) -> Result<()> {
    let name = "THROUGH write, of a plain upload";
    measure(site, site.store.port(), name).await
}

/// The same where all share a link to the store that is slower than it, so that nobody is held up
/// by the processors, of which the store has none of its own here.
pub(super) async fn run_behind_link(site: &Site) -> Result<()> {
    let link = CountingProxy::start_slow(site.store.port(), LINK).await?;
    let name = "the same, 1 Gbit/s to the store";
    measure(site, link.port(), name).await
}

/// The store is at this port.
async fn measure(site: &Site, port: u16, name: &str) -> Result<()> {
    let cluster = Cluster::start(site, port, Room::ForAll)?;
    let store = site.store.plain_at(port);
    let client = cluster.client()?;
    let mut turns = Turns::new(site, &cluster.worker, LENGTH);
    for round in 0..site.rounds {
        let file = format!("{port}-{round}");
        let plain = write_plain(&store, &file);
        let ours = Box::pin(write_through(&client, &file));
        turns.round(ours, plain).await?;
        let key = format!("through-{file}");
        let found = site.store.plain().list(&key).await?;
        ensure!(
            found.iter().any(|found| found.length == LENGTH),
            "the store has all of it"
        );
    }
    turns.show(name, Target::AtLeast(0.8));
    cluster.stop()
}

async fn write_plain(store: &PlainClient, file: &str) -> Result<()> {
    let part = Bytes::from(vec![7; usize::try_from(PART)?]);
    let parts = usize::try_from(LENGTH / PART)?;
    let key = format!("plain-{file}");
    store.upload(&key, &part, parts).await
}

async fn write_through(client: &FileSystem, file: &str) -> Result<()> {
    let path = AlluxioPath::parse(&format!("/through-{file}"))?;
    let piece = Bytes::from(vec![7; PIECE]);
    let options = CreateFileOptions::default();
    let mut writer = client.create_file(&path, options).await?;
    for _ in 0..LENGTH / PIECE as u64 {
        writer.write(piece.clone()).await?;
    }
    writer.close().await?;
    Ok(())
}
