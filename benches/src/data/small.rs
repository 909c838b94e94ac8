//! Positioned reads of 4 KiB, one after the other, as of a columnar file.

use std::collections::BTreeSet;
use std::os::unix::fs::FileExt;

use alluxio_common::{Clock, SystemClock};
use anyhow::Result;

use super::{From, LENGTH, Site, file};
use crate::report::{Target, figure};
use crate::usage;

const SIZE: usize = 4096;
const NEAR_READS: u64 = 300_000;
const FAR_READS: u64 = 20_000;

/// On the worker's host; beside reads of the block's file by itself.
pub(super) async fn near(site: &Site) -> Result<()> {
    let clock = SystemClock::new();
    let path = file(0);
    let plain = std::fs::File::open(site.block_file(&path).await?)?;
    let mut buffer = vec![0; SIZE];
    let started = clock.monotonic();
    for number in 0..NEAR_READS {
        plain.read_exact_at(&mut buffer, position(number))?;
    }
    let plain = NEAR_READS as f64 / (clock.monotonic() - started).as_secs_f64();
    let reads = measure(site, From::Near, NEAR_READS).await?;
    let more = format!("pread of the block's file {plain:.0}/s; {}", reads.more);
    figure(
        "local positioned read, 4 KiB",
        reads.rate,
        "per second",
        Target::None,
        &more,
    );
    figure(
        "  opened meanwhile",
        reads.opened,
        "files, connections",
        Target::AtMost(0.0),
        "",
    );
    Ok(())
}

/// On another host.
pub(super) async fn far(site: &Site) -> Result<()> {
    let reads = measure(site, From::Far, FAR_READS).await?;
    figure(
        "remote positioned read, 4 KiB",
        reads.rate,
        "per second",
        Target::None,
        &reads.more,
    );
    figure(
        "  opened meanwhile",
        reads.opened,
        "files, connections",
        Target::AtMost(0.0),
        "",
    );
    Ok(())
}

struct Reads {
    rate: f64,
    opened: f64,
    more: String,
}

async fn measure(site: &Site, from: From, count: u64) -> Result<Reads> {
    let clock = SystemClock::new();
    let mut reader = site.client(from)?.open_file(&file(0), None).await?;
    // The first ones open what the others use: the block's file, or connections in turn.
    for number in 0..16 {
        reader.read_at(position(number), SIZE).await?;
    }
    let before = open_now(site)?;
    let (worker, own) = (site.worker.processor_time()?, usage::own_processor_time()?);
    let started = clock.monotonic();
    for number in 0..count {
        let bytes = reader.read_at(position(number), SIZE).await?;
        debug_assert_eq!(bytes.len(), SIZE);
    }
    let elapsed = clock.monotonic() - started;
    let micros = |span: std::time::Duration| span.as_secs_f64() * 1e6 / count as f64;
    Ok(Reads {
        rate: count as f64 / elapsed.as_secs_f64(),
        opened: open_now(site)?.difference(&before).count() as f64,
        more: format!(
            "{:.2} us each, processor time of the worker {:.2} us, of the client {:.2} us",
            micros(elapsed),
            micros(site.worker.processor_time()? - worker),
            micros(usage::own_processor_time()? - own)
        ),
    })
}

/// Which files and sockets both sides have open. A socket that was closed and opened again has
/// another number.
fn open_now(site: &Site) -> Result<BTreeSet<String>> {
    let mut names = usage::open_files(std::process::id())?;
    names.append(&mut site.worker.open_files()?);
    Ok(names)
}

/// Spread over the file, at multiples of the size.
fn position(number: u64) -> u64 {
    number.wrapping_mul(7_368_787) % (LENGTH / SIZE as u64) * SIZE as u64
}
