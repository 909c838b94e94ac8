//! The rename of a directory: a copy and a deletion of each object.

use std::time::Duration;

use alluxio_common::{Clock, SystemClock};
use anyhow::{Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};

use super::plain::AT_ONCE;
use super::proxy::{CountingProxy, Passed};
use super::{Master, Site};
use crate::metadata::calls;
use crate::report::{self, Target, figure, median};
use crate::usage;

/// What the rounds took.
#[derive(Debug, Default)]
struct Rounds {
    plain: Vec<f64>,
    plain_store: Vec<f64>,
    plain_own: Vec<f64>,
    renamed: Vec<f64>,
    renamed_store: Vec<f64>,
    renamed_master: Vec<f64>,
    ratio: Vec<f64>,
}

fn key(directory: &str, number: usize) -> String {
    format!("{directory}/object-{number:013}")
}

/// Renames a directory there and back, in turns with plain copies of as many objects.
pub(super) async fn run(site: &Site) -> Result<()> {
    let plain = site.store.plain();
    plain.fill(site.renamed, |number| key("r0", number)).await?;
    report::line(&format!(
        "rename: a directory of {} objects; plain: as many copies, {AT_ONCE} at a time, without \
         deletions; {} rounds",
        site.renamed, site.rounds
    ));
    let mut rounds = Rounds::default();
    let master = site.store.master(site.store.port())?;
    for round in 0..site.rounds {
        copy_plain(site, round, &mut rounds).await?;
        rename(site, &master, round, &mut rounds).await?;
        let (renamed, plain) = (rounds.renamed.last(), rounds.plain.last());
        let ratio = renamed.zip(plain).map(|(renamed, plain)| plain / renamed);
        rounds.ratio.extend(ratio);
    }
    master.process.stop()?;
    show(site, rounds);
    let passed = count(site).await?;
    let more = format!(
        "{:.1} on average, {} at most; {} requests for {} copies",
        passed.mean(),
        passed.most(),
        passed.requests,
        passed.copies
    );
    let name = "copies under way during a rename";
    figure(
        name,
        passed.median() as f64,
        "requests, median",
        Target::AtLeast(AT_ONCE as f64),
        &more,
    );
    Ok(())
}

async fn copy_plain(site: &Site, round: u64, rounds: &mut Rounds) -> Result<()> {
    let plain = site.store.plain();
    let clock = SystemClock::new();
    let (store, own) = (site.store.processor_time()?, usage::own_processor_time()?);
    let (from, to) = (format!("r{round}"), format!("p{round}"));
    let copies = (0..site.renamed).map(|number| {
        let (plain, source, target) = (&plain, key(&from, number), key(&to, number));
        async move { plain.copy(&source, &target).await }
    });
    let copies: () = stream::iter(copies)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    rounds.plain.push(clock.monotonic().as_secs_f64());
    let of = |span: Duration| span.as_secs_f64();
    rounds
        .plain_store
        .push(of(site.store.processor_time()? - store));
    rounds
        .plain_own
        .push(of(usage::own_processor_time()? - own));
    Ok(copies)
}

async fn rename(site: &Site, master: &Master, round: u64, rounds: &mut Rounds) -> Result<()> {
    let load = master.caller()?;
    let (from, to) = (format!("/r{round}"), format!("/r{}", round + 1));
    // What the namespace must know first has been measured elsewhere.
    ensure!(
        calls::list(load.clone(), from.clone()).await? == site.renamed,
        "all are there"
    );
    let (store, own) = (
        site.store.processor_time()?,
        master.process.processor_time()?,
    );
    let clock = SystemClock::new();
    calls::rename(load, from, to).await?;
    rounds.renamed.push(clock.monotonic().as_secs_f64());
    let of = |span: Duration| span.as_secs_f64();
    rounds
        .renamed_store
        .push(of(site.store.processor_time()? - store));
    rounds
        .renamed_master
        .push(of(master.process.processor_time()? - own));
    Ok(())
}

fn show(site: &Site, rounds: Rounds) {
    let (plain, renamed) = (median(rounds.plain), median(rounds.renamed));
    let more = format!(
        "{} s, plain copies {} s; CPU-seconds: store {:.2}, master {:.2}, and plain: store {:.2}, \
         client {:.2}",
        report::number(renamed),
        report::number(plain),
        median(rounds.renamed_store),
        median(rounds.renamed_master),
        median(rounds.plain_store),
        median(rounds.plain_own)
    );
    let name = format!("rename of {} objects, of plain copies", site.renamed);
    figure(&name, median(rounds.ratio), "ratio", Target::None, &more);
}

/// The same once more, by way of a proxy that counts.
async fn count(site: &Site) -> Result<Passed> {
    let proxy = CountingProxy::start(site.store.port()).await?;
    let master = site.store.master(proxy.port())?;
    let load = master.caller()?;
    let from = format!("/r{}", site.rounds);
    ensure!(
        calls::list(load.clone(), from.clone()).await? == site.renamed,
        "all are there"
    );
    proxy.take();
    calls::rename(load, from, "/counted".to_owned()).await?;
    let passed = proxy.take();
    master.process.stop()?;
    Ok(passed)
}
