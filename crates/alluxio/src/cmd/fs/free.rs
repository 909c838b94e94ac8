//! `free`: drops cached copies.

use alluxio_client::{Descend, FreePinned};

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "free",
    usage: "free [-f] <path>",
    description: "Drops what workers have cached of a file, or of everything below a directory. \
                  It stays in the under store. Pinned files need -f.",
    options: &[OptionSpec::short("f", "also pinned files")],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let pinned = if call.has("f") {
        FreePinned::Yes
    } else {
        FreePinned::No
    };
    for_each_match(session, call.argument(0), async |path| {
        session
            .file_system()
            .await?
            .free(&path, Descend::All, pinned)
            .await?;
        session.output.line(format_args!(
            "{path} was successfully freed from Alluxio space."
        ));
        Ok(())
    })
    .await
}
