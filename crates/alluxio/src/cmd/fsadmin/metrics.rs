//! `metrics clear`: counting starts again.

use alluxio_client::Worker;
use alluxio_proto::grpc::block::ClearMetricsRequest;
use alluxio_proto::grpc::block::block_worker_client::BlockWorkerClient;
use alluxio_rpc::ServerAddress;
use futures::{StreamExt, stream};

use crate::connect;
use crate::shell::wildcard::all_of;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "metrics",
    usage: "metrics [clear]",
    description: "Looks after what is counted. clear [--master] [--workers <worker_hostnames>] \
                  [--parallelism <#>]: the counts of the master and of all workers start again, or \
                  of those that are named. Whoever collects them sees a step.",
    options: &[
        OptionSpec::long("master", "clear: the master"),
        OptionSpec::long("workers", "clear: these workers, with commas")
            .taking(Value::One("worker_hostnames")),
        OptionSpec::long(
            "parallelism",
            "clear: how many workers at the same time; 8 by default",
        )
        .taking(Value::One("#")),
    ],
    count: Count::AtMost(1),
    run: |session, call| Box::pin(run(session, call)),
};

const DEFAULT_PARALLELISM: usize = 8;

async fn run(session: &Session, call: Invocation) -> Outcome {
    match call.argument(0) {
        "clear" => clear(session, &call).await,
        "" => Err(CommandError::usage("No sub-command is specified")),
        other => Err(CommandError::usage(format!("Unknown sub-command: {other}"))),
    }
}

async fn clear(session: &Session, call: &Invocation) -> Outcome {
    let parallelism = match call.value("parallelism").map(str::parse) {
        None => DEFAULT_PARALLELISM,
        Some(Ok(number @ 1..)) => number,
        Some(_) => return Err(CommandError::usage("parallelism must be > 0")),
    };
    let names = call.value("workers");
    let is_everything = names.is_none() && !call.has("master");
    if is_everything || names.is_some() {
        clear_workers(session, names, parallelism).await?;
    }
    if is_everything || call.has("master") {
        let file_system = session.file_system().await?;
        file_system.meta_master().clear_metrics().await?;
        let output = &session.output;
        output.line("Successfully cleared metrics of Alluxio leading master.");
    }
    Ok(())
}

async fn clear_workers(session: &Session, names: Option<&str>, parallelism: usize) -> Outcome {
    let output = &session.output;
    let mut workers = session.block_master().await?.live_workers().await?;
    if let Some(names) = names {
        workers = named(workers, names)?;
    }
    if workers.is_empty() {
        output.line("No worker metrics to clear.");
        return Ok(());
    }
    let clearing = workers.into_iter().map(|worker| async move {
        let cleared = clear_worker(session, &worker).await;
        (worker.address.host, cleared)
    });
    let mut done = stream::iter(clearing).buffered(parallelism);
    let mut errors = Vec::new();
    while let Some((host, cleared)) = done.next().await {
        match cleared {
            Ok(()) => output.line(format_args!(
                "Successfully cleared metrics of worker {host}."
            )),
            Err(error) => errors.push(CommandError::refused(format!(
                "Failed to clear metrics of worker {host}: {error}"
            ))),
        }
    }
    all_of(errors)
}

async fn clear_worker(session: &Session, worker: &Worker) -> Outcome {
    let address = &worker.address;
    let address = ServerAddress::new(address.host.as_str(), address.rpc_port);
    let channel = connect::channel(session, address);
    let answer = BlockWorkerClient::new(channel)
        .clear_metrics(ClearMetricsRequest {})
        .await;
    match answer {
        Ok(_empty) => Ok(()),
        Err(status) => Err(alluxio_rpc::ClientError::from(status).into()),
    }
}

/// The workers on these hosts.
fn named(workers: Vec<Worker>, list: &str) -> Result<Vec<Worker>, CommandError> {
    let hosts: Vec<String> = workers.iter().map(|at| at.address.host.clone()).collect();
    let wanted: Vec<&str> = list.split(',').collect();
    let is_known = |name: &&str| hosts.iter().any(|host| host == name);
    let unknown: Vec<&str> = wanted.iter().filter(|n| !is_known(n)).copied().collect();
    if !unknown.is_empty() {
        return Err(CommandError::refused(format!(
            "Cannot find workers of hostnames {}\nValid workers include [{}]",
            unknown.join(","),
            hosts.join(", ")
        )));
    }
    let is_wanted = |worker: &Worker| wanted.contains(&worker.address.host.as_str());
    Ok(workers.into_iter().filter(is_wanted).collect())
}
