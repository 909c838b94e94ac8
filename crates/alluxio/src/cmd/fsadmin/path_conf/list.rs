//! `pathConf list`: the paths that have properties.

use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(super) const COMMAND: Command = Command {
    name: "list",
    usage: "list",
    description: "Prints the paths that have properties of their own.",
    options: &[],
    count: Count::Exactly(0),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, _call: Invocation) -> Outcome {
    for path in super::all(session).await?.keys() {
        session.output.line(path);
    }
    Ok(())
}
