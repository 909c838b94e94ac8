//! Whole files, from the first byte to the last.

use alluxio_client::FileSystem;
use alluxio_common::{AlluxioPath, Clock, ReadType, SystemClock, Tasks};
use anyhow::{Context, Result, bail};

use super::{From, LENGTH, PIECE, Site, file, gigabytes, machine};
use crate::report::{Target, figure, median};
use crate::usage;

/// A client on another host reads `streams` files at once.
pub(super) async fn far(site: &Site, streams: u64) -> Result<()> {
    let clock = SystemClock::new();
    let client = site.client(From::Far)?;
    let bytes = streams * LENGTH;
    let (mut plain, mut plain_cores) = (Vec::new(), Vec::new());
    let (mut hot, mut cores, mut client_cores) = (Vec::new(), Vec::new(), Vec::new());
    read_all(&client, streams).await?;
    for _ in 0..site.rounds {
        let (before, own) = (site.sender.processor_time()?, usage::own_processor_time()?);
        let started = clock.monotonic();
        machine::receive(&site.sender, streams)?;
        plain.push(gigabytes(bytes, clock.monotonic() - started));
        let used = site.sender.processor_time()? - before + usage::own_processor_time()? - own;
        plain_cores.push(used.as_secs_f64() * 1e9 / bytes as f64);

        let (before, own) = (site.worker.processor_time()?, usage::own_processor_time()?);
        let started = clock.monotonic();
        read_all(&client, streams).await?;
        hot.push(gigabytes(bytes, clock.monotonic() - started));
        let used = site.worker.processor_time()? - before;
        cores.push(used.as_secs_f64() * 1e9 / bytes as f64);
        let used = usage::own_processor_time()? - own;
        client_cores.push(used.as_secs_f64() * 1e9 / bytes as f64);
    }
    let (hot, plain) = (median(hot), median(plain));
    let name = format!("remote read, {streams} streams, of plain TCP");
    let more = format!("{hot:.2} GB/s, plain TCP {plain:.2} GB/s");
    figure(&name, hot / plain, "ratio", Target::AtLeast(0.8), &more);
    let (cores, client_cores) = (median(cores), median(client_cores));
    let more = format!(
        "client {client_cores:.2}; both sides of plain TCP together {:.2}",
        median(plain_cores)
    );
    figure(
        "  at the worker",
        cores,
        "cores per GB/s",
        Target::AtMost(0.5),
        &more,
    );
    Ok(())
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
