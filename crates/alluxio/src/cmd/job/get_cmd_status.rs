//! `job getCmdStatus`: how the jobs of one command are going.

use alluxio_proto::grpc::job::Status;

use crate::shell::{Command, CommandError, Count, Invocation, Outcome, Session};

pub(super) const COMMAND: Command = Command {
    name: "getCmdStatus",
    usage: "getCmdStatus <jobControlId>",
    description: "Prints how the jobs of a distributed command are going.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let id = super::id(call.argument(0))?;
    let output = &session.output;
    let jobs = session.file_system().await?.job_master();
    let status = jobs.command_status(id).await.map_err(|error| {
        output.error_line(error);
        CommandError::refused(format!(
            "Unable to get detailed information for command {id}. Please retry using \
             `getCmdStatus` to check command detailed status,"
        ))
    })?;
    output.line("Get command status information below:");
    let mut counts = [0_u64; 2];
    for block in &status.job_status_block {
        let paths = |list: &str| -> Vec<String> {
            let paths = list.split(',').filter(|path| !path.is_empty());
            paths.map(str::to_owned).collect()
        };
        let (done, failed) = (paths(block.file_path()), paths(block.file_path_failed()));
        if block.job_status() == Status::Completed {
            for path in &done {
                output.line(format_args!("Successfully copied path {path}"));
            }
            counts[0] += done.len() as u64;
        }
        counts[1] += failed.len() as u64;
    }
    let [done, failed] = counts;
    output.line(format_args!(
        "Total completed file count is {done}, failed file count is {failed}"
    ));
    Ok(())
}
