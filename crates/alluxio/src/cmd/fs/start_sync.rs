//! `startSync`: a path follows its store by itself.

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "startSync",
    usage: "startSync <path>",
    description: "Has Alluxio follow what changes in the under store below a path. Only stores \
                  that tell of their changes can be followed.",
    options: &[],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    for_each_match(session, call.argument(0), async |path| {
        let output = &session.output;
        output.line(format_args!(
            "Starting a full sync of '{path}'. You can check the status of the sync using \
             getSyncPathList cmd"
        ));
        let started = session.file_system().await?.start_sync(&path).await;
        if started.is_err() {
            output.line(format_args!(
                "Failed to start automatic syncing of '{path}'."
            ));
        }
        Ok(started?)
    })
    .await
}
