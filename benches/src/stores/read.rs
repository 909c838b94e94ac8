//! Files of the store that nobody has read before, through the worker.

use std::time::Duration;

use alluxio_client::FileSystem;
use alluxio_common::{AlluxioPath, Clock, ReadType, SystemClock};
use anyhow::{Result, ensure};
use bytes::Bytes;
use futures::future::try_join_all;

use super::cluster::Cluster;
use super::proxy::CountingProxy;
use super::{MIB, Site};
use crate::data::{PIECE, gigabytes};
use crate::report::{Target, figure, median};
use crate::usage;

/// What one round reads, in one or several files.
const TOTAL: u64 = 256 * MIB;

/// What an object is uploaded in.
const PART: u64 = 8 * MIB;

/// What the rounds took.
#[derive(Default)]
struct Rounds {
    plain: Vec<f64>,
    cold: Vec<f64>,
    ratio: Vec<f64>,
    plain_cores: Vec<f64>,
    store: Vec<f64>,
    worker: Vec<f64>,
    own: Vec<f64>,
}

/// Reads `files` cold files at once, in turns with plain requests for the same objects.
pub(super) async fn run(site: &Site, files: u64) -> Result<()> {
    let length = TOTAL / files;
    let cluster = Cluster::start(site, site.store.port())?;
    let client = cluster.client()?;
    let mut rounds = Rounds::default();
    for round in 0..site.rounds {
        let keys: Vec<String> = (0..files)
            .map(|number| format!("cold-{files}-{round}-{number}"))
            .collect();
        upload(site, &keys, length).await?;
        // Whoever comes second may find more in the caches of the machine.
        if round % 2 == 0 {
            read_plain(site, &keys, &mut rounds).await?;
            read_cold(site, (&cluster, &client), &keys, &mut rounds).await?;
        } else {
            read_cold(site, (&cluster, &client), &keys, &mut rounds).await?;
            read_plain(site, &keys, &mut rounds).await?;
        }
        let (cold, plain) = (rounds.cold.last(), rounds.plain.last());
        let ratio = cold.zip(plain).map(|(cold, plain)| cold / plain);
        rounds.ratio.extend(ratio);
    }
    cluster.stop()?;
    show(files, rounds);
    Ok(())
}

async fn upload(site: &Site, keys: &[String], length: u64) -> Result<()> {
    let plain = site.store.plain();
    let part = Bytes::from(vec![7; usize::try_from(PART)?]);
    for key in keys {
        let parts = usize::try_from(length / PART)?;
        plain.upload(key, &part, parts).await?;
    }
    Ok(())
}

async fn read_plain(site: &Site, keys: &[String], rounds: &mut Rounds) -> Result<()> {
    let plain = site.store.plain();
    let (store, own) = (site.store.processor_time()?, usage::own_processor_time()?);
    let clock = SystemClock::new();
    let read = try_join_all(keys.iter().map(|key| plain.read(key))).await?;
    rounds.plain.push(gigabytes(TOTAL, clock.monotonic()));
    ensure!(read.iter().sum::<u64>() == TOTAL, "all of it");
    let used = site.store.processor_time()? - store + usage::own_processor_time()? - own;
    rounds.plain_cores.push(cores(used));
    Ok(())
}

async fn read_cold(
    site: &Site,
    (cluster, client): (&Cluster, &FileSystem),
    keys: &[String],
    rounds: &mut Rounds,
) -> Result<()> {
    let worker = cluster.worker.processor_time()?;
    let (store, own) = (site.store.processor_time()?, usage::own_processor_time()?);
    let clock = SystemClock::new();
    let read = try_join_all(keys.iter().map(|key| read_one(client, key))).await?;
    rounds.cold.push(gigabytes(TOTAL, clock.monotonic()));
    ensure!(read.iter().sum::<u64>() == TOTAL, "all of it");
    rounds
        .worker
        .push(cores(cluster.worker.processor_time()? - worker));
    rounds
        .store
        .push(cores(site.store.processor_time()? - store));
    rounds.own.push(cores(usage::own_processor_time()? - own));
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

fn cores(used: Duration) -> f64 {
    used.as_secs_f64() * 1e9 / TOTAL as f64
}

fn show(files: u64, rounds: Rounds) {
    let more = format!(
        "{:.2} GB/s, plain {:.2} GB/s; cores per GB/s: store {:.2}, worker {:.2}, client {:.2}; \
         plain, both {:.2}",
        median(rounds.cold),
        median(rounds.plain),
        median(rounds.store),
        median(rounds.worker),
        median(rounds.own),
        median(rounds.plain_cores)
    );
    let name = format!("cold read of {files} files, of plain requests");
    let ratio = median(rounds.ratio);
    figure(&name, ratio, "ratio", Target::AtLeast(0.85), &more);
}

/// Two readers of one cold file at once, and what the store has sent for them.
pub(super) async fn count(site: &Site) -> Result<()> {
    let key = "counted-read".to_owned();
    upload(site, std::slice::from_ref(&key), TOTAL).await?;
    let proxy = CountingProxy::start(site.store.port()).await?;
    let cluster = Cluster::start(site, proxy.port())?;
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
