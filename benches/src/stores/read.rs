//! Files of the store that nobody has read before, through the worker.

use alluxio_client::FileSystem;
use alluxio_common::{AlluxioPath, ReadType};
use anyhow::{Result, ensure};
use bytes::Bytes;
use futures::future::try_join_all;

use super::cluster::{Cluster, Room};
use super::plain::PlainClient;
use super::proxy::CountingProxy;
use super::turns::Turns;
use super::{MIB, Site};
use crate::data::PIECE;
use crate::report::{Target, figure};

/// What one round reads, in one or several files.
const TOTAL: u64 = 256 * MIB;

/// What an object is uploaded in.
const PART: u64 = 8 * MIB;

/// What a network to the store carries, where it is the network that is short: 2 Gbit/s.
const LINK: u64 = 250_000_000;

/// Rounds before the first one that counts, which fill the cache.
const FILLING: u64 = 2;

/// Reads `files` cold files at once, in turns with plain requests for the same objects.
pub(super) async fn run(site: &Site, files: u64) -> Result<()> {
    let name = format!("cold read of {files} files, of plain requests");
    measure(site, site.store.port(), files, &name).await
}

/// The same where all share a link to the store that is slower than it, so that nobody is held up
/// by the processors, of which the store has none of its own here.
pub(super) async fn run_behind_link(site: &Site, files: u64) -> Result<()> {
    let link = CountingProxy::start_slow(site.store.port(), LINK).await?;
    let name = format!("the same, {files} files, 2 Gbit/s to the store");
    measure(site, link.port(), files, &name).await
}

/// The store is at this port.
async fn measure(site: &Site, port: u16, files: u64, name: &str) -> Result<()> {
    let cluster = Cluster::start(site, port, Room::ForTwoRounds)?;
    let client = cluster.client()?;
    let mut turns = Turns::new(site, &cluster.worker, TOTAL);
    let direct = site.store.plain();
    let store = site.store.plain_at(port);
    for round in 0..FILLING + site.rounds {
        let keys: Vec<String> = (0..files)
            .map(|number| format!("cold-{port}-{files}-{round}-{number}"))
            .collect();
        upload(&direct, &keys, TOTAL / files).await?;
        if round < FILLING {
            read_cold(&client, &keys).await?;
        } else {
            let plain = read_plain(&store, &keys);
            turns.round(read_cold(&client, &keys), plain).await?;
        }
    }
    turns.show(name, Target::AtLeast(0.85));
    cluster.stop()
}

async fn upload(plain: &PlainClient, keys: &[String], length: u64) -> Result<()> {
    let part = Bytes::from(vec![7; usize::try_from(PART)?]);
    for key in keys {
        let parts = usize::try_from(length / PART)?;
        plain.upload(key, &part, parts).await?;
    }
    Ok(())
}

async fn read_plain(plain: &PlainClient, keys: &[String]) -> Result<()> {
    let read = try_join_all(keys.iter().map(|key| plain.read(key))).await?;
    ensure!(read.iter().sum::<u64>() == TOTAL, "all of it");
    Ok(())
}

async fn read_cold(client: &FileSystem, keys: &[String]) -> Result<()> {
    let read = try_join_all(keys.iter().map(|key| read_one(client, key))).await?;
    ensure!(read.iter().sum::<u64>() == TOTAL, "all of it");
    Ok(())
}

async fn read_one(client: &FileSystem, key: &str) -> Result<u64> {
    let path = AlluxioPath::parse(&format!("/{key}"))?;
    let mut reader = client.open_file(&path, Some(ReadType::Cache)).await?;
    let mut total = 0;
    loop {
        let bytes = reader.read(PIECE).await?;
        if bytes.is_empty() {
            return Ok(total);
        }
        total += bytes.len() as u64;
    }
}

/// Two readers of one cold file at once, and what the store has sent for them.
pub(super) async fn count(site: &Site) -> Result<()> {
    let key = "counted-read".to_owned();
    upload(&site.store.plain(), std::slice::from_ref(&key), TOTAL).await?;
    let proxy = CountingProxy::start(site.store.port()).await?;
    let cluster = Cluster::start(site, proxy.port(), Room::ForAll)?;
    let client = cluster.client()?;
    proxy.take();
    try_join_all([read_one(&client, &key), read_one(&client, &key)]).await?;
    let passed = proxy.take();
    cluster.stop()?;
    let more = format!("{} requests, two readers", passed.requests);
    // What is more than the bytes themselves is heads of answers.
    let times = passed.answered as f64 / TOTAL as f64;
    let name = "bytes from the store for a cold read";
    figure(name, times, "times its length", Target::AtMost(1.01), &more);
    Ok(())
}
