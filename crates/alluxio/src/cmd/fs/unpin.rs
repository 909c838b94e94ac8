//! `unpin`: lets a file be evicted again.

use alluxio_client::{Descend, Pinned, SetAttributeOptions};

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "unpin",
    usage: "unpin <path>",
    description: "Undoes pin: the blocks of a file, or of all files below a directory, may be \
                  evicted again.",
    options: &[],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    for_each_match(session, call.argument(0), async |path| {
        let options = SetAttributeOptions {
            pinned: Some(Pinned::No),
            ..SetAttributeOptions::default()
        };
        session
            .file_system()
            .await?
            .set_attribute(&path, Descend::No, options)
            .await?;
        session
            .output
            .line(format_args!("File '{path}' was successfully unpinned."));
        Ok(())
    })
    .await
}
