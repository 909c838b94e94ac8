//! `logLevel`: shows or changes what running servers log.

use alluxio_common::conf::{Conf, Role as ConfRole, key};

use super::environment::Call;
use super::http;
use super::process::Role;
use super::runtime::runtime;
use crate::connect;
use crate::output::Output;
use crate::shell::{CommandError, OptionSpec, Session, Value, option_table, parse};

const WIDTH: usize = 74;

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::long("level", "The new level of the logger.").taking(Value::One("arg")),
    OptionSpec::long(
        "logName",
        "The name of the logger, such as alluxio.master.file; those below it follow.",
    )
    .taking(Value::One("arg"))
    .required(),
    OptionSpec::long(
        "target",
        "<master|workers|job_master|job_workers|host:webPort[:role]>, several with commas; the \
         master, the job master and all their workers by default.",
    )
    .taking(Value::One("arg")),
];

/// A server with a web port.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    host: String,
    port: u16,
    role: Role,
}

/// Asks each target; the exit code says whether all of them answered.
pub(super) fn run(call: Call) -> u8 {
    let parsed = match parse(OPTIONS, &call.arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            call.output.line(usage());
            call.output
                .error_line(format_args!("Unable to parse input args: {error}"));
            return 1;
        }
    };
    let loaded = match call.load_valid(ConfRole::User) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    let session = Session::new(loaded, call.output, call.clock);
    let names = parsed
        .value("target")
        .unwrap_or("job_master,job_workers,workers,master");
    let found = match runtime() {
        Ok(runtime) => runtime.block_on(targets(&session, names)),
        Err(error) => Err(CommandError::refused(error.to_string())),
    };
    let targets = match found {
        Ok(targets) => targets,
        Err(error) => {
            session.output.error_line("Failed to set log level:");
            session.output.error_line(error);
            return 1;
        }
    };
    let logger = parsed.value("logName").unwrap_or("");
    let mut code = 0;
    for target in targets {
        if let Err(error) = target.ask(logger, parsed.value("level"), &session.output) {
            session.output.error_line(error);
            code = 1;
        }
    }
    code
}

fn usage() -> String {
    let table = option_table(OPTIONS, WIDTH, 1);
    format!("usage: logLevel [--level <arg>] --logName <arg> [--target <arg>]\n{table}")
}

async fn targets(session: &Session, names: &str) -> Result<Vec<Target>, CommandError> {
    let mut targets = Vec::new();
    for name in names.split(',') {
        match name {
            "master" => targets.push(one(&session.conf, Role::Master)),
            "job_master" => targets.push(one(&session.conf, Role::JobMaster)),
            "workers" => {
                let workers = session.block_master().await?.live_workers().await?;
                targets.extend(workers.into_iter().map(|worker| Target {
                    host: worker.address.host,
                    port: worker.address.web_port,
                    role: Role::Worker,
                }));
            }
            "job_workers" => {
                let job_master = session.file_system().await?.job_master();
                let port = session.conf.port(key::JOB_WORKER_WEB_PORT);
                let workers = job_master.worker_health().await?;
                targets.extend(workers.into_iter().map(|worker| Target {
                    host: worker.hostname.unwrap_or_default(),
                    port,
                    role: Role::JobWorker,
                }));
            }
            address => targets.push(by_address(session, address)?),
        }
    }
    Ok(targets)
}

/// The master or the job master.
fn one(conf: &Conf, role: Role) -> Target {
    let (addresses, port) = match role {
        Role::Master | Role::Worker => (connect::master_addresses(conf), key::MASTER_WEB_PORT),
        Role::JobMaster | Role::JobWorker => (
            connect::job_master_addresses(conf),
            key::JOB_MASTER_WEB_PORT,
        ),
    };
    let host = addresses
        .first()
        .map_or("localhost", |address| address.host());
    Target {
        host: host.to_owned(),
        port: conf.port(port),
        role,
    }
}

/// `host:webPort` or `host:webPort:role`.
fn by_address(session: &Session, text: &str) -> Result<Target, CommandError> {
    let unknown = || {
        CommandError::refused(format!(
            "Unrecognized target argument: {text}. Please pass the targets in the form of \
             <host>:<port>, with comma as the separator."
        ))
    };
    let mut parts = text.split(':');
    let host = parts.next().unwrap_or("").to_owned();
    let port: u16 = parts
        .next()
        .and_then(|port| port.parse().ok())
        .ok_or_else(unknown)?;
    let conf = &session.conf;
    let inferred = [
        (Role::Master, key::MASTER_WEB_PORT),
        (Role::JobMaster, key::JOB_MASTER_WEB_PORT),
        (Role::Worker, key::WORKER_WEB_PORT),
        (Role::JobWorker, key::JOB_WORKER_WEB_PORT),
    ]
    .into_iter()
    .find(|(_, key)| conf.port(key) == port)
    .map(|(role, _)| role);
    let role = match (inferred, parts.next()) {
        (Some(role), _) => {
            let name = role.name();
            session.output.line(format_args!(
                "Role inferred from port: {host}:{port}[{name}]"
            ));
            role
        }
        (None, Some(name)) => Role::from_name(name).ok_or_else(unknown)?,
        (None, None) => return Err(unknown()),
    };
    Ok(Target { host, port, role })
}

impl Target {
    fn ask(&self, logger: &str, level: Option<&str>, output: &Output) -> std::io::Result<()> {
        let role = self.role.name();
        let mut path = format!("/api/v1/{role}/logLevel?logName={logger}");
        if let Some(level) = level {
            path.push_str("&level=");
            path.push_str(level);
        }
        let body = http::post(&self.host, self.port, &path)?;
        let answer: serde_json::Value = serde_json::from_str(&body)?;
        let text = |field: &str| answer[field].as_str().unwrap_or("").to_owned();
        output.line(format_args!(
            "{}:{}[{role}]LogInfo{{{}, {}, {}}}",
            self.host,
            self.port,
            text("level"),
            text("logName"),
            text("message")
        ));
        Ok(())
    }
}
