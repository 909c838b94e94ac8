//! Putting servers into the background.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use alluxio_common::conf::{Conf, HIDDEN_OPTIONS, key};
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use super::announce::{self, Announcement};
use super::find::marks;
use super::hidden::Parted;
use super::role::Role;
use crate::output::Output;

/// How long a server may take until it serves. Replaying a journal of a hundred million entries
/// takes minutes; a server that says nothing for this long hangs.
const PATIENCE: Duration = Duration::from_mins(10);

/// Whoever waits is told this often what for.
const TELL_EVERY: Duration = Duration::from_secs(3);

/// How often is looked whether a server that was told to end has ended, and the pause in between.
const LAST_MOMENTS: u32 = 500;
const PAUSE: Duration = Duration::from_millis(10);

/// How many lines of a log are shown, and where to look for them.
const LOG_LINES: usize = 10;
const LOG_TAIL: u64 = 8 << 10;

/// A server that was started.
#[derive(Debug)]
pub(super) struct Spawned {
    pub(super) role: Role,
    child: Child,
    /// How much stood in its log before.
    log_before: u64,
    log: PathBuf,
    /// Whether it was said that it is waited for.
    is_told: bool,
}

/// Why a server does not serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) role: Role,
    /// What it said, or what is known of its end.
    pub(super) reason: String,
    /// The last lines of its log, if it wrote any.
    pub(super) log: Vec<String>,
    /// Where the log is.
    pub(super) log_path: PathBuf,
    /// What was started with it, and has been ended for it.
    pub(super) ended_too: Vec<Role>,
}

/// Starts a server in the background.
///
/// # Errors
/// When the log folder cannot be written, or the program cannot be run.
pub(super) fn spawn(
    role: Role,
    conf: &Conf,
    properties: &[(String, String)],
) -> io::Result<Spawned> {
    let folder = PathBuf::from(conf.string(key::LOGS_DIR));
    fs::create_dir_all(&folder)?;
    let out = folder.join(format!("{}.out", role.name()));
    let out = OpenOptions::new().create(true).append(true).open(out)?;
    let log = folder.join(format!("{}.log", role.name()));
    let log_before = fs::metadata(&log).map_or(0, |metadata| metadata.len());
    let parted = Parted::of(properties);
    let child = Command::new(std::env::current_exe()?)
        .args(command_line(role, conf, &parted.open))
        .env(HIDDEN_OPTIONS, &parted.hidden)
        .arg(announce::OPTION)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(out)
        .spawn()?;
    Ok(Spawned {
        role,
        child,
        log_before,
        log,
        is_told: false,
    })
}

/// The words behind the program's name: the title that people look for, the marks that this program
/// looks for, and the options that were given and may be seen.
pub(super) fn command_line(
    role: Role,
    conf: &Conf,
    properties: &[&(String, String)],
) -> Vec<String> {
    let mut words = vec![role.title().to_owned()];
    words.extend(marks(conf));
    let is_mark = |name: &str| name == key::HOME || name == key::CONF_DIR;
    let others = properties.iter().filter(|(name, _)| !is_mark(name));
    words.extend(others.map(|(name, value)| format!("-D{name}={value}")));
    words
}

/// Workers wait for their master as long as it takes; whoever has started them does not.
const WAIT_FOR_A_MASTER: Duration = Duration::from_secs(6);

/// Waits until all serve or the first one fails; then all are ended again. A wait that takes its time
/// is told of: which server, and what it wrote last.
pub(super) fn wait_until_serving(
    servers: Vec<Spawned>,
    output: &Output,
) -> Result<(), Box<Failure>> {
    let (sender, receiver) = mpsc::sync_channel(servers.len());
    let mut servers = servers;
    for (index, server) in servers.iter_mut().enumerate() {
        let Some(pipe) = server.child.stdout.take() else {
            continue;
        };
        let sender = sender.clone();
        thread::spawn(move || sender.send((index, announce::listen(pipe))));
    }
    drop(sender);
    let mut waiting: Vec<usize> = (0..servers.len()).collect();
    let mut silence = Duration::ZERO;
    while let Some(first) = waiting.first().copied() {
        let (failed, reason) = match receiver.recv_timeout(TELL_EVERY) {
            Ok((index, Announcement::Ready(warning))) => {
                if let Some(warning) = warning {
                    output.error_line(warning);
                }
                waiting.retain(|other| *other != index);
                silence = Duration::ZERO;
                continue;
            }
            Ok((index, Announcement::Failed(reason))) => (index, reason),
            Ok((index, Announcement::Silence)) => (index, end_of(&mut servers[index].child)),
            Err(_timeout) if silence < PATIENCE => {
                silence += TELL_EVERY;
                for index in &waiting {
                    servers[*index].tell_waiting(output);
                }
                let waits = |index: &usize| servers[*index].role.waits_for_a_master();
                if waiting.iter().all(waits) && silence >= WAIT_FOR_A_MASTER {
                    output.error_line(
                        "What does not serve yet runs, and serves as soon as its master answers.",
                    );
                    return Ok(());
                }
                continue;
            }
            Err(_timeout) => (first, format!("it does not serve after {PATIENCE:?}")),
        };
        return Err(Box::new(end_all(servers, failed, reason)));
    }
    Ok(())
}

/// Ends the servers again: a start is all or nothing.
fn end_all(mut servers: Vec<Spawned>, failed: usize, reason: String) -> Failure {
    for server in &servers {
        if let Ok(id) = i32::try_from(server.child.id()) {
            // One that has ended already needs no end.
            signal::kill(Pid::from_raw(id), Signal::SIGTERM).ok();
        }
    }
    for server in &mut servers {
        server.wait_or_kill();
    }
    let others = servers.iter().enumerate();
    let ended_too = others.filter(|(index, _)| *index != failed);
    let ended_too = ended_too.map(|(_, server)| server.role).collect();
    // Only now has the server written all of its log.
    let failed = &servers[failed];
    Failure {
        role: failed.role,
        reason,
        log: last_lines(&failed.log, failed.log_before),
        log_path: failed.log.clone(),
        ended_too,
    }
}

impl Spawned {
    /// Says, once, that this server is waited for, and what it wrote last.
    fn tell_waiting(&mut self, output: &Output) {
        if !self.is_told {
            let words = self.role.words();
            let last = last_lines(&self.log, self.log_before).pop();
            let last = last.unwrap_or_else(|| "it has written nothing".to_owned());
            output.error_line(format_args!("The {words} does not serve yet: {last}"));
        }
        self.is_told = true;
    }

    /// Waits until the process has ended; one that takes too long is killed.
    fn wait_or_kill(&mut self) {
        for _ in 0..LAST_MOMENTS {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(PAUSE),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn end_of(child: &mut Child) -> String {
    match child.wait() {
        Ok(status) => format!("it ended without a word ({status})"),
        Err(error) => format!("it cannot be waited for: {error}"),
    }
}

/// The last lines that were written behind `from`.
pub(super) fn last_lines(log: &Path, from: u64) -> Vec<String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        let start = from.min(length).max(length.saturating_sub(LOG_TAIL));
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(LOG_TAIL).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(LOG_LINES);
    lines[skipped..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}
