//! [`Server`]: which servers there are; [`Running`]: one of them, as a process.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cluster::Kind;

/// How long a server may need until it serves: a JVM on a busy machine takes its time.
const START: Duration = Duration::from_secs(120);

/// How often is looked whether it does, and how long an answer to this look may take.
const LOOK: Duration = Duration::from_millis(10);
const ANSWER: Duration = Duration::from_secs(1);

/// What ours says first when it serves.
const READY: &[u8] = b"ready";

/// What a server's log says when somebody else has its port.
const TAKEN: &str = "Address already in use";

/// How many lines of a log are shown.
const SHOWN: usize = 15;

/// A server of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// The master.
    Master,
    /// The job master.
    JobMaster,
    /// A worker.
    Worker,
    /// The job worker.
    JobWorker,
}

/// What tells that one of theirs serves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sign {
    /// The port with this name is open.
    Port(&'static str),
    /// A page is answered at the port with this name. While a master waits to serve, it opens its ports
    /// and hangs up on everybody.
    Page(&'static str),
}

impl Server {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Master => "AlluxioMaster",
            Self::JobMaster => "AlluxioJobMaster",
            Self::Worker => "AlluxioWorker",
            Self::JobWorker => "AlluxioJobWorker",
        }
    }

    /// The word that makes a program this server: a title among ours, a class among theirs.
    pub(crate) fn word(self, kind: Kind) -> &'static str {
        match (kind, self) {
            (Kind::Ours, server) => server.title(),
            (Kind::Theirs, Self::Master) => "alluxio.master.AlluxioMaster",
            (Kind::Theirs, Self::JobMaster) => "alluxio.master.AlluxioJobMaster",
            (Kind::Theirs, Self::Worker) => "alluxio.worker.AlluxioWorker",
            (Kind::Theirs, Self::JobWorker) => "alluxio.worker.AlluxioJobWorker",
        }
    }

    pub(crate) fn sign(self) -> Sign {
        match self {
            Self::Master => Sign::Page("master.web"),
            Self::JobMaster => Sign::Page("job.master.web"),
            // They open these when the master knows them.
            Self::Worker => Sign::Port("worker.rpc"),
            Self::JobWorker => Sign::Port("job.worker.web"),
        }
    }
}

/// A server, as a process. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) server: Server,
    kind: Kind,
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts it with this command; what it says goes to this log.
    pub(crate) fn start(
        kind: Kind,
        server: Server,
        mut command: Command,
        log: PathBuf,
    ) -> Result<Self> {
        let file = File::create(&log)?;
        command.arg(server.word(kind)).stdin(Stdio::null());
        if kind == Kind::Ours {
            command.arg("--announce");
        }
        let child = command.stdout(file.try_clone()?).stderr(file).spawn();
        Ok(Self {
            server,
            kind,
            child: child.with_context(|| server.title())?,
            log,
        })
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Returns when it serves. `port` is the one of the sign.
    ///
    /// # Errors
    /// When it ends, or takes too long.
    pub(crate) fn wait(&mut self, port: u16) -> Result<()> {
        for _ in 0..START.as_millis() / LOOK.as_millis() {
            self.check()?;
            let serves = match (self.kind, self.server.sign()) {
                (Kind::Ours, _) => fs::read(&self.log).is_ok_and(|said| said.starts_with(READY)),
                (Kind::Theirs, Sign::Port(_)) => connect(port).is_some(),
                (Kind::Theirs, Sign::Page(_)) => answers_pages(port),
            };
            if serves {
                return Ok(());
            }
            thread::sleep(LOOK);
        }
        bail!(
            "{self} does not serve after {START:?}: {}",
            self.end_of_log()
        );
    }

    /// # Errors
    /// When it has ended, which nobody has asked it to.
    pub(crate) fn check(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(());
        };
        let log = self.end_of_log();
        bail!("{self} has ended by itself, which says nothing of the other kind: {status}\n{log}");
    }

    /// Whether somebody else had one of its ports.
    pub(crate) fn missed_a_port(&self) -> bool {
        fs::read_to_string(&self.log).is_ok_and(|text| text.contains(TAKEN))
    }

    fn end_of_log(&self) -> String {
        end_of(&self.log)
    }
}

impl std::fmt::Display for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let whose = match self.kind {
            Kind::Ours => "our",
            Kind::Theirs => "the Java",
        };
        write!(f, "{whose} {}", self.server.title())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended by itself needs no end. Nobody will look at what it leaves.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The last lines of a log.
pub(crate) fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

fn connect(port: u16) -> Option<TcpStream> {
    TcpStream::connect(("127.0.0.1", port)).ok()
}

fn answers_pages(port: u16) -> bool {
    let Some(mut stream) = connect(port) else {
        return false;
    };
    let mut head = [0; 4];
    stream.set_read_timeout(Some(ANSWER)).is_ok()
        && stream.write_all(b"GET / HTTP/1.0\r\n\r\n").is_ok()
        && stream.read_exact(&mut head).is_ok()
        && &head == b"HTTP"
}
