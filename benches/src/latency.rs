//! How long a status takes while the master is busy with something large.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use alluxio_common::{Clock, SystemClock};
use alluxio_rpc::ServerAddress;
use anyhow::{Context, Result};

use crate::arguments::Arguments;
use crate::load::{Load, USER};
use crate::metadata::calls::{self, OpenTo, Purpose};
use crate::metadata::{create_directories, file_of, prepare, start_master};
use crate::report::{self, Target, figure, percentile};

pub(crate) const ABOUT: &str =
    "p50 and p99 of a status under load (--large: entries of the large directory)";

/// Between two statuses: a client with a steady rate, which does not wait for a slow master.
const PERIOD: Duration = Duration::from_millis(2);

/// How many files are created while it is asked.
const CREATED: usize = 100_000;

/// The file that is asked for.
const PROBED: &str = "/bench/probed";

/// Runs the workload.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let master = start_master(folder.path())?;
    let large = arguments.count("large", 200_000);
    let callers = arguments.count("callers", 64);
    report::heading("latency");
    report::line(&format!(
        "one status every {PERIOD:?} from a thread and connection of its own, counted from when it \
         was due; creates by {callers} callers; a directory of {large} files"
    ));
    let address = master.address()?;
    let load = Load::new(address.clone(), USER, callers);
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        prepare(&master, &load).await?;
        calls::create_empty(load.clone(), PROBED.to_owned()).await?;

        let prober = Prober::start(address.clone());
        tokio::time::sleep(Duration::from_secs(2)).await;
        prober.show("status, idle master", Target::None)?;

        create_directories(&load, "/bench/c", CREATED).await?;
        let prober = Prober::start(address.clone());
        load.run(CREATED, |load, n| {
            calls::create_empty(load, file_of("/bench/c", n))
        })
        .await?;
        prober.show("status, full load of creates", Target::AtMost(10.0))?;

        let directory = "/bench/large";
        calls::create_directory(load.clone(), directory.to_owned(), OpenTo::Owner).await?;
        load.run(large, move |load, n| {
            calls::create_empty(load, format!("{directory}/file-{n:015}"))
        })
        .await?;
        let clock = SystemClock::new();
        let prober = Prober::start(address.clone());
        let listed = calls::list(load.clone(), directory.to_owned()).await?;
        let took = clock.monotonic();
        prober.show("status, large directory listed", Target::AtMost(20.0))?;
        report::line(&format!("  listing {listed} entries took {took:.2?}"));

        let clock = SystemClock::new();
        let prober = Prober::start(address.clone());
        calls::delete(load.clone(), directory.to_owned()).await?;
        let took = clock.monotonic();
        // What was deleted is freed afterwards, in small steps.
        tokio::time::sleep(Duration::from_secs(2)).await;
        prober.show("status, large directory deleted", Target::AtMost(20.0))?;
        report::line(&format!("  the delete was answered after {took:.2?}"));
        anyhow::Ok(())
    })?;
    master.stop()
}

/// Asks for a status again and again, on a thread of its own.
struct Prober {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<Duration>>>,
}

impl Prober {
    fn start(address: ServerAddress) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        Self {
            thread: std::thread::spawn(move || probe(address, &stopped)),
            stop,
        }
    }

    fn show(self, name: &str, target: Target) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        let joined = self.thread.join();
        let mut latencies = joined.map_err(|_panic| anyhow::anyhow!("the prober panicked"))??;
        latencies.sort();
        let more = format!(
            "p50 {:.2} ms, longest {:.2} ms, {} statuses",
            percentile(&latencies, 50.0),
            percentile(&latencies, 100.0),
            latencies.len()
        );
        figure(
            name,
            percentile(&latencies, 99.0),
            "ms at p99",
            target,
            &more,
        );
        Ok(())
    }
}

fn probe(address: ServerAddress, stopped: &AtomicBool) -> Result<Vec<Duration>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let load = Load::new(address, USER, 1);
    runtime
        .block_on(load.channel().open())
        .context("the prober connects")?;
    let clock = SystemClock::new();
    let mut latencies = Vec::new();
    let mut due = clock.monotonic();
    while !stopped.load(Ordering::Relaxed) {
        due += PERIOD;
        if let Some(early) = due.checked_sub(clock.monotonic()) {
            std::thread::sleep(early);
        }
        let status = calls::get_status(load.clone(), PROBED.to_owned(), Purpose::Look);
        runtime.block_on(status)?;
        latencies.push(clock.monotonic() - due);
    }
    Ok(latencies)
}
