//! `alluxio-mount.sh`.

use alluxio_common::conf::Conf;

use super::arguments::{HostsFile, MountOption};
use super::memory_tier;
use super::remote::RemoteHosts;
use crate::output::Output;

const USAGE: &str = "\
Usage: alluxio-mount.sh [Mount|SudoMount|Umount|SudoUmount] [local|workers]
  Mount, SudoMount    put the directories of the memory tier into memory
  Umount, SudoUmount  give that memory back; what the directories hold is lost
  local               on this machine, which is the default
  workers             on the hosts in conf/workers
";

#[derive(Debug, Clone, Copy)]
enum Verb {
    Mount(MountOption),
    Unmount(MountOption),
}

impl Verb {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "Mount" => Some(Self::Mount(MountOption::Mount)),
            "SudoMount" => Some(Self::Mount(MountOption::SudoMount)),
            "Umount" => Some(Self::Unmount(MountOption::Mount)),
            "SudoUmount" => Some(Self::Unmount(MountOption::SudoMount)),
            _ => None,
        }
    }
}

/// Mounts or unmounts the memory tier here or on the workers' hosts; the result is the exit code.
pub(in super::super) fn mount(conf: &Conf, tokens: &[String], output: &Output) -> u8 {
    if tokens.iter().any(|token| token == "-h") {
        output.text(USAGE);
        return 0;
    }
    let words: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let (name, place) = match words[..] {
        [name] => (name, "local"),
        [name, place] => (name, place),
        _ => ("", ""),
    };
    let (Some(verb), "local" | "workers") = (Verb::parse(name), place) else {
        output.text(USAGE);
        return 1;
    };
    let succeeded = if place == "local" {
        here(conf, verb, output)
    } else {
        let hosts = RemoteHosts::of(conf, HostsFile::Workers);
        let here = !hosts.includes_this || here(conf, verb, output);
        hosts.run(&["alluxio-mount.sh", name, "local"], output) && here
    };
    u8::from(!succeeded)
}

fn here(conf: &Conf, verb: Verb, output: &Output) -> bool {
    let result = match verb {
        Verb::Mount(option) => memory_tier::prepare(conf, option, output),
        Verb::Unmount(option) => memory_tier::release(conf, option, output),
    };
    if let Err(message) = &result {
        output.error_line(message);
    }
    result.is_ok()
}
