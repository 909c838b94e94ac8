//! `alluxio-masters.sh` and `alluxio-workers.sh`.

use alluxio_common::conf::Conf;

use super::arguments::HostsFile;
use super::remote::RemoteHosts;
use crate::output::Output;

/// Runs a command on every host in a file of the configuration folder; the result is the exit code.
pub(in super::super) fn on(conf: &Conf, tokens: &[String], output: &Output) -> u8 {
    let (file, command) = match tokens.split_first() {
        Some((name, command)) if name == "masters" => (HostsFile::Masters, command),
        Some((name, command)) if name == "workers" => (HostsFile::Workers, command),
        Some(_) | None => {
            output.error_line("Usage: alluxio process on <masters|workers> <command>...");
            return 1;
        }
    };
    if command.is_empty() {
        let name = file.name();
        output.error_line(format_args!("Usage: alluxio-{name}.sh <command>..."));
        return 1;
    }
    u8::from(!RemoteHosts::of(conf, file).run_everywhere(command, output))
}
