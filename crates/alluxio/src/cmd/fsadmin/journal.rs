//! `journal`: looks after the journal.

use crate::shell::{Command, CommandError, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "journal",
    usage: "journal [checkpoint]",
    description: "Looks after the journal. checkpoint: write down the whole namespace now, so \
                  that the logs before it are not needed any more.",
    options: &[],
    count: Count::AtMost(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    match call.argument(0) {
        "checkpoint" => {
            let host = session
                .file_system()
                .await?
                .meta_master()
                .checkpoint()
                .await?;
            session.output.line(format_args!(
                "Successfully took a checkpoint on master {host}"
            ));
            Ok(())
        }
        "" => Err(CommandError::usage("No sub-command is specified")),
        other => Err(CommandError::usage(format!("Unknown sub-command: {other}"))),
    }
}
