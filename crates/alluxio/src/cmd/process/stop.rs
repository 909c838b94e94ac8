//! `alluxio-stop.sh`.

use std::path::Path;

use alluxio_common::Clock;
use alluxio_common::conf::Conf;

use super::arguments::{Action, Force, HostsFile, Misunderstood, StopAction, StopArguments};
use super::find::Running;
use super::kill::{Kill, Killed, kill};
use super::memory_tier;
use super::remote::RemoteHosts;
use super::role::Role;
use crate::output::Output;

const USAGE: &str = "\
Usage: alluxio-stop.sh [-h] [-c cache] [-s] ACTION
Where ACTION is one of:
  all           \tStop the masters and workers on all hosts in conf/masters and conf/workers.
  local         \tStop everything on this machine.
  master        \tStop the master on this machine.
  masters       \tStop the masters on the hosts in conf/masters.
  job_master    \tStop the job master on this machine.
  job_masters   \tStop the job masters on the hosts in conf/masters.
  worker        \tStop the worker on this machine.
  workers       \tStop the workers on the hosts in conf/workers.
  job_worker    \tStop the job worker on this machine.
  job_workers   \tStop the job workers on the hosts in conf/workers.

-c cache  save the memory tier of the worker in this folder
-s        only ask processes to end, never kill them
-h        print this
";

/// Stops what the arguments name; the result is the exit code.
pub(in super::super) fn stop(
    conf: &Conf,
    tokens: &[String],
    output: &Output,
    clock: &dyn Clock,
) -> u8 {
    let arguments = match StopArguments::parse(tokens) {
        Ok(arguments) => arguments,
        Err(Misunderstood::Help) => {
            output.text(USAGE);
            return 0;
        }
        Err(error) => {
            output.error_line(format_args!("Error: {error}"));
            output.text(USAGE);
            return 1;
        }
    };
    let how = if arguments.force == Force::Yes {
        Kill::AtLast
    } else {
        Kill::Softly
    };
    let stopper = Stopper {
        conf,
        how,
        output,
        clock,
    };
    let succeeded = match arguments.action {
        StopAction::Nothing => stopper.stop_nothing(),
        StopAction::Stop(Action::Here(roles)) => {
            if let Some(cache) = &arguments.cache
                && roles.contains(&Role::Worker)
                && let Err(error) = save(conf, cache)
            {
                output.error_line(error);
                return 1;
            }
            stopper.stop_here(roles)
        }
        StopAction::Stop(Action::On(file, roles)) => stop_on(&stopper, file, roles),
        StopAction::Stop(Action::All) => {
            let stopped = stop_on(
                &stopper,
                HostsFile::Workers,
                &[Role::JobWorker, Role::Worker],
            );
            stop_on(
                &stopper,
                HostsFile::Masters,
                &[Role::JobMaster, Role::Master],
            ) && stopped
        }
    };
    if succeeded { 0 } else { 1 }
}

/// What a stop has at hand.
struct Stopper<'a> {
    conf: &'a Conf,
    how: Kill,
    output: &'a Output,
    clock: &'a dyn Clock,
}

impl Stopper<'_> {
    /// A process that there is not does not run.
    fn stop_nothing(&self) -> bool {
        let host = &self.conf.machine().host_name;
        self.output
            .line(format_args!("Killed 0 process(es) on {host}"));
        true
    }

    /// Stops the processes of these roles on this machine, all at the same time; whether none is
    /// left.
    fn stop_here(&self, roles: &[Role]) -> bool {
        let (conf, how, clock) = (self.conf, self.how, self.clock);
        let killed: Vec<Killed> = std::thread::scope(|scope| {
            let stop = |role: &Role| {
                let found = Running::of(*role, conf);
                scope.spawn(move || kill(&found, how, clock))
            };
            let running: Vec<_> = roles.iter().map(stop).collect();
            running
                .into_iter()
                .filter_map(|thread| thread.join().ok())
                .collect()
        });
        let host = &conf.machine().host_name;
        for killed in &killed {
            if killed.by_force > 0 {
                self.output
                    .line("Process did not complete after 120 seconds, killing.");
            }
            self.output.line(format_args!(
                "Killed {} process(es) on {host}",
                killed.ended
            ));
        }
        killed.len() == roles.len() && killed.iter().all(|killed| killed.left == 0)
    }
}

/// Other hosts stop their processes themselves, with the same script.
fn stop_on(stopper: &Stopper<'_>, file: HostsFile, roles: &[Role]) -> bool {
    let hosts = RemoteHosts::of(stopper.conf, file);
    let mut succeeded = !hosts.includes_this || stopper.stop_here(roles);
    for role in roles {
        let script = match stopper.how {
            Kill::AtLast => vec!["alluxio-stop.sh", role.name()],
            Kill::Softly => vec!["alluxio-stop.sh", "-s", role.name()],
        };
        succeeded &= hosts.run(&script, stopper.output);
    }
    succeeded
}

fn save(conf: &Conf, cache: &Path) -> Result<(), String> {
    for directory in memory_tier::directories(conf) {
        memory_tier::copy(&directory, cache).map_err(|error| {
            format!(
                "ERROR: saving {} in {} failed: {error}",
                directory.display(),
                cache.display()
            )
        })?;
    }
    Ok(())
}
