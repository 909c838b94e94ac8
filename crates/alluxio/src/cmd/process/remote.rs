//! The same action on many hosts.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{self, Command, Stdio};
use std::thread;

use alluxio_common::conf::{Conf, HIDDEN_OPTIONS, key};

use super::arguments::HostsFile;
use super::hidden::Parted;
use crate::output::Output;

/// How a host is reached: no question may be asked, and a dead host must not hold up the others.
const SSH_OPTIONS: [&str; 6] = [
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=5",
];

/// The hosts in a file of the configuration folder: this machine, perhaps, and the others.
#[derive(Debug)]
pub(in super::super) struct RemoteHosts<'a> {
    conf: &'a Conf,
    /// The `-D` options that the scripts on the other hosts get.
    properties: &'a [(String, String)],
    here: Vec<String>,
    others: Vec<String>,
    /// Whether this machine is one of them.
    pub(in super::super) includes_this: bool,
}

impl<'a> RemoteHosts<'a> {
    pub(in super::super) fn of(conf: &'a Conf, file: HostsFile) -> Self {
        let hosts = hosts(conf, file);
        Self::named(conf, hosts.iter().map(String::as_str))
    }

    /// These hosts.
    pub(super) fn named<'h>(conf: &'a Conf, hosts: impl Iterator<Item = &'h str>) -> Self {
        let (here, others): (Vec<_>, Vec<_>) = hosts
            .map(str::to_owned)
            .partition(|host| is_here(conf, host));
        Self {
            conf,
            properties: &[],
            others,
            includes_this: !here.is_empty(),
            here,
        }
    }

    /// The same hosts; what runs there gets these `-D` options as well.
    pub(in super::super) fn with_properties(self, properties: &'a [(String, String)]) -> Self {
        Self { properties, ..self }
    }

    /// Runs a script of this installation on the other hosts, with the configuration folder of this
    /// process; whether all of them succeeded.
    pub(in super::super) fn run(&self, script: &[&str], output: &Output) -> bool {
        let home = self.conf.string(key::HOME);
        let folder = self.conf.string(key::CONF_DIR);
        let mut words = Vec::new();
        if Path::new(folder) != Path::new(home).join("conf") {
            // `env`, because not every login shell knows assignments in front of a command.
            words.extend([
                "env".to_owned(),
                format!("ALLUXIO_CONF_DIR={}", quoted(folder)),
            ]);
        }
        let (name, arguments) = script.split_first().unwrap_or((&"", &[]));
        words.push(format!("{}/bin/{}", quoted(home), quoted(name)));
        words.extend(arguments.iter().map(|word| quoted(word)));
        let is_passed = |name: &str| name != key::HOME && name != key::CONF_DIR;
        let parted = Parted::of(self.properties);
        let passed = parted.open.iter().filter(|(name, _)| is_passed(name));
        words.extend(passed.map(|(name, value)| quoted(&format!("-D{name}={value}"))));
        let mut command = words.join(" ");
        if !parted.hidden.is_empty() {
            let script =
                format!("IFS= read -r {HIDDEN_OPTIONS}; export {HIDDEN_OPTIONS}; exec {command}");
            command = format!("sh -c {}", quoted(&script));
        }
        let action = Action {
            command: &command,
            input: &parted.hidden,
        };
        run(self.conf, &self.others, action, output)
    }

    /// Runs a command in the installation of every host; whether all of them succeeded.
    pub(super) fn run_everywhere(&self, words: &[String], output: &Output) -> bool {
        let home = quoted(self.conf.string(key::HOME));
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let command = format!("cd {home} && {}", words.join(" "));
        let hosts = [self.here.as_slice(), self.others.as_slice()].concat();
        let action = Action {
            command: &command,
            input: "",
        };
        run(self.conf, &hosts, action, output)
    }
}

/// What is run on a host.
#[derive(Debug, Clone, Copy)]
struct Action<'a> {
    /// For a shell.
    command: &'a str,
    /// One line that it reads, which stands on no command line. None when it is empty.
    input: &'a str,
}

impl Action<'_> {
    fn run(self, mut reached: Command) -> io::Result<process::Output> {
        if self.input.is_empty() {
            return reached.stdin(Stdio::null()).output();
        }
        let reached = reached.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = reached.stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = running.stdin.take() {
            // A host that does not listen says so in its own words.
            writeln!(stdin, "{}", self.input).ok();
        }
        running.wait_with_output()
    }
}

/// A word as the shell of the other side must read it to get the same word: `ssh` joins its
/// arguments with blanks.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The hosts in a file of the configuration folder; this machine when the file is missing.
fn hosts(conf: &Conf, file: HostsFile) -> Vec<String> {
    let path = Path::new(conf.string(key::CONF_DIR)).join(file.name());
    let text = fs::read_to_string(path).unwrap_or_default();
    let hosts: Vec<String> = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or("").trim().to_owned())
        .filter(|host| !host.is_empty())
        .collect();
    if hosts.is_empty() {
        vec!["localhost".to_owned()]
    } else {
        hosts
    }
}

/// Whether a host in such a file is this machine.
fn is_here(conf: &Conf, host: &str) -> bool {
    let full_name = nix::unistd::gethostname();
    host == "localhost"
        || host == conf.machine().host_name
        || full_name.is_ok_and(|name| name.to_string_lossy() == host)
}

/// How a command gets to a host: `ssh`, or nothing but a shell on this machine.
fn reach(conf: &Conf, host: &str, command: &str) -> Command {
    if is_here(conf, host) {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]);
        return shell;
    }
    let mut ssh = Command::new("ssh");
    ssh.args(SSH_OPTIONS).args([host, command]);
    ssh
}

/// Runs a command on the hosts, all at the same time, and prints what each one says. The result is
/// whether all of them succeeded.
fn run(conf: &Conf, hosts: &[String], action: Action<'_>, output: &Output) -> bool {
    let results = thread::scope(|scope| {
        let running: Vec<_> = hosts
            .iter()
            .map(|host| {
                let reached = reach(conf, host, action.command);
                scope.spawn(move || action.run(reached))
            })
            .collect();
        running
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect::<Vec<_>>()
    });
    let mut succeeded = true;
    for (host, result) in hosts.iter().zip(results) {
        let Ok(Ok(said)) = result else {
            output.error_line(format_args!("[{host}] ssh could not be run"));
            succeeded = false;
            continue;
        };
        for line in String::from_utf8_lossy(&said.stdout).lines() {
            output.line(format_args!("[{host}] {line}"));
        }
        for line in String::from_utf8_lossy(&said.stderr).lines() {
            output.error_line(format_args!("[{host}] {line}"));
        }
        succeeded &= said.status.success();
    }
    succeeded
}
