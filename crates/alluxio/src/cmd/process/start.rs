//! `alluxio-start.sh`.

use std::path::Path;
use std::thread;
use std::time::Duration;

use alluxio_common::Clock;
use alluxio_common::conf::{Conf, key};

use super::arguments::{
    Action, FormatFirst, HostsFile, Misunderstood, MountOption, StartAction, StartArguments,
    StopFirst, Wait,
};
use super::find::Running;
use super::kill::{Kill, kill};
use super::memory_tier;
use super::remote::RemoteHosts;
use super::role::Role;
use super::spawn::{Failure, Spawned, spawn, wait_until_serving};
use crate::cmd::format;
use crate::output::Output;

const USAGE: &str = "\
Usage: alluxio-start.sh [-hNwm] [-i backup] ACTION [MOPT] [-f] [-c cache]
Where ACTION is one of:
  all [MOPT]     \tStart the masters and workers on all hosts in conf/masters and conf/workers.
  local [MOPT]   \tStart everything on this machine.
  master         \tStart the master on this machine.
  masters        \tStart the masters on the hosts in conf/masters.
  job_master     \tStart the job master on this machine.
  job_masters    \tStart the job masters on the hosts in conf/masters.
  worker [MOPT]  \tStart the worker on this machine.
  workers [MOPT] \tStart the workers on the hosts in conf/workers.
  job_worker     \tStart the job worker on this machine.
  job_workers    \tStart the job workers on the hosts in conf/workers.
  restart_worker \tStart the worker on this machine if it does not run.
  restart_workers\tThe same on the hosts in conf/workers.
  safe           \tStay, and start the master on this machine whenever it does not run.

MOPT (whether memory file systems are mounted for the memory tier) is one of:
  Mount          \tMount them; needs the rights of the superuser.
  SudoMount      \tMount them with sudo.
  NoMount        \tUse what is there; /dev/shm, the default, always is.

-a         return at once, not when the processes serve
-c cache   fill the memory tier of the worker from this folder
-i backup  begin with this backup, if the journal is empty
-f         format first: everything in Alluxio that is not in the under store is lost
-N         do not stop what runs already
-w         wait until the processes serve, which is the default
-h         print this
";

/// How often `safe` looks whether the master runs.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// What a start has at hand.
pub(in super::super) struct Starter<'a> {
    pub(in super::super) conf: &'a Conf,
    pub(in super::super) properties: &'a [(String, String)],
    pub(in super::super) output: &'a Output,
    pub(in super::super) clock: &'a dyn Clock,
}

/// Starts what the arguments name; the result is the exit code.
pub(in super::super) fn start(starter: &Starter<'_>, tokens: &[String]) -> u8 {
    let output = starter.output;
    let arguments = match StartArguments::parse(tokens) {
        Ok(arguments) => arguments,
        Err(Misunderstood::Help) => {
            output.text(USAGE);
            return 0;
        }
        Err(error @ Misunderstood::Absent(_)) => {
            output.error_line(format_args!("Error: {error}"));
            return 1;
        }
        Err(error) => {
            output.error_line(format_args!("Error: {error}"));
            output.text(USAGE);
            return 1;
        }
    };
    let succeeded = match arguments.action {
        StartAction::Start(Action::Here(roles)) => starter.start_here_or_say(roles, &arguments),
        StartAction::Start(Action::On(file, roles)) => starter.start_on(file, roles, &arguments),
        StartAction::Start(Action::All) => {
            let masters = &[Role::Master, Role::JobMaster];
            let workers = &[Role::Worker, Role::JobWorker];
            starter.start_on(HostsFile::Masters, masters, &arguments)
                && starter.start_on(HostsFile::Workers, workers, &arguments)
        }
        StartAction::RestartWorker => starter.start_missing(Role::Worker, arguments),
        StartAction::RestartWorkers => starter.start_missing_workers(arguments),
        StartAction::Safe => starter.keep_master_running(&arguments),
    };
    if succeeded { 0 } else { 1 }
}

impl Starter<'_> {
    fn start_here_or_say(&self, roles: &[Role], arguments: &StartArguments) -> bool {
        match self.start_here(roles, arguments) {
            Ok(()) => true,
            Err(message) => {
                self.output.error_line(message);
                false
            }
        }
    }

    fn start_here(&self, roles: &[Role], arguments: &StartArguments) -> Result<(), String> {
        if arguments.stop_first == StopFirst::Yes {
            self.stop_first(roles);
        }
        if roles.contains(&Role::Worker) {
            let option = self.mount_option(arguments);
            memory_tier::prepare(self.conf, option, self.output)?;
            if let Some(cache) = &arguments.cache {
                self.fill(cache)?;
            }
        }
        if arguments.format_first == FormatFirst::Yes {
            self.format(roles)?;
        }
        let servers = self.spawn_all(roles, arguments)?;
        if arguments.wait == Wait::No {
            return Ok(());
        }
        wait_until_serving(servers, self.output).map_err(|failure| explain(&failure))
    }

    fn spawn_all(
        &self,
        roles: &[Role],
        arguments: &StartArguments,
    ) -> Result<Vec<Spawned>, String> {
        let mut properties = self.properties.to_vec();
        properties.extend(arguments.backup.as_ref().map(|backup| {
            let name = key::MASTER_JOURNAL_INIT_FROM_BACKUP;
            (name.to_owned(), backup.clone())
        }));
        let host = &self.conf.machine().host_name;
        let logs = self.conf.string(key::LOGS_DIR);
        let mut servers = Vec::new();
        for role in roles {
            let words = role.words();
            self.output
                .line(format_args!("Starting {words} @ {host}. Logging to {logs}"));
            let server = spawn(*role, self.conf, &properties)
                .map_err(|error| format!("The {words} could not be started: {error}"))?;
            servers.push(server);
        }
        self.output.flush();
        Ok(servers)
    }

    /// What ran before is mentioned only if there was something.
    fn stop_first(&self, roles: &[Role]) {
        let running: Vec<Running> = roles
            .iter()
            .flat_map(|role| Running::of(*role, self.conf))
            .collect();
        let killed = kill(&running, Kill::AtLast, self.clock);
        if killed.ended > 0 {
            let host = &self.conf.machine().host_name;
            self.output.line(format_args!(
                "Killed {} process(es) on {host}",
                killed.ended
            ));
        }
    }

    fn mount_option(&self, arguments: &StartArguments) -> MountOption {
        match (arguments.mount, arguments.format_first) {
            (Some(option), _) => option,
            (None, FormatFirst::Yes) => {
                self.output.line("Assuming SudoMount given -f option.");
                MountOption::SudoMount
            }
            (None, FormatFirst::No) => {
                self.output.line("Assuming NoMount by default.");
                MountOption::NoMount
            }
        }
    }

    fn fill(&self, cache: &Path) -> Result<(), String> {
        for directory in memory_tier::directories(self.conf) {
            memory_tier::copy(cache, &directory).map_err(|error| {
                let (from, to) = (cache.display(), directory.display());
                format!("ERROR: filling {to} from {from} failed: {error}")
            })?;
        }
        Ok(())
    }

    fn format(&self, roles: &[Role]) -> Result<(), String> {
        if roles.contains(&Role::Worker) {
            format::format_worker(self.conf, self.output).map_err(|error| error.to_string())?;
        }
        if roles.contains(&Role::Master) {
            format::format_masters(self.conf, self.clock, self.output)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Other hosts start their processes themselves, with the same script.
    fn start_on(&self, file: HostsFile, roles: &[Role], arguments: &StartArguments) -> bool {
        let hosts = RemoteHosts::of(self.conf, file).with_properties(self.properties);
        let options = arguments.options();
        let mut succeeded = !hosts.includes_this || self.start_here_or_say(roles, arguments);
        for role in roles {
            let mut script = vec!["alluxio-start.sh", role.name()];
            script.extend(options.iter().map(String::as_str));
            succeeded &= hosts.run(&script, self.output);
        }
        succeeded
    }

    /// Starts a server of this machine, unless it runs.
    fn start_missing(&self, role: Role, arguments: StartArguments) -> bool {
        if !Running::of(role, self.conf).is_empty() {
            return true;
        }
        let arguments = StartArguments {
            stop_first: StopFirst::No,
            ..arguments
        };
        self.start_here_or_say(&[role], &arguments)
    }

    fn start_missing_workers(&self, arguments: StartArguments) -> bool {
        let hosts = RemoteHosts::of(self.conf, HostsFile::Workers).with_properties(self.properties);
        let options = arguments.options();
        let mut script = vec!["alluxio-start.sh", "restart_worker"];
        script.extend(options.iter().map(String::as_str));
        let here = !hosts.includes_this || self.start_missing(Role::Worker, arguments);
        hosts.run(&script, self.output) && here
    }

    /// Looks after the master of this machine until somebody interrupts it. A master that cannot
    /// start is tried again: what keeps it from starting may pass, such as a port in use.
    fn keep_master_running(&self, arguments: &StartArguments) -> ! {
        let role = Role::Master;
        loop {
            if Running::of(role, self.conf).is_empty() {
                self.output.line("Restarting the system master...");
                self.start_missing(role, arguments.clone());
            }
            self.output.line("Alluxio is running... ");
            self.output.flush();
            thread::sleep(LOOK_AGAIN);
        }
    }
}

/// Why a server does not serve, with the last lines of its log.
fn explain(failure: &Failure) -> String {
    let mut text = format!(
        "The {} does not serve: {}",
        failure.role.words(),
        failure.reason
    );
    if !failure.log.is_empty() {
        text.push_str(&format!(
            "\nThe last lines of {}:",
            failure.log_path.display()
        ));
        for line in &failure.log {
            text.push_str("\n  ");
            text.push_str(line);
        }
    }
    if !failure.ended_too.is_empty() {
        let words: Vec<&str> = failure.ended_too.iter().map(|role| role.words()).collect();
        let words = words.join(", ");
        text.push_str(&format!("\nStopped again with it: {words}"));
    }
    text
}
