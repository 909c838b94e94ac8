//! [`Side`]: a cluster of one kind, and the JVM that runs the benchmarks over it.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::cluster::{Cluster, Kind};
use crate::runner::Runner;
use crate::server::Server;

use super::done::Ending;
use super::figures::Sample;
use super::form::Scale;
use super::process::{processor_seconds, resident_mib};
use super::step::Step;

/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// A cluster is at rest when its processes use no more than this of a processor. They are looked at that
/// often, and for so long at most: what a JVM does after its work, such as compiling, does it then.
const REST: f64 = 0.1;
const LOOK: Duration = Duration::from_millis(200);
const LOOKS: u32 = 25;

/// How long a benchmark gets until its threads begin, and what is too long: then the machine is too busy.
const LEAD: Duration = Duration::from_millis(1_000);
const LONGEST_LEAD: Duration = Duration::from_secs(40);

/// A cluster of one kind, and the JVM that runs the benchmarks over it. Both go when it is dropped.
#[derive(Debug)]
pub(crate) struct Side {
    kind: Kind,
    // The JVM goes before the cluster.
    client: Runner,
    cluster: Cluster,
    lead: Duration,
}

impl Side {
    pub(crate) fn new(kind: Kind, cluster: Cluster, client: Runner) -> Self {
        Self {
            kind,
            client,
            cluster,
            lead: LEAD,
        }
    }

    /// Runs a benchmark.
    ///
    /// # Errors
    /// When something fails in it, or a server has ended.
    pub(crate) fn measure(&mut self, step: &Step, scale: &Scale) -> Result<Sample> {
        let name = format!("{} of {:?}", step.row.name(), self.kind);
        loop {
            let start = self.start_time()?;
            let words = step.words(scale, &self.cluster.address(), start);
            let before = self.processor_seconds(step.row.server())?;
            let answer = self.run(&words).with_context(|| name.clone())?;
            let processor = self.processor_seconds(step.row.server())? - before;
            match Ending::read(&answer).with_context(|| name.clone())? {
                Ending::Done(done) => return Ok(Sample { done, processor }),
                Ending::Late if self.lead < LONGEST_LEAD => self.lead *= 2,
                Ending::Late => bail!("{name}: the machine is too busy"),
            }
        }
    }

    /// Returns when nothing of it works any more, or it has had its time.
    ///
    /// # Errors
    /// When a server does not run.
    pub(crate) fn rest(&self) -> Result<()> {
        let mut before = self.all_processor_seconds()?;
        for _ in 0..LOOKS {
            thread::sleep(LOOK);
            let now = self.all_processor_seconds()?;
            if now - before <= REST * LOOK.as_secs_f64() {
                break;
            }
            before = now;
        }
        Ok(())
    }

    fn all_processor_seconds(&self) -> Result<f64> {
        let servers = [Server::Master, Server::Worker].map(|server| self.processor_seconds(server));
        let client = processor_seconds(self.client.process_id())?;
        servers
            .into_iter()
            .try_fold(client, |sum, server| Ok(sum + server?))
    }

    /// Runs a command of the JVM, and returns what it prints.
    ///
    /// # Errors
    /// When it fails, or a server has ended.
    pub(crate) fn run(&mut self, words: &[String]) -> Result<String> {
        self.client.begin(words)?;
        let answer = self.client.finish(PATIENCE)?;
        // A server that has died explains whatever else went wrong.
        self.cluster.check()?;
        if answer.code != 0 {
            bail!("{}: {answer}", words.join(" "));
        }
        Ok(answer.out)
    }

    /// User and system time of a server so far.
    ///
    /// # Errors
    /// When it does not run.
    pub(crate) fn processor_seconds(&self, server: Server) -> Result<f64> {
        processor_seconds(self.cluster.process_id(server)?)
    }

    /// What a server holds in memory, in MiB.
    ///
    /// # Errors
    /// When it does not run.
    pub(crate) fn resident(&self, server: Server) -> Result<f64> {
        resident_mib(self.cluster.process_id(server)?)
    }

    /// Kills a server and starts it again. Returns when it serves.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn restart(&mut self, server: Server) -> Result<()> {
        self.cluster.kill(server)?;
        self.cluster.start_again(server)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the benchmark begins at a time on the clock of this machine"
    )]
    fn start_time(&self) -> Result<u128> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Ok((now + self.lead).as_millis())
    }
}
