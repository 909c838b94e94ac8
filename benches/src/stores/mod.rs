//! How fast files in an object store are, beside plain requests to it.
//!
//! **Owns** a MinIO that the project builds, masters over its bucket, and a plain client of it.
//! **Must never know** how the connector asks the store.
//! **Start reading** at [`run`], then [`listing`] and [`rename`].

mod cluster;
mod listing;
mod minio;
mod plain;
mod proxy;
mod read;
mod rename;
mod tier;
mod turns;
mod write;

use alluxio_common::conf::{Conf, Machine};
use alluxio_common::user::login_user;
use anyhow::Result;

use crate::arguments::Arguments;
use crate::load::Load;
use crate::report;
use minio::{Master, MinIo};
use tier::Tier;

pub(crate) const ABOUT: &str = "directories and files of an S3 store, listing, rename, read, write (--objects, --renamed, --rounds, --tier FOLDER, --only PART)";

/// 2^20 bytes.
const MIB: u64 = 1 << 20;

/// The store, and how much of everything.
struct Site {
    store: MinIo,
    /// Where workers have their tiers.
    tier: Tier,
    /// In the directory that is listed.
    objects: usize,
    /// In the directory that is renamed.
    renamed: usize,
    rounds: u64,
}

/// Runs the workload.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    report::heading("stores");
    if !MinIo::is_built()? {
        report::line("There is no store to measure: build one with libexec/minio.sh build");
        return Ok(());
    }
    let site = Site {
        store: MinIo::start()?,
        tier: Tier::choose(arguments.text("tier")),
        objects: arguments.count("objects", 100_000),
        renamed: arguments.count("renamed", 10_000),
        rounds: arguments.number("rounds", 3),
    };
    report::line(
        "a MinIO on the same machine, its data on the disk of the temporary folder, with the \
         durability that it has by itself; the journal is synced before every reply to a change",
    );
    report::line(&format!(
        "the workers' memory tier lies {}",
        site.tier.about()
    ));
    let wants = |part: &str| {
        arguments
            .text("only")
            .is_none_or(|only| part.contains(only))
    };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        if wants("listing") {
            listing::run(&site).await?;
        }
        if wants("rename") {
            rename::run(&site).await?;
        }
        if wants("read") {
            for files in [1, 4] {
                read::run(&site, files).await?;
            }
            for files in [1, 4] {
                read::run_behind_link(&site, files).await?;
            }
            read::count(&site).await?;
        }
        if wants("write") {
            write::run(&site).await?;
            write::run_behind_link(&site).await?;
        }
        Ok(())
    })
}

impl Master {
    /// One caller, who may do everything.
    fn caller(&self) -> Result<Load> {
        let user = login_user(&Conf::of(Machine::detect(), &[])?);
        Ok(Load::new(self.process.address()?, &user, 1))
    }
}

/// Seconds, as figures have them.
fn seconds(span: std::time::Duration) -> String {
    report::number(span.as_secs_f64())
}
