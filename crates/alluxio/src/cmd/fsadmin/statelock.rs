//! `statelock`: who keeps all others from changing anything.

use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "statelock",
    usage: "statelock",
    description: "Prints what holds the lock over the whole state of the master, or waits for it. \
                  A master of this release has no such lock.",
    options: &[],
    count: Count::Any,
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, _call: Invocation) -> Outcome {
    for holder in session.file_system().await?.state_lock_holders().await? {
        session.output.line(holder);
    }
    Ok(())
}
