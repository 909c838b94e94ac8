//! `needsSync`: what Alluxio knows below a path is compared with the store at the next access.

use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "needsSync",
    usage: "needsSync <path>",
    description: "Has everything below a path compared with the under store when it is next \
                  looked at.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let path = session.path(call.argument(0))?;
    Ok(session.file_system().await?.needs_sync(&path).await?)
}
