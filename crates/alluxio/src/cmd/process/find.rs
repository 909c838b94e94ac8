//! Finding the servers that run on this machine.

use std::fs;
use std::path::Path;

use alluxio_common::conf::{Conf, key};
use nix::unistd::Pid;

use super::role::Role;

/// A server process of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Running {
    /// Its process id.
    pub(in super::super) pid: Pid,
    /// Its command line.
    command_line: Vec<String>,
}

/// The words that mark a process as belonging to one installation: its folder, and the folder of
/// its configuration. Several clusters may run on one machine.
pub(super) fn marks(conf: &Conf) -> [String; 2] {
    [key::HOME, key::CONF_DIR].map(|name| format!("-D{name}={}", conf.string(name)))
}

impl Running {
    /// All processes of this program whose title or other words contain `word`.
    pub(in super::super) fn with_word(word: &str) -> Vec<Self> {
        let contains = |running: &Self| running.command_line.iter().any(|text| text.contains(word));
        let mut found = Self::all();
        found.retain(|running| running.role().is_some() && contains(running));
        found
    }

    /// The processes with this role of the installation that `conf` describes.
    pub(super) fn of(role: Role, conf: &Conf) -> Vec<Self> {
        let marks = marks(conf);
        let mut found = Self::all();
        found.retain(|running| {
            running.role() == Some(role)
                && marks.iter().all(|mark| running.command_line.contains(mark))
        });
        found
    }

    /// Which server it is; `None` for a shell command.
    fn role(&self) -> Option<Role> {
        Role::from_title(self.command_line.get(1)?)
    }

    /// Whether it still runs. Another process under the same id does not count, nor does one that
    /// has ended and waits for its parent.
    pub(super) fn is_alive(&self) -> bool {
        command_line(self.pid.as_raw()) == Some(self.command_line.clone())
    }

    fn all() -> Vec<Self> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
        let found = ids.filter_map(|id| {
            let command_line = command_line(id)?;
            let is_ours = runs_this_program(command_line.first()?);
            is_ours.then(|| Self {
                pid: Pid::from_raw(id),
                command_line,
            })
        });
        found.collect()
    }
}

/// `None` when there is no such process, or when it has ended.
fn command_line(id: i32) -> Option<Vec<String>> {
    let bytes = fs::read(format!("/proc/{id}/cmdline")).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let words: Vec<String> = text.split_terminator('\0').map(str::to_owned).collect();
    (!words.is_empty()).then_some(words)
}

fn runs_this_program(word: &str) -> bool {
    Path::new(word)
        .file_name()
        .is_some_and(|name| name == "alluxio")
}
