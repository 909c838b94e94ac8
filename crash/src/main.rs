//! `crash`: kills a whole cluster in the middle of a load, again and again, and looks what is lost.
//!
//! `crash --program FILE [--seed N] [--rounds N] [--store local|minio] [--clients N] [--log LEVEL]`
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program, and tells how far it is"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alluxio_common::logging::{LOG_SETTINGS_FILE, LogSettings, LogTarget, Logging};
use alluxio_common::{Clock, SystemClock};
use alluxio_crash::{CrashOptions, CrashRun, Patience, StoreKind, Violation};
use anyhow::{Context, Result, bail};

/// What was typed.
struct Arguments {
    program: PathBuf,
    seed: u64,
    rounds: u64,
    store: StoreKind,
    clients: usize,
    /// The level of the logs, that of the clients included.
    log: String,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let arguments = match Arguments::parse(&words) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        tokio::select! {
            done = run(&arguments) => done,
            // What runs is stopped when the cluster is dropped.
            _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
        }
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything was as it should be.
async fn run(arguments: &Arguments) -> Result<bool> {
    let folder = tempfile::Builder::new()
        .prefix("alluxio-crash.")
        .tempdir()?;
    let Arguments {
        program,
        seed,
        rounds,
        store,
        clients,
        log,
    } = arguments;
    let _log = start_log(folder.path(), log)?;
    println!(
        "seed {seed}, {rounds} rounds, {store:?}, {clients} clients, in {}",
        folder.path().display()
    );
    let options = CrashOptions {
        program: program.clone(),
        home: folder.path().to_path_buf(),
        store: *store,
        seed: *seed,
        clients: *clients,
        patience: Patience::default(),
    };
    // Servers of the old folder must not write into one that is gone.
    let mut run = match CrashRun::start(options).await {
        Ok(run) => run,
        Err(error) => {
            println!("kept: {}", folder.keep().display());
            return Err(error);
        }
    };
    let done = rounds_of(&mut run, arguments).await;
    println!("{}", run.tally());
    // The servers end before anybody looks into their folders.
    drop(run);
    if !matches!(done, Ok(true)) {
        println!("kept: {}", folder.keep().display());
        return done;
    }
    println!("seed {seed}: nothing lost, nothing left behind");
    Ok(true)
}

/// Has servers and clients log at this level, and keep the last that they have logged.
fn start_log(home: &Path, level: &str) -> Result<Logging> {
    let conf = home.join("conf");
    fs::create_dir_all(&conf)?;
    let settings = format!("rootLogger={level}\nfile.size=20MB\nfile.backups=1\n");
    fs::write(conf.join(LOG_SETTINGS_FILE), settings)?;
    let settings = LogSettings::load(&conf)?;
    let file = LogTarget::File(home.join("logs/clients.log"));
    Ok(Logging::start_with(
        &file,
        &settings,
        SystemClock::shared(),
    )?)
}

/// All rounds, until one is violated.
async fn rounds_of(run: &mut CrashRun, arguments: &Arguments) -> Result<bool> {
    for round in 1..=arguments.rounds {
        let clock = SystemClock::new();
        let (plan, violations) = run
            .round()
            .await
            .with_context(|| format!("round {round}"))?;
        let blows: Vec<String> = plan.blows.iter().map(ToString::to_string).collect();
        println!(
            "round {round}: {}; {} operations, {:.1} s",
            blows.join("; "),
            run.tally().asked(),
            clock.monotonic().as_secs_f64()
        );
        if !is_well(&format!("round {round}"), arguments.seed, &violations) {
            return Ok(false);
        }
    }
    Ok(is_well("the end", arguments.seed, &run.finish().await?))
}

fn is_well(when: &str, seed: u64, violations: &[Violation]) -> bool {
    if !violations.is_empty() {
        println!("VIOLATED in {when} of seed {seed}:");
    }
    for violation in violations {
        println!("  {violation}");
    }
    violations.is_empty()
}

impl Arguments {
    fn parse(words: &[String]) -> Result<Self> {
        let mut arguments = Self {
            program: PathBuf::new(),
            seed: 1,
            rounds: 100,
            store: StoreKind::Local,
            clients: 4,
            log: "INFO".to_owned(),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words
                .next()
                .with_context(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--program" => arguments.program = PathBuf::from(value),
                "--seed" => arguments.seed = value.parse().context("--seed")?,
                "--rounds" => arguments.rounds = value.parse().context("--rounds")?,
                "--log" => arguments.log.clone_from(value),
                "--clients" => arguments.clients = value.parse().context("--clients")?,
                "--store" if value == "local" => arguments.store = StoreKind::Local,
                "--store" if value == "minio" => arguments.store = StoreKind::MinIo,
                "--store" => bail!("--store {value}: there are local and minio"),
                _ => bail!("there is no option {word}"),
            }
        }
        if arguments.program.as_os_str().is_empty() {
            bail!("--program: which program?");
        }
        arguments.program = fs::canonicalize(&arguments.program)
            .with_context(|| arguments.program.display().to_string())?;
        Ok(arguments)
    }
}
