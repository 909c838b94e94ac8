//! `job cancel`: takes a job back.

use crate::shell::{Command, CommandError, Count, Invocation, Outcome, Session};

pub(super) const COMMAND: Command = Command {
    name: "cancel",
    usage: "cancel <id>",
    description: "Takes a job back. What it is doing at the moment may come to its end.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let id = super::id(call.argument(0))?;
    let jobs = session.file_system().await?.job_master();
    jobs.cancel(id).await.map_err(|error| {
        session.output.error_line(error);
        CommandError::refused(format!("Failed to cancel the job {id}"))
    })
}
