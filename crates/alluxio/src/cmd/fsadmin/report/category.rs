//! Which report is meant.

use super::{capacity, jobservice, metrics, summary};
use crate::cmd::fs::print_mounts;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};

const DESCRIPTION: &str = "\
Report how the cluster is.
Where [category] is one of these, summary when it is left out:
    capacity         the room of each worker
    metrics          what is counted and measured
    summary          the master, and the room of all workers
    ufs              the under stores
    jobservice       the jobs and their workers
";

pub(in super::super) const COMMAND: Command = Command {
    name: "report",
    usage: "report [category] [category args]",
    description: DESCRIPTION,
    options: &[
        OptionSpec::short("h", "print this"),
        OptionSpec::short("live", "capacity: only workers that live"),
        OptionSpec::short("lost", "capacity: only workers that are lost"),
        OptionSpec::short("workers", "capacity: only these workers, with commas")
            .taking(Value::One("worker_names")),
    ],
    count: Count::AtMost(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let usage = || {
        session.output.line(COMMAND.usage);
        session.output.line(DESCRIPTION);
    };
    let category = call.arguments().first().map(String::as_str);
    if call.has("h") {
        if category == Some("capacity") {
            session.output.line(capacity::USAGE);
        } else {
            usage();
        }
        return Ok(());
    }
    match category {
        None | Some("summary") => summary::report(session).await,
        Some("capacity") => capacity::report(session, &call).await,
        Some("metrics") => metrics::report(session).await,
        Some("ufs") => {
            session
                .output
                .line("Alluxio under storage system information:");
            print_mounts(session).await
        }
        Some("jobservice") => jobservice::report(session).await,
        Some(_) => {
            usage();
            Err(CommandError::refused("report category is invalid."))
        }
    }
}
