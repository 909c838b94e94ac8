//! The listing of a large directory that nobody has listed before, and of the same one again.

use std::time::Duration;

use alluxio_common::{Clock, SystemClock};
use anyhow::{Result, ensure};

use super::proxy::CountingProxy;
use super::{Master, Site, seconds};
use crate::metadata::calls;
use crate::report::{self, Target, figure, median};
use crate::usage;

const DIRECTORY: &str = "listed";

/// What the rounds took.
#[derive(Debug, Default)]
struct Rounds {
    plain: Vec<f64>,
    plain_store: Vec<f64>,
    plain_own: Vec<f64>,
    first: Vec<f64>,
    first_store: Vec<f64>,
    first_master: Vec<f64>,
    second: Vec<f64>,
    ratio: Vec<f64>,
}

/// Lists through a master that has just started, in turns with plain requests.
pub(super) async fn run(site: &Site) -> Result<()> {
    let clock = SystemClock::new();
    let store = &site.store;
    let plain = store.plain();
    let key = |number| format!("{DIRECTORY}/object-{number:013}");
    plain.fill(site.objects, key).await?;
    report::line(&format!(
        "listing: a directory of {} objects, written in {} s; {} rounds of a master that has just \
         started, the plain requests before or after it",
        site.objects,
        seconds(clock.monotonic()),
        site.rounds
    ));
    let mut rounds = Rounds::default();
    for round in 0..site.rounds {
        let master = store.master(store.port())?;
        // Whoever comes second may find more in the caches of the machine.
        if round % 2 == 0 {
            list_plain(site, &mut rounds).await?;
            list_through(site, &master, &mut rounds).await?;
        } else {
            list_through(site, &master, &mut rounds).await?;
            list_plain(site, &mut rounds).await?;
        }
        let (first, plain) = (rounds.first.last(), rounds.plain.last());
        rounds
            .ratio
            .extend(first.zip(plain).map(|(first, plain)| plain / first));
        master.process.stop()?;
    }
    show(site, rounds);
    count(site).await
}

async fn list_plain(site: &Site, rounds: &mut Rounds) -> Result<()> {
    let clock = SystemClock::new();
    let (store, own) = (site.store.processor_time()?, usage::own_processor_time()?);
    let listed = site.store.plain().list(&format!("{DIRECTORY}/")).await?;
    rounds.plain.push(clock.monotonic().as_secs_f64());
    let of = |span: Duration| span.as_secs_f64();
    rounds
        .plain_store
        .push(of(site.store.processor_time()? - store));
    rounds
        .plain_own
        .push(of(usage::own_processor_time()? - own));
    let small = listed
        .iter()
        .filter(|object| object.length > 0 && !object.key.is_empty());
    ensure!(small.count() == site.objects, "the plain listing is short");
    Ok(())
}

async fn list_through(site: &Site, master: &Master, rounds: &mut Rounds) -> Result<()> {
    let load = master.caller()?;
    // The channel and the connection to the store are there before the clock runs.
    calls::list(load.clone(), "/".to_owned()).await?;
    let (store, own) = (
        site.store.processor_time()?,
        master.process.processor_time()?,
    );
    let clock = SystemClock::new();
    let entries = calls::list(load.clone(), format!("/{DIRECTORY}")).await?;
    rounds.first.push(clock.monotonic().as_secs_f64());
    let of = |span: Duration| span.as_secs_f64();
    rounds
        .first_store
        .push(of(site.store.processor_time()? - store));
    rounds
        .first_master
        .push(of(master.process.processor_time()? - own));
    ensure!(entries == site.objects, "{entries} entries");
    let clock = SystemClock::new();
    let entries = calls::list(load, format!("/{DIRECTORY}")).await?;
    rounds.second.push(clock.monotonic().as_secs_f64());
    ensure!(entries == site.objects, "{entries} entries");
    Ok(())
}

fn show(site: &Site, rounds: Rounds) {
    let per_second = |seconds: f64| report::number(site.objects as f64 / seconds);
    let (plain, first) = (median(rounds.plain), median(rounds.first));
    let more = format!(
        "{} of {} objects/s; CPU-seconds: store {:.2}, master {:.2}, and plain: store {:.2}, \
         client {:.2}",
        per_second(first),
        per_second(plain),
        median(rounds.first_store),
        median(rounds.first_master),
        median(rounds.plain_store),
        median(rounds.plain_own)
    );
    let name = "first listing, of plain paging";
    figure(
        name,
        median(rounds.ratio),
        "ratio",
        Target::AtLeast(0.7),
        &more,
    );
    let second = median(rounds.second);
    let more = format!("{} entries/s", per_second(second));
    figure(
        "second listing, of the first",
        second / first,
        "ratio",
        Target::None,
        &more,
    );
}

/// What both listings ask of the store.
async fn count(site: &Site) -> Result<()> {
    let proxy = CountingProxy::start(site.store.port()).await?;
    let master = site.store.master(proxy.port())?;
    let load = master.caller()?;
    proxy.take();
    calls::list(load.clone(), format!("/{DIRECTORY}")).await?;
    let first = proxy.take().requests;
    calls::list(load, format!("/{DIRECTORY}")).await?;
    let second = proxy.take().requests;
    let pages = site.objects.div_ceil(1_000);
    let more = format!("{pages} pages");
    figure(
        "  requests of the first",
        first as f64,
        "requests",
        Target::None,
        &more,
    );
    figure(
        "  requests of the second",
        second as f64,
        "requests",
        Target::AtMost(0.0),
        "",
    );
    master.process.stop()
}
