//! Whole files, from the first byte to the last.

use std::time::Duration;

use alluxio_client::FileSystem;
use alluxio_common::{AlluxioPath, Clock, ReadType, SystemClock, Tasks};
use anyhow::{Context, Result, bail};

use super::{From, LENGTH, PIECE, Site, file, gigabytes, machine};
use crate::child::Child;
use crate::report::{Target, figure, median};
use crate::usage;

/// What each round took, on the clock and of processors, for one way of reading.
#[derive(Default)]
struct Series {
    rates: Vec<f64>,
    servers: Vec<f64>,
    clients: Vec<f64>,
}

/// The medians of a series: GB/s, and cores per GB/s at each side.
#[derive(Clone, Copy)]
struct Medians {
    rate: f64,
    server: f64,
    client: f64,
}

impl Series {
    /// Measures one round of reading `bytes` from a server.
    async fn round(
        &mut self,
        server: &Child,
        bytes: u64,
        read: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        let clock = SystemClock::new();
        let (before, own) = (server.processor_time()?, usage::own_processor_time()?);
        let started = clock.monotonic();
        read.await?;
        self.rates
            .push(gigabytes(bytes, clock.monotonic() - started));
        let cores = |used: Duration| used.as_secs_f64() * 1e9 / bytes as f64;
        self.servers.push(cores(server.processor_time()? - before));
        self.clients.push(cores(usage::own_processor_time()? - own));
        Ok(())
    }

    fn medians(self) -> Medians {
        Medians {
            rate: median(self.rates),
            server: median(self.servers),
            client: median(self.clients),
        }
    }
}

/// A client on another host reads `streams` files at once.
///
/// There are two limits to compare with: plain TCP that sends one piece again and again, which stays
/// in the processor's cache, and plain TCP that sends as many different bytes as the files have, from
/// memory, as the worker does.
pub(super) async fn far(site: &Site, streams: u64) -> Result<()> {
    let client = site.client(From::Far)?;
    let bytes = streams * LENGTH;
    let hot_bytes = vec![LENGTH.to_string(); usize::try_from(streams)?];
    let mut files = Vec::new();
    for number in 0..streams {
        let block = site.block_file(&file(number)).await?;
        files.push(block.display().to_string());
    }
    let (mut hot, mut sent, mut ours) = (Series::default(), Series::default(), Series::default());
    read_all(&client, streams).await?;
    receive(site, &files, bytes)?;
    for _ in 0..site.rounds {
        let plain = async { receive(site, &hot_bytes, bytes) };
        hot.round(&site.sender, bytes, plain).await?;
        let plain = async { receive(site, &files, bytes) };
        sent.round(&site.sender, bytes, plain).await?;
        ours.round(&site.worker, bytes, read_all(&client, streams))
            .await?;
    }
    show(streams, ours.medians(), hot.medians(), sent.medians());
    Ok(())
}

fn receive(site: &Site, wanted: &[String], bytes: u64) -> Result<()> {
    let received = machine::receive(&site.sender, wanted)?;
    if received != bytes {
        bail!("{received} bytes came over plain TCP");
    }
    Ok(())
}

fn show(streams: u64, ours: Medians, hot: Medians, sent: Medians) {
    let name = format!("remote read, {streams} streams, of plain TCP");
    let more = format!("{:.2} GB/s, plain TCP {:.2} GB/s", ours.rate, hot.rate);
    let ratio = ours.rate / hot.rate;
    figure(&name, ratio, "ratio", Target::AtLeast(0.8), &more);
    let more = format!("{:.2} GB/s", sent.rate);
    let ratio = ours.rate / sent.rate;
    figure(
        "  of plain TCP from memory",
        ratio,
        "ratio",
        Target::None,
        &more,
    );
    let more = format!(
        "client {:.2}; both sides: {:.2}, plain TCP {:.2}, from memory {:.2}",
        ours.client,
        ours.server + ours.client,
        hot.server + hot.client,
        sent.server + sent.client
    );
    let target = Target::AtMost(0.5);
    figure(
        "  at the worker",
        ours.server,
        "cores per GB/s",
        target,
        &more,
    );
}

async fn read_all(client: &FileSystem, streams: u64) -> Result<()> {
    let (sender, mut results) = tokio::sync::mpsc::channel(usize::try_from(streams)?);
    let tasks = Tasks::new();
    for number in 0..streams {
        let (client, sender) = (client.clone(), sender.clone());
        tasks.spawn("reader", async move {
            // The other side waits for as many answers as there are readers.
            sender
                .send(read_one(&client, &file(number)).await)
                .await
                .ok();
        });
    }
    for _ in 0..streams {
        results.recv().await.context("a reader panicked")??;
    }
    Ok(())
}

async fn read_one(client: &FileSystem, path: &AlluxioPath) -> Result<()> {
    let mut reader = client.open_file(path, Some(ReadType::Cache)).await?;
    let mut total = 0;
    loop {
        let bytes = reader.read(PIECE).await?;
        if bytes.is_empty() {
            break;
        }
        total += bytes.len() as u64;
    }
    if total != LENGTH {
        bail!("{total} bytes of {path}");
    }
    Ok(())
}

/// A client on the worker's host reads one file into its own buffer.
pub(super) async fn near(site: &Site) -> Result<()> {
    let clock = SystemClock::new();
    let client = site.client(From::Near)?;
    let path = file(0);
    let block = site.block_file(&path).await?;
    let (mut plain, mut hot) = (Vec::new(), Vec::new());
    for _ in 0..site.rounds {
        let started = clock.monotonic();
        machine::read_file(&block)?;
        plain.push(gigabytes(LENGTH, clock.monotonic() - started));

        let started = clock.monotonic();
        let mut reader = client.open_file(&path, None).await?;
        let mut buffer = vec![0; PIECE];
        while reader.read_into(&mut buffer).await? > 0 {}
        hot.push(gigabytes(LENGTH, clock.monotonic() - started));
    }
    let (hot, plain) = (median(hot), median(plain));
    let more = format!("{hot:.2} GB/s with its open, the block's file by itself {plain:.2} GB/s");
    figure(
        "local read, of the page cache",
        hot / plain,
        "ratio",
        Target::AtLeast(0.9),
        &more,
    );
    Ok(())
}
