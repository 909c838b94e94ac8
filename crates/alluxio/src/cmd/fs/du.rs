//! `du`: how large files are, and how much of them is in Alluxio.

use std::collections::BTreeMap;

use alluxio_client::{Descend, FileStatus, ListStatusOptions};
use alluxio_common::{AlluxioPath, ByteSize};
use futures::TryStreamExt;

use crate::shell::wildcard::{expand, for_each_match};
use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session};
use crate::text::percent;

pub(crate) const COMMAND: Command = Command {
    name: "du",
    usage: "du [-h|-s|-g|-m] <path>",
    description: "Shows the size of each file below a path, and how much of it is in Alluxio.",
    options: &[
        OptionSpec::short("g", "also how much each worker holds"),
        OptionSpec::short("h", "print sizes for people (1KB, 234MB, 2GB)"),
        OptionSpec::both("m", "memory", "also how much is in memory"),
        OptionSpec::short("s", "one sum for the whole path"),
    ],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let table = Table {
        summary: call.has("s"),
        memory: call.has("m"),
        workers: call.has("g"),
        for_people: call.has("h"),
    };
    let text = call.argument(0);
    if !expand(session, text).await?.is_empty() {
        session.output.line(table.row(&Cells {
            size: "File Size".to_owned(),
            in_alluxio: "In Alluxio".to_owned(),
            in_memory: "In Memory".to_owned(),
            worker: "Worker Host Name".to_owned(),
            path: "Path".to_owned(),
        }));
    }
    for_each_match(session, text, async |path| {
        measure(session, &table, &path).await
    })
    .await
}

async fn measure(session: &Session, table: &Table, path: &AlluxioPath) -> Outcome {
    let options = ListStatusOptions {
        descend: Descend::All,
        ..ListStatusOptions::default()
    };
    let mut entries = session
        .file_system()
        .await?
        .iterate_status(path, options)
        .await?;
    let mut sum = Usage::default();
    while let Some(status) = entries.try_next().await? {
        if status.is_directory() {
            continue;
        }
        let usage = Usage::of(&status);
        if table.summary {
            sum.add(&usage);
        } else {
            table.print(session, &usage, &status.path);
        }
        if session.output.is_closed() {
            return Ok(());
        }
    }
    if table.summary {
        table.print(session, &sum, path);
    }
    Ok(())
}

/// How many bytes are where.
#[derive(Debug, Default)]
struct Usage {
    total: u64,
    in_alluxio: u64,
    in_memory: u64,
    by_worker: BTreeMap<String, u64>,
}

impl Usage {
    fn of(status: &FileStatus) -> Self {
        let total = status.length_bytes();
        let share = |percentage: i32| {
            let part =
                u128::from(total) * u128::from(percentage.clamp(0, 100).unsigned_abs()) / 100;
            u64::try_from(part).unwrap_or(total)
        };
        let mut by_worker = BTreeMap::new();
        for block in &status.blocks {
            for location in &block.info.locations {
                *by_worker.entry(location.address.host.clone()).or_insert(0) += block.info.length;
            }
        }
        Self {
            total,
            in_alluxio: share(status.in_alluxio_percentage),
            in_memory: share(status.in_memory_percentage),
            by_worker,
        }
    }

    fn add(&mut self, other: &Self) {
        self.total = self.total.saturating_add(other.total);
        self.in_alluxio = self.in_alluxio.saturating_add(other.in_alluxio);
        self.in_memory = self.in_memory.saturating_add(other.in_memory);
        for (worker, bytes) in &other.by_worker {
            *self.by_worker.entry(worker.clone()).or_insert(0) += bytes;
        }
    }
}

/// Which columns there are.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each stands for one switch of the command line"
)]
struct Table {
    summary: bool,
    memory: bool,
    workers: bool,
    for_people: bool,
}

#[derive(Default)]
struct Cells {
    size: String,
    in_alluxio: String,
    in_memory: String,
    worker: String,
    path: String,
}

impl Table {
    fn print(&self, session: &Session, usage: &Usage, path: &AlluxioPath) {
        let share = |part| format!("{} ({}%)", self.size(part), percent(part, usage.total));
        session.output.line(self.row(&Cells {
            size: self.size(usage.total),
            in_alluxio: share(usage.in_alluxio),
            in_memory: share(usage.in_memory),
            worker: "total".to_owned(),
            path: path.to_string(),
        }));
        if self.workers {
            for (worker, bytes) in &usage.by_worker {
                session.output.line(self.row(&Cells {
                    in_alluxio: self.size(*bytes),
                    worker: worker.clone(),
                    ..Cells::default()
                }));
            }
        }
    }

    fn size(&self, bytes: u64) -> String {
        match self.for_people {
            true => ByteSize::from_bytes(bytes).to_string(),
            false => bytes.to_string(),
        }
    }

    fn row(&self, cells: &Cells) -> String {
        let mut text = format!("{:<13} {:<16} ", cells.size, cells.in_alluxio);
        if self.memory {
            text.push_str(&format!("{:<16} ", cells.in_memory));
        }
        if self.workers {
            text.push_str(&format!("{:<25} ", cells.worker));
        }
        text.push_str(&cells.path);
        text
    }
}
