//! `format` and its relatives: forgetting everything.

use std::path::Path;

use alluxio_common::Clock;
use alluxio_common::UfsPath;
use alluxio_common::conf::{Conf, Role, key};
use alluxio_master::process::{FormatMasterError, format_master};
use alluxio_worker::process::FormatWorkerError;

use super::environment::Call;
use super::process::{HostsFile, RemoteHosts};
use crate::output::Output;

/// The exit code for arguments that `format` does not know.
const MISUNDERSTOOD: u8 = 2;

/// Why something could not be formatted.
#[derive(Debug, thiserror::Error)]
pub(super) enum FormatError {
    /// The journal.
    #[error("cannot format the journal: {0}")]
    Journal(#[from] FormatMasterError),
    /// The worker's directories.
    #[error("cannot format the worker: {0}")]
    Worker(#[from] FormatWorkerError),
}

/// `format [-s]`: workers and masters on all hosts of the configuration.
pub(super) fn format(call: Call) -> u8 {
    let output = &call.output;
    let only_new = match &call.arguments[..] {
        [] => false,
        [option] if option == "-s" => true,
        _ => {
            output.error_line("Usage: alluxio format [-s]");
            return MISUNDERSTOOD;
        }
    };
    let conf = match call.load_valid(Role::Master) {
        Ok(loaded) => loaded.conf,
        Err(code) => return code,
    };
    if only_new && !is_new(&conf) {
        return 0;
    }
    let mut succeeded = format_all_workers(&conf, &call);
    if conf.choice(key::MASTER_JOURNAL_TYPE) == "EMBEDDED" {
        let masters = RemoteHosts::of(&conf, HostsFile::Masters);
        let masters = masters.with_properties(&call.properties);
        succeeded &= masters.run(&["alluxio", "formatJournal"], output);
    }
    succeeded &= printed(format_masters(&conf, call.clock.as_ref(), output), output);
    u8::from(!succeeded)
}

/// `formatJournal` and `formatMasters`, on this machine.
pub(super) fn format_masters_here(call: Call) -> u8 {
    let conf = match call.load_valid(Role::Master) {
        Ok(loaded) => loaded.conf,
        Err(code) => return code,
    };
    let formatted = format_masters(&conf, call.clock.as_ref(), &call.output);
    u8::from(!printed(formatted, &call.output))
}

/// `formatMaster`.
pub(super) fn format_master_deprecated(call: Call) -> u8 {
    call.output
        .line("formatMaster is deprecated - use formatMasters instead");
    format_masters_here(call)
}

/// `formatWorker`, on this machine.
pub(super) fn format_worker_here(call: Call) -> u8 {
    match call.load_valid(Role::Worker) {
        Ok(loaded) => u8::from(!printed(
            format_worker(&loaded.conf, &call.output),
            &call.output,
        )),
        Err(code) => code,
    }
}

/// `formatWorkers`, on all hosts.
pub(super) fn format_workers(call: Call) -> u8 {
    match call.load_valid(Role::Worker) {
        Ok(loaded) => u8::from(!format_all_workers(&loaded.conf, &call)),
        Err(code) => code,
    }
}

fn format_all_workers(conf: &Conf, call: &Call) -> bool {
    let hosts = RemoteHosts::of(conf, HostsFile::Workers).with_properties(&call.properties);
    let there = hosts.run(&["alluxio", "formatWorker"], &call.output);
    let here = !hosts.includes_this || printed(format_worker(conf, &call.output), &call.output);
    there && here
}

/// Empties the journals of the master and of the job master.
///
/// # Errors
/// When a folder cannot be written, or a master runs on it.
pub(super) fn format_masters(
    conf: &Conf,
    clock: &dyn Clock,
    output: &Output,
) -> Result<(), FormatError> {
    output.line(format_args!(
        "Formatting Alluxio Master @ {}",
        conf.machine().host_name
    ));
    Ok(format_master(conf, clock, &mut rand::rng())?)
}

/// Empties the directories of the worker.
///
/// # Errors
/// When a directory cannot be written.
pub(super) fn format_worker(conf: &Conf, output: &Output) -> Result<(), FormatError> {
    output.line(format_args!(
        "Formatting Alluxio Worker @ {}",
        conf.machine().host_name
    ));
    Ok(alluxio_worker::process::format(conf)?)
}

fn printed(outcome: Result<(), FormatError>, output: &Output) -> bool {
    match outcome {
        Ok(()) => true,
        Err(error) => {
            output.error_line(error);
            false
        }
    }
}

/// Whether the root store is a local folder that does not exist yet.
fn is_new(conf: &Conf) -> bool {
    let root = UfsPath::parse(conf.string(key::MASTER_MOUNT_TABLE_ROOT_UFS));
    root.is_ok_and(|root| {
        let is_local = root.scheme().is_empty() || root.scheme() == "file";
        is_local && matches!(Path::new(root.path()).try_exists(), Ok(false))
    })
}
