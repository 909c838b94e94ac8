//! `enableWorker`: workers that were taken out of service may come back.

use alluxio_proto::grpc::block::RemoveDisabledWorkerPOptions;

use super::worker_addresses;
use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "enableWorker",
    usage: "enableWorker --addresses <workerHosts>",
    description: "Lets workers register again that decommissionWorker --disable has taken out of \
                  service.",
    options: &[OptionSpec::both(
        "a",
        "addresses",
        "the workers, host or host:webport, with commas",
    )
    .taking(Value::One("workerHosts"))
    .required()],
    count: Count::Any,
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let list = call.value("a").unwrap_or_default();
    let workers = worker_addresses::parse(&session.conf, list)?;
    let master = session.block_master().await?;
    let output = &session.output;
    for worker in workers {
        output.line(format_args!("Re-enabling worker {worker}"));
        let options = RemoveDisabledWorkerPOptions {
            worker_hostname: worker.host.clone(),
            worker_web_port: Some(worker.web_port.into()),
        };
        master.remove_disabled_worker(options).await?;
        output.line(format_args!("Re-enabled worker {worker} on master"));
    }
    output.line(
        "Successfully re-enabled all workers on the master. The workers should be able to register \
         to the master and then serve normally.Note there is a short gap defined by \
         alluxio.user.worker.list.refresh.interval before the clients become aware of this worker \
         and start to use it.",
    );
    Ok(())
}
