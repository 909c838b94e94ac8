//! The other processes: a master, a worker, and a sender of plain bytes.
//!
//! **Owns** how each is put together from the public parts of its crate.
//! **Must never know** what is measured.
//! **Start reading** at [`run`]: a server prints `serving HOST:PORT`, answers questions of one line
//! each from its standard input, and ends with it.

mod master;
mod sender;
mod worker;

use std::sync::Arc;

use alluxio_common::conf::{Conf, Machine};
use alluxio_rpc::UserGroups;
use anyhow::{Result, bail};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::report;

/// The first arguments that make this program a server.
pub(crate) const MASTER: &str = "serve-master";
pub(crate) const WORKER: &str = "serve-worker";
pub(crate) const SENDER: &str = "serve-bytes";

/// The release whose protocol is spoken.
const VERSION: &str = "2.9.4";

/// Whether the first argument asks for a server.
pub(crate) fn is_mode(word: &str) -> bool {
    [MASTER, WORKER, SENDER].contains(&word)
}

/// Serves until the standard input ends.
pub(crate) fn run(mode: &str, arguments: &[String]) -> Result<()> {
    if mode == SENDER {
        return sender::run();
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if mode == WORKER {
        runtime.event_interval(alluxio_rpc::DATA_EVENT_INTERVAL);
    }
    let runtime = runtime
        .worker_threads(Machine::detect().cores.clamp(2, 64) as usize)
        .enable_all()
        .build()?;
    match mode {
        MASTER => runtime.block_on(master::run(arguments)),
        WORKER => runtime.block_on(worker::run(arguments)),
        _ => bail!("there is no server {mode}"),
    }
}

/// The configuration that `name=value` words describe.
fn conf(words: &[String], usual: &[(&str, &str)]) -> Result<Conf> {
    let mut pairs = usual.to_vec();
    for word in words {
        match word.split_once('=') {
            Some(pair) => pairs.push(pair),
            None => bail!("{word} is not name=value"),
        }
    }
    Ok(Conf::of(Machine::detect(), &pairs)?)
}

/// Everybody is alone: looking up real groups is no part of a measurement.
#[derive(Debug)]
struct NoGroups;

#[tonic::async_trait]
impl UserGroups for NoGroups {
    async fn groups_of(&self, _user: &str) -> Vec<String> {
        Vec::new()
    }
}

fn no_groups() -> Arc<dyn UserGroups> {
    Arc::new(NoGroups)
}

/// The questions that the parent asks, one after the other.
struct Questions {
    lines: tokio::io::Lines<BufReader<tokio::io::Stdin>>,
}

impl Questions {
    /// Tells the parent where the server is.
    fn begin(address: &impl std::fmt::Display) -> Self {
        report::line(&format!("serving {address}"));
        Self {
            lines: BufReader::new(tokio::io::stdin()).lines(),
        }
    }

    async fn next(&mut self) -> Option<String> {
        self.lines.next_line().await.ok().flatten()
    }
}
