//! The `main` of every server.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::{
    Conf, HIDDEN_OPTIONS, Loaded, Machine, Sources, environment_of_process, key, load,
};
use alluxio_common::logging::{LogSettings, LogTarget, Logging};
use alluxio_common::{Clock, SystemClock};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing::level_filters::LevelFilter;
use tracing::{error, info, warn};

use super::announce::{self, Announcer};
use super::find::Running;
use super::hidden::Parted;
use super::role::Role;
use super::secrets::warn_of_open_files;
use super::servers::{self, Ambient};
use super::spawn::command_line;
use crate::output::Output;

/// How long a server may take to end when it is asked to; then it ends all the same.
const LONGEST_STOP: Duration = Duration::from_secs(20);

/// A server that lost a race for threads is slow, one that has too many wastes memory.
const MOST_THREADS: usize = 64;

/// `launch-process`: becomes the server, in the foreground.
pub(in super::super) fn launch(
    conf: &Conf,
    role: Role,
    properties: &[(String, String)],
    output: &Output,
) -> u8 {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            output.error_line(error);
            return 1;
        }
    };
    // The process gets the title that people look for, which only a new program can have.
    let parted = Parted::of(properties);
    let error = Command::new(program)
        .args(command_line(role, conf, &parted.open))
        .env(HIDDEN_OPTIONS, &parted.hidden)
        .exec();
    output.error_line(format_args!(
        "The {} could not be started: {error}",
        role.words()
    ));
    1
}

/// Is the server until it is told to stop; the result is the exit code.
pub(in super::super) fn serve(
    role: Role,
    properties: Vec<(String, String)>,
    arguments: &[String],
    output: &Output,
) -> u8 {
    let is_announced = arguments
        .iter()
        .any(|argument| argument == announce::OPTION);
    let announcer = if is_announced {
        // The starter's terminal must not take the server with it when it closes.
        nix::unistd::setsid().ok();
        Announcer::ToStarter
    } else {
        Announcer::ToNobody
    };
    show_title(role);
    raise_open_files();
    match prepare(role, properties) {
        Ok(prepared) => prepared.run(role, announcer, output),
        Err(reason) => {
            output.error_line(format_args!("The {} cannot start: {reason}", role.words()));
            announcer.failed(&reason);
            1
        }
    }
}

/// The short name of the process, for `ps` and `top`; the system keeps fifteen letters of it.
fn show_title(role: Role) {
    drop(fs::write("/proc/self/comm", role.title()));
}

/// Allows as many open files as the system lets this process have: the usual limit of 1,024 is made
/// for programs that cannot count further, and a worker has a file or a connection for each reader.
fn raise_open_files() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        // Where that is refused, the old limit goes on to hold.
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).ok();
    }
}

struct Prepared {
    conf: Conf,
    /// Writes out what is queued when it is dropped.
    logging: Logging,
    clock: Arc<dyn Clock>,
    pid_file: PathBuf,
}

/// Configuration, log, pid file.
fn prepare(role: Role, properties: Vec<(String, String)>) -> Result<Prepared, String> {
    let Loaded {
        conf,
        problems,
        notices,
    } = load(Sources {
        role: role.conf_role(),
        command_line: properties,
        environment: environment_of_process(),
        machine: Machine::detect(),
    })
    .map_err(|error| error.to_string())?;
    if !problems.is_empty() {
        let sentences: Vec<String> = problems.iter().map(ToString::to_string).collect();
        return Err(sentences.join("\n"));
    }
    let clock = SystemClock::shared();
    let folder = PathBuf::from(conf.string(key::LOGS_DIR));
    fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let log = folder.join(format!("{}.log", role.name()));
    let mut settings = LogSettings::load(Path::new(conf.string(key::CONF_DIR)))
        .map_err(|error| error.to_string())?;
    if conf.bool(key::DEBUG) {
        settings.root = LevelFilter::DEBUG;
    }
    let logging = Logging::start_with(&LogTarget::File(log.clone()), &settings, Arc::clone(&clock))
        .map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    for notice in &notices {
        warn!("{notice}");
    }
    warn_of_open_files(&conf);
    let pid_file = folder.join(format!("{}.pid", role.name()));
    // The file of one that runs stays: this one will most likely not serve beside it.
    if !is_pid_of(&pid_file, &Running::of(role, &conf)) {
        write_pid(&pid_file)?;
    }
    Ok(Prepared {
        conf,
        logging,
        clock,
        pid_file,
    })
}

/// Whether the file names one of these processes, and not this one.
fn is_pid_of(file: &Path, running: &[Running]) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    let named: Option<i32> = text.trim().parse().ok();
    let is_own = named == i32::try_from(std::process::id()).ok();
    !is_own
        && running
            .iter()
            .any(|other| Some(other.pid.as_raw()) == named)
}

fn write_pid(file: &Path) -> Result<(), String> {
    fs::write(file, format!("{}\n", std::process::id()))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))
}

impl Prepared {
    fn run(self, role: Role, announcer: Announcer, output: &Output) -> u8 {
        let code = match self.runtime(role) {
            Ok(runtime) => {
                let code = runtime.block_on(self.until_stopped(role, announcer, output));
                runtime.shutdown_background();
                code
            }
            Err(error) => {
                announcer.failed(&error.to_string());
                1
            }
        };
        // Another process may have taken the file over.
        let own = format!("{}\n", std::process::id());
        if fs::read_to_string(&self.pid_file).is_ok_and(|text| text == own) {
            drop(fs::remove_file(&self.pid_file));
        }
        code
    }

    /// The two masters of jobs and their workers have little to do; the others take all processors.
    fn runtime(&self, role: Role) -> std::io::Result<tokio::runtime::Runtime> {
        let cores = usize::try_from(self.conf.machine().cores).unwrap_or(1);
        let threads = match role {
            Role::Master | Role::Worker => cores.clamp(2, MOST_THREADS),
            Role::JobMaster | Role::JobWorker => cores.clamp(1, 2),
        };
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        if role == Role::Worker {
            runtime.event_interval(alluxio_rpc::DATA_EVENT_INTERVAL);
        }
        runtime
            .worker_threads(threads)
            .thread_name(role.name())
            .enable_all()
            .build()
    }

    async fn until_stopped(&self, role: Role, announcer: Announcer, output: &Output) -> u8 {
        let (Ok(mut terminate), Ok(mut interrupt)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) else {
            announcer.failed("signals cannot be received");
            return 1;
        };
        info!(
            version = env!("CARGO_PKG_VERSION"),
            pid = std::process::id(),
            "starting"
        );
        let ambient = Ambient {
            conf: &self.conf,
            clock: Arc::clone(&self.clock),
            levels: self.logging.levels(),
        };
        let started = tokio::select! {
            started = servers::start(role, &ambient) => started,
            _ = terminate.recv() => return 0,
            _ = interrupt.recv() => return 0,
        };
        let server = match started {
            Ok(server) => server,
            Err(failed) => {
                error!(code = ?failed.code(), "{failed}");
                output.error_line(format_args!("The {} cannot start: {failed}", role.words()));
                announcer.failed(&failed.to_string());
                return 1;
            }
        };
        info!("serving");
        if let Err(error) = write_pid(&self.pid_file) {
            warn!("{error}");
        }
        announcer.ready(server.warning(&self.conf).as_deref());
        tokio::select! {
            _ = terminate.recv() => info!("asked to stop"),
            _ = interrupt.recv() => info!("interrupted"),
        }
        tokio::select! {
            () = server.stop() => info!("stopped"),
            () = tokio::time::sleep(LONGEST_STOP) => warn!(after = ?LONGEST_STOP, "stopped by force"),
            _ = terminate.recv() => warn!("asked to stop again, stopped by force"),
        }
        0
    }
}
