//! [`CrashCluster`]: the processes of the built program, one of each kind.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use alluxio_client::{ClientConf, ClientNetwork, Connector, FileSystem, ShortCircuit};
use alluxio_common::conf::{Conf, Machine};
use alluxio_common::user::login_user;
use alluxio_common::{Clock, SystemClock, Tasks};
use alluxio_rpc::{Login, RetryPolicy, ServerAddress, SingleMaster};
use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::attendance::Attendance;
use crate::folder_view::folder_view;
use crate::minio::MinIo;
use crate::model::{StoreTarget, StoreView};
use crate::site::{Site, StoreKind};

/// A server that does not serve after this long never will.
const START: Duration = Duration::from_secs(60);

/// Something that can be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The master.
    Master,
    /// The worker.
    Worker,
    /// The job master.
    JobMaster,
    /// The job worker.
    JobWorker,
    /// The MinIO under everything.
    Store,
}

impl Part {
    /// What runs the program.
    pub const SERVERS: [Self; 4] = [Self::Master, Self::JobMaster, Self::Worker, Self::JobWorker];

    /// The name under which the program becomes this server.
    fn title(self) -> Option<&'static str> {
        match self {
            Self::Master => Some("AlluxioMaster"),
            Self::Worker => Some("AlluxioWorker"),
            Self::JobMaster => Some("AlluxioJobMaster"),
            Self::JobWorker => Some("AlluxioJobWorker"),
            Self::Store => None,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Worker => "worker",
            Self::JobMaster => "job master",
            Self::JobWorker => "job worker",
            Self::Store => "store",
        })
    }
}

const PAUSE: Duration = Duration::from_millis(20);

/// How a server begins that tells its starter that it serves.
const READY: &str = "ready";

/// How many stores can be mounted.
const STORES: usize = 4;

/// How a client behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientKind {
    /// How long it tries a call.
    pub(crate) patience: Duration,
    pub(crate) short_circuit: ShortCircuit,
}

/// The processes of the built program, one of each kind.
#[derive(Debug)]
pub struct CrashCluster {
    program: PathBuf,
    site: Site,
    running: Vec<(Part, Child)>,
    clock: Arc<dyn Clock>,
    attendance: Attendance,
    /// Whether a part may do late what it was asked while it hung.
    has_hung: bool,
    tasks: Tasks,
}

impl CrashCluster {
    /// Formats and starts a cluster of this program in an empty folder.
    ///
    /// # Errors
    /// When a part does not start; the sentence has the end of its log.
    pub async fn start(program: &Path, home: &Path, kind: StoreKind) -> Result<Self> {
        let site = Site::new(home, kind, STORES)?;
        let clock = SystemClock::shared();
        let mut cluster = Self {
            program: program.to_path_buf(),
            site,
            running: Vec::new(),
            attendance: Attendance::new(Arc::clone(&clock)),
            has_hung: false,
            clock,
            tasks: Tasks::new(),
        };
        if let Some(minio) = &cluster.site.minio {
            minio.make_bucket("store")?;
            for number in 0..STORES {
                minio.make_bucket(&format!("mounted-{number}"))?;
            }
            minio.start()?;
        }
        let formatted = cluster.command(&["format"]).output()?;
        if !formatted.status.success() {
            bail!("format: {}", String::from_utf8_lossy(&formatted.stderr));
        }
        cluster.start_parts(&Part::SERVERS).await?;
        Ok(cluster)
    }

    /// What can be killed.
    pub fn parts(&self) -> Vec<Part> {
        let store = self.site.minio.iter().map(|_| Part::Store);
        Part::SERVERS.into_iter().chain(store).collect()
    }

    /// Ends a part at once, with no time for a last word.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self, part: Part) -> Result<()> {
        self.attendance.leaves(part);
        if part == Part::Store {
            return self.site.minio.as_deref().map_or(Ok(()), MinIo::kill);
        }
        if let Some(at) = self.running.iter().position(|(known, _)| *known == part) {
            let (_, mut child) = self.running.swap_remove(at);
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Stops a part where it is: it says nothing more, and connections to it stay.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn hang(&mut self, part: Part) -> Result<()> {
        self.attendance.leaves(part);
        self.has_hung = true;
        self.signal(part, Signal::SIGSTOP)
    }

    /// Whether a part has hung since everything was compared for the last time.
    pub(crate) fn has_hung(&self) -> bool {
        self.has_hung
    }

    /// Everything was compared: what came late is known.
    pub(crate) fn is_compared(&mut self) {
        self.has_hung = false;
    }

    /// Lets a part that hangs go on, with everything that it was asked meanwhile.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn go_on(&mut self, part: Part) -> Result<()> {
        self.signal(part, Signal::SIGCONT)?;
        self.attendance.is_back(part);
        Ok(())
    }

    fn signal(&self, part: Part, signal: Signal) -> Result<()> {
        if part == Part::Store {
            let minio = self.site.minio.as_deref();
            return minio.map_or(Ok(()), |minio| minio.signal(signal));
        }
        let process = self.process_of(part).context("it runs")?;
        Ok(kill(process, signal)?)
    }

    /// Starts parts that do not run, in this order, and waits until all serve.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn start_parts(&mut self, parts: &[Part]) -> Result<()> {
        let (sender, mut receiver) = mpsc::channel(parts.len().max(1));
        let mut waiting = 0;
        for part in parts {
            let Some(title) = part.title() else {
                if let Some(minio) = self.site.minio.clone() {
                    spawn_blocking(move || minio.start()).await??;
                }
                continue;
            };
            let pipe = self.spawn(*part, title)?;
            let (part, sender) = (*part, sender.clone());
            waiting += 1;
            thread::spawn(move || {
                let (mut pipe, mut said) = (pipe, String::new());
                // What could be read before an error is all that there is.
                pipe.read_to_string(&mut said).ok();
                sender.blocking_send((part, said)).ok();
            });
        }
        for _ in 0..waiting {
            match timeout(START, receiver.recv()).await {
                Ok(Some((_, said))) if said.starts_with(READY) => {}
                Ok(Some((part, said))) => bail!("the {part} does not start: {said}"),
                Ok(None) | Err(_) => bail!("one of {parts:?} does not serve after {START:?}"),
            }
        }
        self.wait_for_worker().await?;
        for part in parts {
            self.attendance.is_back(*part);
        }
        Ok(())
    }

    /// Waits until the master knows its worker. One that has served the master before registers with
    /// the next one when it hears that it is another.
    async fn wait_for_worker(&self) -> Result<()> {
        let runs = |part| self.running.iter().any(|(known, _)| *known == part);
        if !runs(Part::Master) || !runs(Part::Worker) {
            return Ok(());
        }
        let kind = ClientKind {
            patience: START,
            short_circuit: ShortCircuit::Disabled,
        };
        let client = self.client(kind, 0)?;
        let master = client.block_master();
        let asked = async {
            // It has no answer just after its start.
            while !matches!(master.live_workers().await, Ok(workers) if !workers.is_empty()) {
                sleep(PAUSE).await;
            }
        };
        let known = timeout(START, asked).await;
        known.with_context(|| format!("the master has no worker after {START:?}"))
    }

    /// Starts a server; what comes is what it says of its start.
    fn spawn(&mut self, part: Part, title: &str) -> Result<ChildStdout> {
        let out = self.site.home.join(format!("{title}.out"));
        let out = OpenOptions::new().create(true).append(true).open(out)?;
        let mut child = self
            .command(&[title, "--announce"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(out)
            .spawn()?;
        let pipe = child.stdout.take().context("its output is a pipe")?;
        self.running.push((part, child));
        Ok(pipe)
    }

    /// The process of a server that was started.
    pub(crate) fn process_of(&self, part: Part) -> Option<Pid> {
        let (_, child) = self.running.iter().find(|(known, _)| *known == part)?;
        i32::try_from(child.id()).ok().map(Pid::from_raw)
    }

    /// The folder of everything.
    pub fn home(&self) -> &Path {
        &self.site.home
    }

    /// The stores that can be mounted.
    pub fn stores(&self) -> &[StoreTarget] {
        &self.site.mountable
    }

    /// Everything that another program sees in a store: the one at the root, or one that can be
    /// mounted.
    ///
    /// # Errors
    /// When the store cannot be looked into.
    pub fn view(&self, store: Option<usize>) -> Result<StoreView> {
        match &self.site.minio {
            Some(minio) => minio.view(&bucket(store)),
            None => Ok(folder_view(&self.site.folder(store))?),
        }
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    /// Who is away, and who has been.
    pub(crate) fn attendance(&self) -> &Attendance {
        &self.attendance
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// A client over the wire.
    pub(crate) fn client(&self, kind: ClientKind, seed: u64) -> Result<FileSystem> {
        // Whoever runs the master may do everything.
        let user = login_user(&Conf::of(Machine::detect(), &[])?);
        let mut conf = ClientConf::new(user.clone(), "localhost");
        conf.short_circuit = kind.short_circuit;
        conf.block_read_retry.total = kind.patience;
        conf.worker_list_refresh = Duration::ZERO;
        let at = |port| Arc::new(SingleMaster(ServerAddress::new("127.0.0.1", port)));
        let network = ClientNetwork {
            conf: alluxio_rpc::ClientConf::default(),
            login: Login::simple(user),
            master: at(self.site.master_port),
            job_master: at(self.site.job_master_port),
            retry: RetryPolicy {
                base: Duration::from_millis(20),
                max: Duration::from_millis(300),
                total: kind.patience,
            },
        };
        let connector = Connector::new(network, Arc::clone(&self.clock), self.tasks.clone(), seed);
        Ok(FileSystem::new(
            conf,
            connector,
            Arc::clone(&self.clock),
            seed,
        ))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .env("ALLUXIO_HOME", &self.site.home)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .current_dir(&self.site.home);
        command
    }
}

impl Drop for CrashCluster {
    fn drop(&mut self) {
        for (_, child) in &mut self.running {
            // One that has ended by itself needs no end.
            child.kill().ok();
            child.wait().ok();
        }
        if let Some(minio) = &self.site.minio {
            minio.stop().ok();
        }
    }
}

/// The name of the bucket of a store.
pub(crate) fn bucket(store: Option<usize>) -> String {
    store.map_or("store".to_owned(), |number| format!("mounted-{number}"))
}
