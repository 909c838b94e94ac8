//! `decommissionWorker`: takes workers out of service, and waits until they can be stopped.

use std::io;
use std::time::Duration;

use alluxio_common::conf::key;
use alluxio_common::duration;
use alluxio_proto::grpc::block::DecommissionWorkerPOptions;
use serde_json::Value as Json;

use super::worker_addresses::{self, NamedWorker};
use crate::cmd::http;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};

const DESCRIPTION: &str = "\
Takes workers out of service, and waits until they can be stopped: the master tells no client of \
them any more; after alluxio.user.worker.list.refresh.interval no client has an older list; then \
each worker is asked what it is doing, until it does nothing. It can be repeated.
The exit code is 0 when all of them can be stopped, 1 when none was taken out of service, 2 when \
the master does not answer any more, 3 when a worker is still busy at the end of --wait, and 10 \
when a worker does not answer.
";

pub(crate) const COMMAND: Command = Command {
    name: "decommissionWorker",
    usage: "decommissionWorker --addresses <workerHosts> [--wait waitTime] [--disable]",
    description: DESCRIPTION,
    options: &[
        OptionSpec::both(
            "a",
            "addresses",
            "the workers, host or host:webport, with commas",
        )
        .taking(Value::One("workerHosts"))
        .required(),
        OptionSpec::both(
            "w",
            "wait",
            "how long to wait for a busy worker; 5min by default",
        )
        .taking(Value::One("waitTime")),
        OptionSpec::both(
            "d",
            "disable",
            "the workers may not come back before enableWorker",
        ),
    ],
    count: Count::Any,
    run: |session, call| Box::pin(run(session, call)),
};

const DEFAULT_WAIT: Duration = Duration::from_secs(300);

/// How often each worker is asked what it does.
const POLL_PAUSE: Duration = Duration::from_millis(250);

/// A worker that has done nothing so many times in a row is idle.
const QUIET_POLLS: u32 = 20;

/// A worker that has not answered so many times in a row is gone.
const FAILED_POLLS: u32 = 5;

const MASTER_LOST: u8 = 2;
const NOT_IDLE: u8 = 3;
const SOME_LOST: u8 = 10;

/// A worker that is being watched.
#[derive(Debug)]
struct Watched {
    worker: NamedWorker,
    quiet: u32,
    failed: u32,
}

async fn run(session: &Session, call: Invocation) -> Outcome {
    let wait = match call.value("w") {
        None => DEFAULT_WAIT,
        Some(text) => match duration::parse_millis(text) {
            Ok(millis) => Duration::from_millis(millis.max(0).unsigned_abs()),
            Err(error) => return Err(CommandError::refused(error.to_string())),
        },
    };
    let list = call.value("a").unwrap_or_default();
    let wanted = worker_addresses::parse(&session.conf, list)?;
    let watched = take_out(session, wanted, &call).await?;
    wait_for_clients(session).await?;
    wait_until_idle(session, watched, wait).await
}

/// The workers that the master knows and that serve.
async fn serving(session: &Session) -> Result<Vec<NamedWorker>, CommandError> {
    let workers = session.block_master().await?.live_workers().await?;
    let named = workers.into_iter().map(|worker| NamedWorker {
        host: worker.address.host,
        web_port: worker.address.web_port,
    });
    Ok(named.collect())
}

async fn take_out(
    session: &Session,
    wanted: Vec<NamedWorker>,
    call: &Invocation,
) -> Result<Vec<Watched>, CommandError> {
    let output = &session.output;
    let known = serving(session).await?;
    let master = session.block_master().await?;
    // All of them first: a name that is wrong leaves the others in service.
    let mut found = Vec::new();
    for worker in wanted {
        let exact = known.iter().find(|known| **known == worker);
        let on_host = || known.iter().find(|known| known.host == worker.host);
        let Some(known_as) = exact.or_else(on_host) else {
            output.line(format_args!("Decommissioning worker {worker}"));
            let available: Vec<_> = known.iter().map(|known| format!("\t{known}")).collect();
            return Err(CommandError::refused(format!(
                "Worker {} is not known by the master. Please check the hostname or retry later. \
                 Available workers are: {}",
                worker.host,
                available.concat()
            )));
        };
        found.push(known_as.clone());
    }
    let (mut watched, mut failed) = (Vec::new(), Vec::new());
    for worker in found {
        output.line(format_args!("Decommissioning worker {worker}"));
        let options = DecommissionWorkerPOptions {
            worker_hostname: worker.host.clone(),
            worker_web_port: Some(worker.web_port.into()),
            can_register_again: Some(!call.has("d")),
        };
        match master.decommission_worker(options).await {
            Ok(()) => {
                output.line(format_args!("Set worker {worker} decommissioned on master"));
                watched.push(Watched {
                    worker,
                    quiet: 0,
                    failed: 0,
                });
            }
            Err(error) => {
                output.error_line(format_args!(
                    "Failed to decommission worker {worker}: {error}"
                ));
                failed.push(worker);
            }
        }
    }
    output.line(format_args!(
        "Sent decommission messages to the master, {} failed and {} succeeded\nFailed ones: {}",
        failed.len(),
        watched.len(),
        listed(&failed)
    ));
    if watched.is_empty() {
        output.line(
            "Failed to decommission all workers. The admin should double check the worker \
             addresses and the primary master status.",
        );
        return Err(CommandError::Exit(1));
    }
    Ok(watched)
}

/// Waits as long as a client may go on with an older list.
async fn wait_for_clients(session: &Session) -> Outcome {
    let output = &session.output;
    output.line(format_args!(
        "Clients take {}={} to be updated on the new worker list so this command will block for \
         the same amount of time to ensure the update propagates to clients in the cluster.",
        key::USER_WORKER_LIST_REFRESH_INTERVAL,
        session.conf.string(key::USER_WORKER_LIST_REFRESH_INTERVAL)
    ));
    let interval = session
        .conf
        .duration(key::USER_WORKER_LIST_REFRESH_INTERVAL);
    tokio::time::sleep(interval).await;
    output.line(
        "Verifying the decommission has taken effect by listing all available workers on the \
         master",
    );
    match serving(session).await {
        Ok(left) => {
            output.line(format_args!(
                "Now on master the available workers are: {}",
                listed(&left)
            ));
            Ok(())
        }
        Err(error) => {
            output.error_line(format_args!(
                "Failed to refresh the available worker list from master: {error}"
            ));
            Err(CommandError::Exit(MASTER_LOST))
        }
    }
}

async fn wait_until_idle(session: &Session, mut watched: Vec<Watched>, wait: Duration) -> Outcome {
    let output = &session.output;
    let started = session.clock.monotonic();
    let waited = || session.clock.monotonic().saturating_sub(started);
    let mut lost = Vec::new();
    while !watched.is_empty() && waited() < wait {
        let asked = watched.iter().map(|at| ask(at.worker.clone()));
        let answers = futures::future::join_all(asked).await;
        for (at, answer) in watched.iter_mut().zip(answers) {
            at.note(session, answer);
        }
        watched.retain(|at| {
            if at.failed >= FAILED_POLLS {
                output.line(format_args!(
                    "Failed to poll status from worker {} for {FAILED_POLLS} times in a row. \
                     Worker is considered inaccessible and not functioning. If the worker is not \
                     functioning, it probably does not currently have ongoing I/O and can be \
                     stopped. But the admin is advised to manually double check the working \
                     before stopping it. ",
                    at.worker
                ));
                lost.push(at.worker.clone());
            } else if at.quiet >= QUIET_POLLS {
                output.line(format_args!(
                    "There is no operation on worker {} for {QUIET_POLLS} times in a row. Worker \
                     is considered safe to stop.",
                    at.worker
                ));
            }
            at.failed < FAILED_POLLS && at.quiet < QUIET_POLLS
        });
        if !watched.is_empty() {
            tokio::time::sleep(POLL_PAUSE).await;
        }
    }
    let minutes = waited().as_secs() / 60;
    output.line(format_args!(
        "Waited {minutes} minutes for workers to be idle"
    ));
    if !watched.is_empty() {
        let busy: Vec<_> = watched.into_iter().map(|at| at.worker).collect();
        output.line(format_args!(
            "{} workers still have not finished all their operations\nThe admin should manually \
             intervene and check those workers, before shutting them down.",
            listed(&busy)
        ));
        return Err(CommandError::Exit(NOT_IDLE));
    }
    if !lost.is_empty() {
        output.line(format_args!(
            "{} workers became inaccessible and we assume there are no operations, but we still \
             recommend the admin to double check:\n{}",
            lost.len(),
            listed(&lost)
        ));
        return Err(CommandError::Exit(SOME_LOST));
    }
    output.line(
        "All workers are successfully decommissioned and now idle. Safe to kill or restart this \
         batch of workers now.",
    );
    output.error_line(
        "Keep what is in their tiers: files that are in no under store and on no other worker can \
         be read again only when these workers are back.",
    );
    Ok(())
}

impl Watched {
    /// Counts an answer.
    fn note(&mut self, session: &Session, answer: io::Result<String>) {
        let worker = &self.worker;
        let output = &session.output;
        output.line(format_args!("Polling status from worker {worker}"));
        match answer {
            Ok(answer) if is_idle(&answer) => {
                self.quiet += 1;
                self.failed = 0;
            }
            Ok(_busy) => {
                self.quiet = 0;
                self.failed = 0;
            }
            Err(error) => {
                output.error_line(format_args!(
                    "Failed to poll progress from worker {}: {error}",
                    worker.host
                ));
                self.quiet = 0;
                self.failed += 1;
            }
        }
    }
}

/// Asks a worker what it does.
async fn ask(worker: NamedWorker) -> io::Result<String> {
    let asked = tokio::task::spawn_blocking(move || {
        http::get(&worker.host, worker.web_port, "/api/v1/worker/operations")
    });
    asked
        .await
        .unwrap_or_else(|_ended| Err(io::Error::other("it was not asked")))
}

fn is_idle(answer: &str) -> bool {
    let Ok(answer) = serde_json::from_str::<Json>(answer) else {
        return false;
    };
    let is_zero = |name: &str| answer.get(name).and_then(Json::as_i64) == Some(0);
    is_zero("operationCount") && is_zero("rpcQueueLength")
}

fn listed(workers: &[NamedWorker]) -> String {
    let names: Vec<_> = workers.iter().map(ToString::to_string).collect();
    format!("[{}]", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_idle_when_it_says_so() {
        assert!(is_idle(r#"{"operationCount":0,"rpcQueueLength":0}"#));
        assert!(!is_idle(r#"{"operationCount":1,"rpcQueueLength":0}"#));
        assert!(!is_idle(r#"{"operationCount":0,"rpcQueueLength":3}"#));
        assert!(!is_idle("{}"));
        assert!(!is_idle("<html>"));
    }
}
