//! [`Child`]: a server in a process of its own.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use alluxio_common::{Clock, SystemClock};
use alluxio_rpc::ServerAddress;
use anyhow::{Context, Result, bail};

use crate::{report, usage};

/// This program under a serving mode. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    address: String,
    started_in: Duration,
}

impl Child {
    /// Starts it, and waits until it serves.
    pub(crate) fn start(mode: &str, arguments: &[&str]) -> Result<Self> {
        let clock = SystemClock::new();
        let mut process = Command::new(std::env::current_exe()?)
            .arg(mode)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = process.stdin.take();
        let output = process.stdout.take().context("its output is a pipe")?;
        let mut child = Self {
            process,
            input,
            output: BufReader::new(output),
            address: String::new(),
            started_in: Duration::ZERO,
        };
        let line = child.next_line()?;
        child.started_in = clock.monotonic();
        child.address = match line.strip_prefix("serving ") {
            Some(address) => address.to_owned(),
            None => bail!("{mode} does not serve: {line}"),
        };
        Ok(child)
    }

    /// Asks something that takes one line, and waits for the answer of one line.
    pub(crate) fn ask(&mut self, question: &str) -> Result<String> {
        let input = self.input.as_mut().context("it has not been stopped")?;
        writeln!(input, "{question}")?;
        self.next_line()
    }

    fn next_line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("a server ended: {}", self.process.wait()?);
        }
        if let Some(error) = line.strip_prefix(report::ERROR) {
            bail!("a server says: {}", error.trim_end());
        }
        Ok(line.trim_end().to_owned())
    }

    /// Where it serves.
    pub(crate) fn address(&self) -> Result<ServerAddress> {
        let (host, port) = self.address.rsplit_once(':').context("host and port")?;
        Ok(ServerAddress::new(host, port.parse()?))
    }

    /// From its execution to its first service.
    pub(crate) fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Its processor time so far.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        usage::processor_time(self.process.id())
    }

    /// Its bytes in memory.
    pub(crate) fn resident(&self) -> Result<u64> {
        usage::resident(self.process.id())
    }

    /// Its open files and sockets.
    pub(crate) fn open_files(&self) -> Result<BTreeSet<String>> {
        usage::open_files(self.process.id())
    }

    /// Ends it in good order.
    pub(crate) fn stop(mut self) -> Result<()> {
        drop(self.input.take());
        let status = self.process.wait()?;
        if !status.success() {
            bail!("a server ended badly: {status}");
        }
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // After a stop both do nothing.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
