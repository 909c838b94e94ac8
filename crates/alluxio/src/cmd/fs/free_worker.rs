//! `freeWorker`: a worker drops all of its blocks.

use alluxio_proto::grpc::block::FreeWorkerRequest;
use alluxio_proto::grpc::block::block_worker_client::BlockWorkerClient;
use alluxio_rpc::ServerAddress;

use crate::connect;
use crate::shell::{Command, CommandError, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "freeWorker",
    usage: "freeWorker <worker host name>",
    description: "Has the worker on a host drop all of its blocks. What is in no under store and \
                  on no other worker is lost.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let host = call.argument(0);
    let workers = session.block_master().await?.live_workers().await?;
    let Some(worker) = workers
        .into_iter()
        .find(|worker| worker.address.host == host)
    else {
        return Err(CommandError::refused(format!(
            "Worker {host} is not found in Alluxio."
        )));
    };
    let address = ServerAddress::new(host, worker.address.rpc_port);
    let answer = BlockWorkerClient::new(connect::channel(session, address))
        .free_worker(FreeWorkerRequest {})
        .await;
    if let Err(status) = answer {
        return Err(alluxio_rpc::ClientError::from(status).into());
    }
    session
        .output
        .line("Target worker has been freed successfully.");
    Ok(())
}
