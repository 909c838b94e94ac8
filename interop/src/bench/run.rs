//! [`compare_speed`]: starts both clusters, runs everything in turns, and prints the tables.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cluster::{Cluster, Kind};
use crate::java::{PeerSet, jvm_with, version};
use crate::plan::Plan;
use crate::runner::Runner;
use crate::server::Server;

use super::better::Better;
use super::console::{print, progress};
use super::figures::Sample;
use super::form::{Form, Part, Scale};
use super::pair::Pair;
use super::process;
use super::restart;
use super::side::Side;
use super::step::Step;
use super::stopwatch::Stopwatch;
use super::table::{Fact, Report};

/// The program that runs the benchmarks.
const CLIENT: &str = "interop.StressBenches";

/// How much of the machine's memory a JVM may have as its heap, in parts of it.
const MASTER_PART: u32 = 3;
const WORKER_PART: u32 = 6;
const CLIENT_PART: u32 = 12;

/// What a cluster has by default, where those of the other tests have something else.
const SETTINGS: [(&str, &str); 6] = [
    ("alluxio.user.block.size.bytes.default", "64MB"),
    ("alluxio.worker.ramdisk.size", "4GB"),
    ("alluxio.worker.block.heartbeat.interval", "1sec"),
    ("alluxio.master.persistence.scheduler.interval", "1sec"),
    ("alluxio.master.replication.check.interval", "1min"),
    ("alluxio.master.ttl.checker.interval", "1hour"),
];

/// What is compared, and where.
#[derive(Debug)]
pub struct SpeedOptions {
    /// How much is run.
    pub form: Form,
    /// What is run.
    pub parts: Vec<Part>,
    /// Our program.
    pub program: PathBuf,
    /// A folder, best one in memory, for the tiers of the workers and the store of both.
    pub memory: PathBuf,
}

/// Runs Alluxio's benchmarks over our servers and over its own, in turns, and prints tables of it.
///
/// # Errors
/// When a server does not start or ends, or when something fails in a benchmark.
pub fn compare_speed(options: &SpeedOptions) -> Result<()> {
    let scale = options.form.scale();
    let parts = &options.parts;
    let home = tempfile::Builder::new()
        .prefix("bench-java.")
        .tempdir_in(&options.memory)
        .context("no folder for tiers")?;
    let store = home.path().join("store");
    std::fs::create_dir(&store)?;
    let mut report = Report {
        conditions: conditions(options.form, &scale)?,
        ..Report::default()
    };
    let mut sides = Pair::make(|kind| {
        progress(&format!("{kind:?}: starting master and worker"));
        start(kind, &options.program, home.path())
    })?;
    report.facts.extend(measure_start(&mut sides)?);
    report.facts.extend(memory_of("after the start", &sides)?);

    let warm = Scale {
        paths: scale.warm_paths,
        seconds: scale.warm_seconds,
        ..scale
    };
    for (at, step) in Step::round("warm", parts).into_iter().enumerate() {
        run_step("warming up", &mut sides, &step.first(), (&warm, at))?;
    }
    for round in 1..=scale.rounds {
        let title = format!("round {round} of {}", scale.rounds);
        for (at, step) in Step::round(&round.to_string(), parts).iter().enumerate() {
            let samples = run_step(&title, &mut sides, step, (&scale, at + round as usize))?;
            report.add(step.row, samples);
        }
    }
    report
        .facts
        .extend(memory_of("after the benchmarks", &sides)?);
    if parts.contains(&Part::Restart) {
        report
            .facts
            .extend(restart::measure(&mut sides, &store, &scale)?);
    }
    drop(sides);
    let load = format!("Load average at the end {}.", process::load()?);
    report.conditions.push(load);
    print(&report.markdown());
    Ok(())
}

/// Runs a step over both. Who comes first changes from turn to turn.
fn run_step(
    title: &str,
    sides: &mut Pair<Side>,
    step: &Step,
    (scale, turn): (&Scale, usize),
) -> Result<Pair<Sample>> {
    let mut order = [Kind::Ours, Kind::Theirs];
    if turn % 2 == 1 {
        order.reverse();
    }
    let mut samples = Pair::<Option<Sample>>::default();
    for kind in order {
        // Otherwise the one who comes second would pay for what the first one still has to do.
        sides.ours.rest()?;
        sides.theirs.rest()?;
        let sample = sides.of_mut(kind).measure(step, scale)?;
        *samples.of_mut(kind) = Some(sample);
    }
    let samples = Pair::make(|kind| samples.of(kind).context("both were measured"))?;
    let rate = samples.map(|sample| sample.done.amount / sample.done.seconds);
    let spent = samples.map(|sample| sample.processor);
    progress(&format!(
        "{title}: {:42} {:>14.0} : {:>14.0} a second, {:>6.2} : {:>6.2} CPU-seconds",
        step.row.name(),
        rate.ours,
        rate.theirs,
        spent.ours,
        spent.theirs,
    ));
    Ok(samples)
}

fn start(kind: Kind, program: &Path, memory: &Path) -> Result<Side> {
    let tier = memory.join(format!("tier-{kind:?}"));
    std::fs::create_dir(&tier)?;
    let (tier, store) = (tier.display().to_string(), memory.join("store"));
    let store = store.display().to_string();
    let mut settings = SETTINGS.to_vec();
    settings.push(("alluxio.worker.tieredstore.level0.dirs.path", &tier));
    settings.push(("alluxio.master.mount.table.root.ufs", &store));
    let [master, worker, client] = heaps()?;
    let plan = || Plan {
        groups: &[&[Server::Master], &[Server::Worker]],
        program: Some(program.to_path_buf()),
        jvms: vec![
            (Server::Master, jvm_options(master)),
            (Server::Worker, jvm_options(worker)),
        ],
    };
    let cluster = Cluster::start_planned(kind, &settings, plan)?;
    let mut command = jvm_with(PeerSet::Servers, &jvm_options(client))?;
    command
        .args(cluster.options())
        .arg(CLIENT)
        .current_dir(cluster.path(""));
    let client = Runner::start(command, cluster.path("logs/client.out"))?;
    Ok(Side::new(kind, cluster, client))
}

/// How long servers take until they serve that have nothing to remember.
fn measure_start(sides: &mut Pair<Side>) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    for server in [Server::Master, Server::Worker] {
        let figures = Pair::make(|kind| {
            progress(&format!("{kind:?}: {} again", server.title()));
            let watch = Stopwatch::start();
            sides.of_mut(kind).restart(server)?;
            Ok(watch.seconds())
        })?;
        facts.push(Fact {
            name: format!("start of {} until it serves, s", server.title()),
            better: Better::Less,
            figures,
        });
    }
    Ok(facts)
}

fn memory_of(when: &str, sides: &Pair<Side>) -> Result<Vec<Fact>> {
    let of = |server: Server| {
        Ok(Fact {
            name: format!("resident memory of {} {when}, MiB", server.title()),
            better: Better::Less,
            figures: Pair::make(|kind| sides.of(kind).resident(server))?,
        })
    };
    [Server::Master, Server::Worker]
        .map(of)
        .into_iter()
        .collect()
}

/// Heaps of master, worker and client, in MiB.
fn heaps() -> Result<[u32; 3]> {
    let all = process::machine_mib()?;
    Ok([MASTER_PART, WORKER_PART, CLIENT_PART].map(|part| all / part))
}

fn jvm_options(heap: u32) -> Vec<String> {
    vec![
        format!("-Xmx{heap}m"),
        format!("-XX:MaxDirectMemorySize={heap}m"),
        "-XX:+UseG1GC".to_owned(),
    ]
}

fn conditions(form: Form, scale: &Scale) -> Result<Vec<String>> {
    let [master, worker, client] = heaps()?;
    Ok(vec![
        format!("`make bench-java FORM={}`: {} rounds in turns after a warm-up of {} files, twice, as many \
            directories, and {} s of each other benchmark. Medians.",
            form.name(), scale.rounds, scale.warm_paths, scale.warm_seconds),
        format!("{}.", process::machine()?),
        format!("{}. G1; heaps up to {master} MiB for the master, {worker} MiB for the worker, {client} MiB \
            for each client; otherwise as by default. All of them run throughout.", version()?),
        format!("The client is Java's on both sides (`AlluxioHDFS`, one instance, 32 threads; 4 for data, \
            16 for StressWorkerBench), on the same machine, and takes most of it. {} paths at a time, or {} s; \
            files of {}, blocks of 64 MB, 1 MiB at a time.",
            scale.paths, scale.seconds, scale.file_size),
        "Both journals are UFS journals on the same disk. Ours is synced before every reply to a change; \
            Java's is handed to the kernel.".to_owned(),
        "CPU-seconds are user and system time of the server's process, of the JVM's compiler and collector, \
            too. Memory is without the blocks themselves.".to_owned(),
    ])
}
