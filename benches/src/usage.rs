//! What processes use: processor time, memory, open files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use alluxio_common::{Clock, SystemClock};
use anyhow::{Context, Result};
use nix::sys::resource::{UsageWho, getrusage};

/// The kernel counts the time of other processes in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// The size of a page of memory.
const PAGE: u64 = 4096;

/// How often the disk is synced to learn what that takes.
const SYNCS: usize = 200;

/// User and system time of a process so far.
pub(crate) fn processor_time(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the program may hold anything, so count behind its parenthesis.
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let mut ticks = 0;
    for field in behind.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<u32>().context("a number of ticks")?;
    }
    Ok(TICK * ticks)
}

/// User and system time of this process so far.
pub(crate) fn own_processor_time() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let of = |time: nix::sys::time::TimeVal| {
        let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
        Duration::from_micros(micros.unsigned_abs())
    };
    Ok(of(usage.user_time()) + of(usage.system_time()))
}

/// Bytes of a process that are in memory.
pub(crate) fn resident(pid: u32) -> Result<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm"))?;
    let pages = statm.split(' ').nth(1).context("the resident pages")?;
    Ok(pages.parse::<u64>()? * PAGE)
}

/// The files and sockets that a process has open: their paths, or their numbers.
pub(crate) fn open_files(pid: u32) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd"))? {
        // What was closed since, such as this very directory, is not open.
        if let Ok(name) = fs::read_link(entry?.path()) {
            names.insert(name.display().to_string());
        }
    }
    Ok(names)
}

/// What one small synced append to a file in `folder` takes: the least that a durable reply costs
/// on this disk.
pub(crate) fn sync_time(folder: &Path) -> Result<Duration> {
    use std::io::Write;
    let clock = SystemClock::new();
    let path = folder.join("sync-time");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let started = clock.monotonic();
        file.write_all(&[7; 512])?;
        file.sync_data()?;
        times.push(clock.monotonic() - started);
    }
    fs::remove_file(&path)?;
    times.sort();
    Ok(times[SYNCS / 2])
}
