//! `alluxio-monitor.sh`: whether the servers answer.

use std::path::Path;

use alluxio_common::conf::key;
use alluxio_rpc::ServerAddress;

use super::arguments::{Action, HostsFile};
use super::remote::RemoteHosts;
use super::role::Role;
use super::spawn::last_lines;
use crate::cmd::http;
use crate::connect;
use crate::shell::Session;

const USAGE: &str = "\
Usage: alluxio-monitor.sh [-hL] ACTION [host1,host2,...]
Where ACTION is one of:
  all           \tLook at the masters and workers on all hosts in conf/masters and conf/workers.
  local         \tLook at everything on this machine.
  master        \tLook at the master on this machine.
  masters       \tLook at the masters on the hosts in conf/masters.
  job_master    \tLook at the job master on this machine.
  job_masters   \tLook at the job masters on the hosts in conf/masters.
  worker        \tLook at the worker on this machine.
  workers       \tLook at the workers on the hosts in conf/workers.
  job_worker    \tLook at the job worker on this machine.
  job_workers   \tLook at the job workers on the hosts in conf/workers.

-L  only print the last lines of the logs
-h  print this
";

const RULE: &str = "-----------------------------------------";

/// What is asked of each server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Whether it answers; the log of one that does not is printed.
    Answers,
    /// Only the log.
    Log,
}

/// Looks at the servers that the arguments name; the exit code is 0 when all of them answer.
pub(in super::super) async fn monitor(session: &Session, tokens: &[String]) -> u8 {
    let output = &session.output;
    let mut look = Look::Answers;
    let mut words = Vec::new();
    for token in tokens {
        match token.as_str() {
            "-h" => {
                output.text(USAGE);
                return 0;
            }
            "-L" => look = Look::Log,
            word => words.push(word),
        }
    }
    let (name, hosts) = match words[..] {
        [name] => (name, None),
        [name, hosts] => (name, Some(hosts)),
        _ => {
            output.error_line("Error: Invalid number of arguments");
            output.error_line(USAGE);
            return 1;
        }
    };
    let Some(action) = Action::parse(name) else {
        output.error_line(format_args!("Error: Invalid ACTION: {name}"));
        output.error_line(USAGE);
        return 1;
    };
    let monitor = Monitor { session, look };
    let is_healthy = match action {
        Action::Here(roles) => monitor.here(roles).await,
        Action::On(file, roles) => monitor.on(file, hosts, roles).await,
        Action::All => {
            let masters = [Role::Master, Role::JobMaster];
            let workers = [Role::Worker, Role::JobWorker];
            let masters = monitor.on(HostsFile::Masters, hosts, &masters).await;
            monitor.on(HostsFile::Workers, hosts, &workers).await && masters
        }
    };
    u8::from(!is_healthy)
}

struct Monitor<'a> {
    session: &'a Session,
    look: Look,
}

impl Monitor<'_> {
    async fn here(&self, roles: &[Role]) -> bool {
        let output = &self.session.output;
        let what = match roles {
            [role] => format!("the {} service", role.name()),
            _ => "all local services".to_owned(),
        };
        output.line(format_args!("{RULE}\nStarting to monitor {what}.\n{RULE}"));
        let mut is_healthy = true;
        for role in roles {
            is_healthy &= self.look_at(*role).await;
        }
        is_healthy
    }

    async fn look_at(&self, role: Role) -> bool {
        let Session { conf, output, .. } = self.session;
        if self.look == Look::Log {
            self.print_log(role);
            return true;
        }
        let (name, host) = (role.name(), &conf.machine().host_name);
        output.line(format_args!("--- Running {name} monitor @ {host}."));
        match self.ask(role).await {
            Ok(()) => {
                output.line(format_args!(
                    "--- [ OK ] The {name} service @ {host} is in an healthy state."
                ));
                true
            }
            Err(reason) => {
                output.line(format_args!(
                    "--- [ FAILED ] The {name} @ {host} is not serving requests."
                ));
                output.error_line(reason);
                self.print_log(role);
                false
            }
        }
    }

    /// Whether a client could log in now.
    async fn ask(&self, role: Role) -> Result<(), String> {
        let conf = &self.session.conf;
        let address = match role {
            Role::Master => connect::master_addresses(conf)
                .first()
                .map(|at| at.server()),
            Role::JobMaster => connect::job_master_addresses(conf)
                .first()
                .map(|at| at.server()),
            Role::Worker => {
                let host = conf.host(key::WORKER_HOSTNAME);
                Some(ServerAddress::new(host, conf.port(key::WORKER_RPC_PORT)))
            }
            // Nobody calls a job worker: it has no port but that of its pages.
            Role::JobWorker => None,
        };
        match address {
            Some(address) => connect::open(self.session, address)
                .await
                .map_err(|error| error.to_string()),
            None => {
                let host = conf.host(key::JOB_WORKER_HOSTNAME);
                let port = conf.port(key::JOB_WORKER_WEB_PORT);
                let answer = http::get(&host, port, "/metrics/json/");
                answer.map(drop).map_err(|error| error.to_string())
            }
        }
    }

    fn print_log(&self, role: Role) {
        let Session { conf, output, .. } = self.session;
        for end in ["log", "out"] {
            let name = format!("{}.{end}", role.name());
            let log = Path::new(conf.string(key::LOGS_DIR)).join(name);
            output.line(format_args!(
                "--- Printing the log tail for {}",
                log.display()
            ));
            let lines = last_lines(&log, 0);
            if lines.is_empty() {
                output.line("    --- EMPTY ---");
                continue;
            }
            output.line(format_args!(">>> BEGIN\n{}\n<<< EOF", lines.join("\n")));
        }
    }

    /// Other hosts look at their servers themselves, with the same script.
    async fn on(&self, file: HostsFile, hosts: Option<&str>, roles: &[Role]) -> bool {
        let conf = &self.session.conf;
        let hosts = match hosts {
            Some(list) => RemoteHosts::named(conf, list.split(',')),
            None => RemoteHosts::of(conf, file),
        };
        let mut is_healthy = !hosts.includes_this || self.here(roles).await;
        for role in roles {
            let script = match self.look {
                Look::Answers => vec!["alluxio-monitor.sh", role.name()],
                Look::Log => vec!["alluxio-monitor.sh", "-L", role.name()],
            };
            is_healthy &= hosts.run(&script, &self.session.output);
        }
        is_healthy
    }
}
