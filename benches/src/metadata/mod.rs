//! What the namespace costs: operations for each second of the master's processor time.
//!
//! **Owns** the load of 64 callers and the files that they work on.
//! **Must never know** how the master does it.
//! **Start reading** at [`run`], then [`calls`] for what a client sends.

pub(crate) mod calls;

use std::path::Path;

use alluxio_common::conf::{Conf, Machine};
use alluxio_common::user::login_user;
use anyhow::Result;

use crate::arguments::Arguments;
use crate::child::Child;
use crate::load::{Cost, Load, USER};
use crate::report::{self, Target, figure, median};
use crate::{memory, serve, usage};
use calls::{OpenTo, Purpose};

pub(crate) const ABOUT: &str = "namespace operations per CPU-second of the master (--files, --rounds, --callers, --only OPERATION)";

/// Files in each of the directories that operations work in.
const PER_DIRECTORY: usize = 1_000;

/// Entries of the directory that is listed.
const LISTED: usize = 10_000;

/// How often it is listed in a round.
const LISTINGS: usize = 40;

/// An operation, what it should reach, and what it cost in each round.
struct Series {
    name: &'static str,
    target: Target,
    costs: Vec<Cost>,
}

/// Runs the workload.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let master = start_master(folder.path())?;
    let files = arguments.count("files", 60_000);
    let callers = arguments.count("callers", 64);
    report::heading("metadata");
    report::line(&format!(
        "{callers} callers on one authenticated channel, {files} files a round, {} rounds; the \
         journal is synced before every reply; one small synced append takes {:.2} ms here",
        arguments.number("rounds", 5),
        usage::sync_time(folder.path())?.as_secs_f64() * 1e3
    ));
    let runtime = tokio::runtime::Runtime::new()?;
    let load = Load::new(master.address()?, USER, callers);
    let mut all: Vec<Series> = Vec::new();
    runtime.block_on(async {
        let worker = prepare(&master, &load).await?;
        for round in 0..arguments.number("rounds", 5) {
            let round = Round {
                load: &load,
                master: &master,
                base: format!("/bench/r{round}"),
                files,
                worker,
                only: arguments.text("only"),
            };
            round.run(&mut all).await?;
        }
        anyhow::Ok(())
    })?;
    for series in &all {
        show(series);
    }
    show_ratio(&all);
    master.stop()
}

/// A master over the journal in a folder, which may be empty. It writes no checkpoint by itself.
pub(crate) fn start_master(folder: &Path) -> Result<Child> {
    start_master_with(folder, &[])
}

/// The same with further properties, `name=value`.
pub(crate) fn start_master_with(folder: &Path, properties: &[String]) -> Result<Child> {
    let folder = folder.display().to_string();
    let never = "alluxio.master.journal.checkpoint.period.entries=1000000000";
    let mut words = vec![folder.as_str(), never];
    words.extend(properties.iter().map(String::as_str));
    Child::start(serve::MASTER, &words)
}

/// The directory that everybody may write in, and a worker that is only claimed.
pub(crate) async fn prepare(master: &Child, load: &Load) -> Result<i64> {
    let owner = login_user(&Conf::of(Machine::detect(), &[])?);
    let superuser = Load::new(master.address()?, &owner, 1);
    calls::create_directory(superuser, "/bench".to_owned(), OpenTo::All).await?;
    let worker = calls::worker_id(load).await?;
    memory::register(load, worker, 0..0).await?;
    Ok(worker)
}

/// The directory of a file.
pub(crate) fn directory_of(base: &str, number: usize) -> String {
    format!("{base}/d{:04}", number / PER_DIRECTORY)
}

/// A file with a name of twenty bytes.
pub(crate) fn file_of(base: &str, number: usize) -> String {
    format!("{}/file-{number:015}", directory_of(base, number))
}

/// Creates the directories for `files` files.
pub(crate) async fn create_directories(load: &Load, base: &str, files: usize) -> Result<()> {
    calls::create_directory(load.clone(), base.to_owned(), OpenTo::Owner).await?;
    let base = base.to_owned();
    load.run(files.div_ceil(PER_DIRECTORY), move |load, number| {
        let path = directory_of(&base, number * PER_DIRECTORY);
        calls::create_directory(load, path, OpenTo::Owner)
    })
    .await
}

/// One round of every operation, on files of its own.
struct Round<'a> {
    load: &'a Load,
    master: &'a Child,
    base: String,
    files: usize,
    worker: i64,
    /// The one operation that is wanted, by a part of its name; what it needs is done too.
    only: Option<&'a str>,
}

impl Round<'_> {
    async fn run(&self, all: &mut Vec<Series>) -> Result<()> {
        create_directories(self.load, &self.base, self.files).await?;
        self.look(all).await?;
        self.rearrange(all).await?;
        self.add(all).await?;
        calls::delete(self.load.clone(), self.base.clone()).await?;
        Ok(())
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_none_or(|only| name.contains(only))
    }

    /// Creates the files, and looks at them.
    async fn look(&self, all: &mut Vec<Series>) -> Result<()> {
        let (load, master, files) = (self.load, self.master, self.files);
        let name = "a call that does nothing";
        if self.wants(name) {
            let cost = load
                .measure(master, files, |load, _| calls::nothing(load))
                .await?;
            note(all, name, Target::None, cost);
        }
        let base = self.base.clone();
        let create = move |load, n| calls::create_empty(load, file_of(&base, n));
        let cost = load.measure(master, files, create).await?;
        note(all, "create + complete", Target::AtLeast(25_000.0), cost);
        for (name, purpose) in [("status", Purpose::Look), ("open", Purpose::Open)] {
            if self.wants(name) {
                let cost = self.statuses(purpose).await?;
                note(all, name, Target::AtLeast(60_000.0), cost);
            }
        }
        Ok(())
    }

    /// Renames and deletes the files.
    async fn rearrange(&self, all: &mut Vec<Series>) -> Result<()> {
        let (load, master, files) = (self.load, self.master, self.files);
        if !self.wants("rename") && !self.wants("delete") {
            return Ok(());
        }
        let base = self.base.clone();
        let rename = move |load, n| {
            let from = file_of(&base, n);
            calls::rename(load, from.clone(), format!("{from}.renamed"))
        };
        let cost = load.measure(master, files, rename).await?;
        note(all, "rename", Target::AtLeast(30_000.0), cost);

        let base = self.base.clone();
        let delete = move |load, n| calls::delete(load, format!("{}.renamed", file_of(&base, n)));
        let cost = load.measure(master, files, delete).await?;
        note(all, "delete", Target::AtLeast(30_000.0), cost);
        Ok(())
    }

    /// Adds directories, files with blocks, and one large directory, which is listed.
    async fn add(&self, all: &mut Vec<Series>) -> Result<()> {
        let (load, master, files) = (self.load, self.master, self.files);
        let name = "mkdir";
        if self.wants(name) {
            let base = self.base.clone();
            let mkdir = move |load, n| {
                let path = format!("{}/sub-{n:015}", directory_of(&base, n));
                calls::create_directory(load, path, OpenTo::Owner)
            };
            let cost = load.measure(master, files, mkdir).await?;
            note(all, name, Target::None, cost);
        }
        let name = "create + block + commit + complete";
        if self.wants(name) {
            let (base, worker) = (self.base.clone(), self.worker);
            let create = move |load, n| {
                calls::create_with_block(load, format!("{}.block", file_of(&base, n)), worker)
            };
            let cost = load.measure(master, files / 2, create).await?;
            note(all, name, Target::None, cost);
        }
        let name = "listing, entries";
        if self.wants(name) {
            note(
                all,
                name,
                Target::AtLeast(1_500_000.0),
                self.listings().await?,
            );
        }
        Ok(())
    }

    /// Statuses of files in an order that is not that of their creation.
    async fn statuses(&self, purpose: Purpose) -> Result<Cost> {
        let (base, files) = (self.base.clone(), self.files);
        let status = move |load, n: usize| {
            let number = n.wrapping_mul(7_368_787) % files;
            calls::get_status(load, file_of(&base, number), purpose)
        };
        self.load.measure(self.master, files, status).await
    }

    async fn listings(&self) -> Result<Cost> {
        let listed = format!("{}/listed", self.base);
        calls::create_directory(self.load.clone(), listed.clone(), OpenTo::Owner).await?;
        let path = listed.clone();
        let create = move |load, n| calls::create_empty(load, format!("{path}/file-{n:015}"));
        self.load.run(LISTED, create).await?;
        // Eight at once: 64 listings would only measure who waits for memory.
        let few = Load::new(self.master.address()?, USER, 8);
        let list = move |load, _| {
            let listing = calls::list(load, listed.clone());
            async move {
                match listing.await? {
                    LISTED => Ok(()),
                    other => Err(tonic::Status::internal(format!("{other} entries"))),
                }
            }
        };
        let mut cost = few.measure(self.master, LISTINGS, list).await?;
        cost.operations *= LISTED;
        Ok(cost)
    }
}

fn note(all: &mut Vec<Series>, name: &'static str, target: Target, cost: Cost) {
    match all.iter_mut().find(|series| series.name == name) {
        Some(series) => series.costs.push(cost),
        None => all.push(Series {
            name,
            target,
            costs: vec![cost],
        }),
    }
}

fn show(series: &Series) {
    let of = |what: fn(&Cost) -> f64| median(series.costs.iter().map(what).collect());
    let rate = of(Cost::per_server_second);
    let more = format!(
        "{:.1} us each; {}/s on the clock, master {:.2} cores, client {:.2} cores",
        1e6 / rate,
        report::number(of(Cost::per_second)),
        of(Cost::server_cores),
        of(Cost::client_cores)
    );
    figure(
        series.name,
        rate,
        "per master CPU-second",
        series.target,
        &more,
    );
}

/// What the operation itself adds to the cheapest possible call.
fn show_ratio(all: &[Series]) {
    let rate = |name: &str| {
        let series = all.iter().find(|series| series.name == name);
        series.map_or(f64::NAN, |series| {
            median(series.costs.iter().map(Cost::per_server_second).collect())
        })
    };
    let limit = rate("a call that does nothing");
    for name in ["status", "open"] {
        if limit.is_nan() || rate(name).is_nan() {
            continue;
        }
        figure(
            &format!("{name}, of a call that does nothing"),
            rate(name) / limit,
            "ratio",
            Target::None,
            "",
        );
    }
}
