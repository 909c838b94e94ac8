//! `cat`: prints a file.

use super::reading;
use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "cat",
    usage: "cat <path>",
    description: "Prints the bytes of a file.",
    options: &[],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    for_each_match(session, call.argument(0), async |path| {
        let mut reader = reading::open(session, &path, None).await?;
        reading::print(session, &mut reader, u64::MAX).await
    })
    .await
}
