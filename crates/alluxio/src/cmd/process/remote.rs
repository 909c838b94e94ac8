//! The same action on many hosts.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use alluxio_common::conf::{Conf, key};

use super::arguments::HostsFile;
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
    others: Vec<String>,
    /// Whether this machine is one of them.
    pub(in super::super) includes_this: bool,
}

impl<'a> RemoteHosts<'a> {
    pub(in super::super) fn of(conf: &'a Conf, file: HostsFile) -> Self {
        let (here, others): (Vec<_>, Vec<_>) = hosts(conf, file)
            .into_iter()
            .partition(|host| is_here(conf, host));
        Self {
            conf,
            others,
            includes_this: !here.is_empty(),
        }
    }

    /// Runs a script of this installation on the other hosts; whether all of them succeeded.
    pub(in super::super) fn run(&self, script: &[&str], output: &Output) -> bool {
        let script: Vec<String> = script.iter().map(|word| (*word).to_owned()).collect();
        run(self.conf, &self.others, &script, output)
    }
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

/// Runs a script of this installation on the hosts, all at the same time, and prints what each one
/// says. The result is whether all of them succeeded.
fn run(conf: &Conf, hosts: &[String], script: &[String], output: &Output) -> bool {
    let home = conf.string(key::HOME);
    let command = format!("{home}/bin/{}", script.join(" "));
    let results = thread::scope(|scope| {
        let running: Vec<_> = hosts
            .iter()
            .map(|host| {
                let command = &command;
                scope.spawn(move || {
                    Command::new("ssh")
                        .args(SSH_OPTIONS)
                        .arg(host)
                        .arg(command)
                        .stdin(Stdio::null())
                        .output()
                })
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
