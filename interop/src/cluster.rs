//! [`Cluster`]: master, worker, job master and job worker, ours or Alluxio's own.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::java::{PeerSet, Program, jvm, jvm_with, mortal, repository};
use crate::normal::Normal;
use crate::plan::Plan;
use crate::runner::Runner;
use crate::server::{Running, Server, Sign, end_of};
use crate::site::{CONF, Site};

/// Whose servers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The built program.
    Ours,
    /// Alluxio 2.9.4.
    Theirs,
}

/// How often a cluster is started that does not get its ports: programs beside it draw theirs, too.
const STARTS: u32 = 3;

/// Master, worker, job master and job worker. They are ended when this is dropped.
#[derive(Debug)]
pub struct Cluster {
    kind: Kind,
    /// Those that are of the other kind.
    others: Vec<Server>,
    plan: Plan,
    // The servers go before the folders in which they write.
    running: Vec<Running>,
    site: Site,
    /// How many logs of servers there are.
    logs: u32,
}

impl Cluster {
    /// Formats and starts a cluster in a temporary folder, with these lines in its site file; `$home` is
    /// that folder.
    ///
    /// # Errors
    /// When a server does not start; the sentence has the end of its log.
    pub fn start(kind: Kind, settings: &[(&str, &str)]) -> Result<Self> {
        Self::start_planned(kind, settings, Plan::default)
    }

    /// The same, with other servers or other JVMs.
    ///
    /// # Errors
    /// When a server does not start; the sentence has the end of its log.
    pub(crate) fn start_planned(
        kind: Kind,
        settings: &[(&str, &str)],
        plan: impl Fn() -> Plan,
    ) -> Result<Self> {
        let mut starts = 1;
        loop {
            let mut cluster = Self {
                kind,
                others: Vec::new(),
                plan: plan(),
                running: Vec::new(),
                site: Site::new(settings)?,
                logs: 0,
            };
            match cluster.start_all() {
                Ok(()) => return Ok(cluster),
                Err(_) if starts < STARTS && cluster.missed_a_port() => starts += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// A JVM with this program, which finds this cluster by its site file. It has these properties
    /// besides.
    ///
    /// # Errors
    /// When it does not start.
    pub fn runner(&self, program: Program, settings: &[(&str, &str)]) -> Result<Runner> {
        let mut command = jvm(program.set())?;
        self.add_folders(&mut command);
        for (name, value) in settings {
            command.arg(format!("-D{name}={value}"));
        }
        command.arg(program.class());
        let log = format!("logs/{program:?}.out");
        Runner::start(command, self.site.path(&log))
    }

    /// # Errors
    /// When a server has ended by itself; the sentence has the end of its log.
    pub fn check(&mut self) -> Result<()> {
        self.running.iter_mut().try_for_each(Running::check)
    }

    /// Kills the server that was started first of these, at once.
    ///
    /// # Errors
    /// When there is none.
    pub fn kill(&mut self, server: Server) -> Result<()> {
        let found = self.running.iter().position(|one| one.server == server);
        let at = found.with_context(|| format!("no {server:?} runs"))?;
        drop(self.running.remove(at));
        Ok(())
    }

    /// Starts a server with the ports and folders of the one that was started before.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self, server: Server) -> Result<()> {
        self.start_servers(&[server])
    }

    /// Kills a server, and starts one of the other kind with its ports and folders.
    ///
    /// # Errors
    /// When none runs, or the other one does not start.
    pub fn exchange(&mut self, server: Server) -> Result<()> {
        self.kill(server)?;
        match self.others.iter().position(|other| *other == server) {
            Some(at) => drop(self.others.remove(at)),
            None => self.others.push(server),
        }
        self.start_again(server)
    }

    /// Starts a worker at other ports, with a tier of this name.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_worker_elsewhere(&mut self, tier: &str) -> Result<()> {
        self.site.move_worker(tier)?;
        self.start_servers(&[Server::Worker])
    }

    /// # Errors
    /// When the server does not run.
    pub(crate) fn process_id(&self, server: Server) -> Result<u32> {
        let found = self.running.iter().find(|one| one.server == server);
        Ok(found
            .with_context(|| format!("no {server:?} runs"))?
            .process_id())
    }

    /// A path in the folder of this cluster; `local` is for files that commands copy.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.site.path(relative)
    }

    /// Where clients find it.
    pub(crate) fn address(&self) -> String {
        format!("alluxio://localhost:{}", self.site.port("master.rpc"))
    }

    /// What tells a JVM where everything is.
    pub(crate) fn options(&self) -> Vec<String> {
        let folders = [
            ("java.io.tmpdir", "tmp"),
            ("alluxio.home", ""),
            ("alluxio.conf.dir", CONF),
            ("alluxio.site.conf.dir", CONF),
            ("alluxio.logs.dir", "logs"),
        ];
        let option = |(name, folder)| format!("-D{name}={}", self.site.path(folder).display());
        folders.map(option).to_vec()
    }

    /// What `$name` stands for in a script.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let path = |folder: &str| self.site.path(folder).display().to_string();
        let master = format!("localhost:{}", self.site.port("master.rpc"));
        let variables = [
            ("$local", path("local")),
            ("$store", path("store")),
            ("$other", path("other")),
            ("$master", master),
        ];
        let owned = variables.map(|(name, value)| (name.to_owned(), value));
        owned.to_vec()
    }

    pub(crate) fn normal(&self) -> Normal {
        Normal::new(&self.site)
    }

    fn start_all(&mut self) -> Result<()> {
        self.format()?;
        for group in self.plan.groups {
            self.start_servers(group)?;
        }
        self.check()
    }

    fn kind_of(&self, server: Server) -> Kind {
        match (self.kind, self.others.contains(&server)) {
            (Kind::Ours, false) | (Kind::Theirs, true) => Kind::Ours,
            (Kind::Theirs, false) | (Kind::Ours, true) => Kind::Theirs,
        }
    }

    fn missed_a_port(&self) -> bool {
        self.running.iter().any(Running::missed_a_port)
    }

    fn format(&self) -> Result<()> {
        let runs: &[&[&str]] = match self.kind {
            Kind::Ours => &[&["format"]],
            Kind::Theirs => &[
                &["alluxio.cli.Format", "master"],
                &["alluxio.cli.Format", "worker"],
            ],
        };
        for arguments in runs {
            let log = self.site.path("logs/format.out");
            let mut command = self.command(Server::Master)?;
            command.args(*arguments).stdin(Stdio::null());
            let status = command
                .stdout(File::create(&log)?)
                .stderr(File::options().append(true).open(&log)?)
                .status()?;
            if !status.success() {
                bail!("{:?} {arguments:?}: {}", self.kind, end_of(&log));
            }
        }
        Ok(())
    }

    fn start_servers(&mut self, servers: &[Server]) -> Result<()> {
        let before = self.running.len();
        for server in servers {
            self.logs += 1;
            let log = format!("logs/{}-{}.out", self.logs, server.title());
            let log = self.site.path(&log);
            let running =
                Running::start(self.kind_of(*server), *server, self.command(*server)?, log)?;
            self.running.push(running);
        }
        for running in &mut self.running[before..] {
            let port = match running.server.sign() {
                Sign::Port(name) | Sign::Page(name) => self.site.port(name),
            };
            running.wait(port)?;
        }
        Ok(())
    }

    /// The program of a server, for its name.
    fn command(&self, server: Server) -> Result<Command> {
        if self.kind_of(server) == Kind::Theirs {
            let mut command = jvm_with(PeerSet::Servers, &self.plan.jvm(server))?;
            self.add_folders(&mut command);
            // It would ask whether there is a newer one.
            command.arg("-Dalluxio.master.update.check.enabled=false");
            let log = repository().join("interop/java/resources/log4j-servers.properties");
            command.arg(format!("-Dlog4j.configuration=file:{}", log.display()));
            return Ok(command);
        }
        let mut command = mortal(match &self.plan.program {
            Some(program) => program.clone(),
            None => built_program()?,
        });
        command
            .env("ALLUXIO_HOME", self.site.home())
            .current_dir(self.site.home());
        Ok(command)
    }

    /// Tells a JVM where everything is.
    fn add_folders(&self, command: &mut Command) {
        command.args(self.options()).current_dir(self.site.home());
    }
}

/// The program beside the tests, built with the same profile.
fn built_program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let mut folders = own.ancestors().skip(1).take(2);
    let found = folders.find_map(|folder| {
        let program = folder.join("alluxio");
        program.is_file().then_some(program)
    });
    found.context("the program is not built: cargo build --bin alluxio")
}
