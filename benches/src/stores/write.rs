//! Files that are written through the worker into the store.

use std::time::Duration;

use alluxio_client::{CreateFileOptions, FileSystem};
use alluxio_common::{AlluxioPath, Clock, SystemClock};
use anyhow::{Result, ensure};
use bytes::Bytes;

use super::cluster::Cluster;
use super::{MIB, Site};
use crate::data::{PIECE, gigabytes};
use crate::report::{Target, figure, median};
use crate::usage;

/// The length of a file.
const LENGTH: u64 = 256 * MIB;

/// What a plain upload sends at once: what the connector's parts begin with.
const PART: u64 = 8 * MIB;

/// What the rounds took.
#[derive(Default)]
struct Rounds {
    plain: Vec<f64>,
    through: Vec<f64>,
    ratio: Vec<f64>,
    plain_cores: Vec<f64>,
    store: Vec<f64>,
    worker: Vec<f64>,
    own: Vec<f64>,
}

/// Writes files with THROUGH, in turns with plain uploads.
pub(super) async fn run(site: &Site) -> Result<()> {
    let cluster = Cluster::start(site, site.store.port())?;
    let client = cluster.client()?;
    let mut rounds = Rounds::default();
    for round in 0..site.rounds {
        if round % 2 == 0 {
            write_plain(site, round, &mut rounds).await?;
            write_through(site, (&cluster, &client), round, &mut rounds).await?;
        } else {
            write_through(site, (&cluster, &client), round, &mut rounds).await?;
            write_plain(site, round, &mut rounds).await?;
        }
        let (through, plain) = (rounds.through.last(), rounds.plain.last());
        let ratio = through.zip(plain).map(|(through, plain)| through / plain);
        rounds.ratio.extend(ratio);
    }
    cluster.stop()?;
    show(rounds);
    Ok(())
}

async fn write_plain(site: &Site, round: u64, rounds: &mut Rounds) -> Result<()> {
    let plain = site.store.plain();
    let part = Bytes::from(vec![7; usize::try_from(PART)?]);
    let (store, own) = (site.store.processor_time()?, usage::own_processor_time()?);
    let clock = SystemClock::new();
    let parts = usize::try_from(LENGTH / PART)?;
    plain
        .upload(&format!("plain-{round}"), &part, parts)
        .await?;
    rounds.plain.push(gigabytes(LENGTH, clock.monotonic()));
    let used = site.store.processor_time()? - store + usage::own_processor_time()? - own;
    rounds.plain_cores.push(cores(used));
    Ok(())
}

async fn write_through(
    site: &Site,
    (cluster, client): (&Cluster, &FileSystem),
    round: u64,
    rounds: &mut Rounds,
) -> Result<()> {
    let path = AlluxioPath::parse(&format!("/through-{round}"))?;
    let piece = Bytes::from(vec![7; PIECE]);
    let worker = cluster.worker.processor_time()?;
    let (store, own) = (site.store.processor_time()?, usage::own_processor_time()?);
    let clock = SystemClock::new();
    let options = CreateFileOptions::default();
    let mut writer = client.create_file(&path, options).await?;
    for _ in 0..LENGTH / PIECE as u64 {
        writer.write(piece.clone()).await?;
    }
    writer.close().await?;
    rounds.through.push(gigabytes(LENGTH, clock.monotonic()));
    rounds
        .worker
        .push(cores(cluster.worker.processor_time()? - worker));
    rounds
        .store
        .push(cores(site.store.processor_time()? - store));
    rounds.own.push(cores(usage::own_processor_time()? - own));
    let key = format!("through-{round}");
    let found = site.store.plain().list(&key).await?;
    ensure!(
        found.iter().any(|found| found.length == LENGTH),
        "the store has all of it"
    );
    Ok(())
}

fn cores(used: Duration) -> f64 {
    used.as_secs_f64() * 1e9 / LENGTH as f64
}

fn show(rounds: Rounds) {
    let more = format!(
        "{:.2} GB/s, plain {:.2} GB/s; cores per GB/s: store {:.2}, worker {:.2}, client {:.2}; \
         plain, both {:.2}",
        median(rounds.through),
        median(rounds.plain),
        median(rounds.store),
        median(rounds.worker),
        median(rounds.own),
        median(rounds.plain_cores)
    );
    let name = "THROUGH write, of a plain upload";
    let ratio = median(rounds.ratio);
    figure(name, ratio, "ratio", Target::AtLeast(0.8), &more);
}
