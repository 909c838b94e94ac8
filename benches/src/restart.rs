//! How soon a master serves again: from a checkpoint, and from the log alone.

use anyhow::Result;

use crate::arguments::Arguments;
use crate::fill;
use crate::metadata::start_master;
use crate::report::{self, Target, figure, median};

pub(crate) const ABOUT: &str =
    "files and entries per second of a restart (--restart-files, --rounds)";

/// Seconds until a master serves, and of its processor time.
#[derive(Debug, Default)]
struct Starts {
    clock: Vec<f64>,
    inside: Vec<f64>,
    processor: Vec<f64>,
}

/// Runs the workload.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let files = arguments.number("restart-files", 1_000_000);
    let rounds = arguments.number("rounds", 5);
    report::heading("restart");
    report::line(&format!(
        "a journal of {files} files, {} entries each; {rounds} starts of a process",
        fill::ENTRIES_PER_FILE
    ));
    let folder = tempfile::tempdir()?;
    start_master(folder.path())?.stop()?;
    fill::journal(folder.path(), files)?;

    let log = starts(folder.path(), rounds)?;
    let entries = files * fill::ENTRIES_PER_FILE;
    show(
        "from the log, entries",
        entries,
        &log,
        Target::AtLeast(500_000.0),
    );
    let mut master = start_master(folder.path())?;
    master.ask("checkpoint")?;
    master.stop()?;
    let checkpoint = starts(folder.path(), rounds)?;
    show(
        "from a checkpoint, files",
        files,
        &checkpoint,
        Target::AtLeast(1_000_000.0),
    );
    Ok(())
}

fn starts(folder: &std::path::Path, rounds: u64) -> Result<Starts> {
    let mut starts = Starts::default();
    for _ in 0..rounds {
        let mut master = start_master(folder)?;
        starts.clock.push(master.started_in().as_secs_f64());
        starts
            .processor
            .push(master.processor_time()?.as_secs_f64());
        starts.inside.push(master.ask("start")?.parse()?);
        master.stop()?;
    }
    Ok(starts)
}

fn show(name: &str, count: u64, starts: &Starts, target: Target) {
    let seconds = median(starts.clock.clone());
    let more = format!(
        "{seconds:.2} s until it serves, {:.2} s of them reading, {:.2} CPU-seconds",
        median(starts.inside.clone()),
        median(starts.processor.clone())
    );
    figure(name, count as f64 / seconds, "per second", target, &more);
}
