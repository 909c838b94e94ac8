//! [`Cluster`]: master, worker, job master and job worker, ours or Alluxio's own.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::java::{PeerSet, Program, jvm, mortal, repository};
use crate::normal::Normal;
use crate::runner::Runner;
use crate::site::Site;

/// Whose servers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The built program.
    Ours,
    /// Alluxio 2.9.4.
    Theirs,
}

/// A server of either kind: its title among ours, its class among theirs, and the port that it opens.
const SERVERS: [(&str, &str, &str); 4] = [
    (
        "AlluxioMaster",
        "alluxio.master.AlluxioMaster",
        "master.rpc",
    ),
    (
        "AlluxioJobMaster",
        "alluxio.master.AlluxioJobMaster",
        "job.master.rpc",
    ),
    (
        "AlluxioWorker",
        "alluxio.worker.AlluxioWorker",
        "worker.rpc",
    ),
    (
        "AlluxioJobWorker",
        "alluxio.worker.AlluxioJobWorker",
        "job.worker.web",
    ),
];

/// What ours says first when it serves.
const READY: &[u8] = b"ready";

/// How long a server may need until it serves: a JVM on a busy machine takes its time.
const START: Duration = Duration::from_secs(120);

/// How often is looked whether it does.
const LOOK: Duration = Duration::from_millis(50);

/// Master, worker, job master and job worker. They are ended when this is dropped.
#[derive(Debug)]
pub struct Cluster {
    kind: Kind,
    site: Site,
    running: Vec<Child>,
}

impl Cluster {
    /// Formats and starts a cluster in a temporary folder, with these lines in its site file.
    ///
    /// # Errors
    /// When a server does not start; the sentence has the end of its log.
    pub fn start(kind: Kind, settings: &[(&str, &str)]) -> Result<Self> {
        let mut cluster = Self {
            kind,
            site: Site::new(settings)?,
            running: Vec::new(),
        };
        cluster.format()?;
        // The others ask the master for its configuration when they start.
        cluster.start_servers(&SERVERS[..1])?;
        cluster.start_servers(&SERVERS[1..])?;
        Ok(cluster)
    }

    /// A JVM with this program, which finds this cluster by its site file.
    ///
    /// # Errors
    /// When it does not start.
    pub fn runner(&self, program: Program) -> Result<Runner> {
        let mut command = jvm(program.set())?;
        self.add_folders(&mut command);
        command.arg(program.class());
        let log = format!("logs/{program:?}.out");
        Runner::start(command, self.site.path(&log))
    }

    /// What `$name` stands for in a script.
    pub(crate) fn variables(&self) -> [(&'static str, String); 4] {
        let path = |folder: &str| self.site.path(folder).display().to_string();
        let master = format!("localhost:{}", self.site.port("master.rpc"));
        [
            ("$local", path("local")),
            ("$store", path("store")),
            ("$other", path("other")),
            ("$master", master),
        ]
    }

    pub(crate) fn normal(&self) -> Normal {
        Normal::new(&self.site)
    }

    /// The folder with the files for commands that copy.
    pub(crate) fn local(&self) -> PathBuf {
        self.site.path("local")
    }

    /// The folders of the stores, of the root and of those that can be mounted.
    pub(crate) fn stores(&self) -> [PathBuf; 2] {
        [self.site.path("store"), self.site.path("other")]
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
            let mut command = self.command()?;
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

    fn start_servers(&mut self, servers: &[(&str, &str, &str)]) -> Result<()> {
        let before = self.running.len();
        for (title, class, _) in servers {
            let name = match self.kind {
                Kind::Ours => title,
                Kind::Theirs => class,
            };
            let log = File::create(self.log(title))?;
            let mut command = self.command()?;
            command.arg(name).stdin(Stdio::null());
            if self.kind == Kind::Ours {
                command.arg("--announce");
            }
            let child = command.stdout(log.try_clone()?).stderr(log).spawn();
            self.running.push(child.with_context(|| title.to_string())?);
        }
        for (at, (title, _, port)) in servers.iter().enumerate() {
            let log = self.log(title);
            let port = self.site.port(port);
            let serves = || match self.kind {
                Kind::Ours => fs::read(&log).is_ok_and(|said| said.starts_with(READY)),
                // It opens its port when the master knows it.
                Kind::Theirs => TcpStream::connect(("127.0.0.1", port)).is_ok(),
            };
            wait_until(&mut self.running[before + at], serves)
                .with_context(|| format!("{:?} {title}: {}", self.kind, end_of(&log)))?;
        }
        Ok(())
    }

    fn log(&self, title: &str) -> PathBuf {
        self.site.path(&format!("logs/{title}.out"))
    }

    /// The program of a server, for its name.
    fn command(&self) -> Result<Command> {
        if self.kind == Kind::Theirs {
            let mut command = jvm(PeerSet::Servers)?;
            self.add_folders(&mut command);
            // It would ask whether there is a newer one.
            command.arg("-Dalluxio.master.update.check.enabled=false");
            let log = repository().join("interop/java/resources/log4j-servers.properties");
            command.arg(format!("-Dlog4j.configuration=file:{}", log.display()));
            return Ok(command);
        }
        let mut command = mortal(built_program()?);
        command
            .env("ALLUXIO_HOME", self.site.home())
            .current_dir(self.site.home());
        Ok(command)
    }

    /// Tells a JVM where everything is.
    fn add_folders(&self, command: &mut Command) {
        let at = |folder: &str| self.site.path(folder).display().to_string();
        command
            .arg(format!("-Dalluxio.home={}", self.site.home().display()))
            .arg(format!("-Dalluxio.conf.dir={}", at("conf")))
            .arg(format!("-Dalluxio.site.conf.dir={}", at("conf")))
            .arg(format!("-Dalluxio.logs.dir={}", at("logs")))
            .current_dir(self.site.home());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in &mut self.running {
            // One that has ended by itself needs no end. Nobody will look at what it leaves.
            child.kill().ok();
            child.wait().ok();
        }
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

fn wait_until(server: &mut Child, serves: impl Fn() -> bool) -> Result<()> {
    let tries = START.as_millis() / LOOK.as_millis();
    for _ in 0..tries {
        if let Some(status) = server.try_wait()? {
            bail!("it has ended: {status}");
        }
        if serves() {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
    bail!("it does not serve after {START:?}");
}

/// The last lines of a log.
fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
