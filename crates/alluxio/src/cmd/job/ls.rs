//! `job ls`: all jobs.

use crate::shell::{Command, CommandError, Count, Invocation, Outcome, Session};

pub(super) const COMMAND: Command = Command {
    name: "ls",
    usage: "ls",
    description: "Prints the jobs that the job master remembers, the newest first.",
    options: &[],
    count: Count::Any,
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, _call: Invocation) -> Outcome {
    let output = &session.output;
    let jobs = session.file_system().await?.job_master().list().await;
    let jobs = jobs.map_err(|error| {
        output.error_line(error);
        CommandError::refused("Failed to list the jobs")
    })?;
    for job in jobs {
        output.line(format_args!(
            "{:<15} {:<10} {:<10}",
            job.id(),
            job.name(),
            job.status().as_str_name()
        ));
    }
    Ok(())
}
