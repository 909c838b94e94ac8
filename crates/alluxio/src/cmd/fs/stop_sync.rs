//! `stopSync`: a path no longer follows its store by itself.

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "stopSync",
    usage: "stopSync <path>",
    description: "Ends what startSync began.",
    options: &[],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    for_each_match(session, call.argument(0), async |path| {
        session.file_system().await?.stop_sync(&path).await?;
        session
            .output
            .line(format_args!("Stopped automatic syncing of '{path}'."));
        Ok(())
    })
    .await
}
