//! `unsetTtl`: a file lives for ever again.

use alluxio_client::{Descend, SetAttributeOptions, Ttl};
use alluxio_common::TtlAction;

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "unsetTtl",
    usage: "unsetTtl <path>",
    description: "Undoes setTtl: a file, or everything below a directory, lives until somebody \
                  removes it.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    for_each_match(session, call.argument(0), async |path| {
        let ttl = Ttl {
            millis: -1,
            action: TtlAction::Delete,
        };
        let options = SetAttributeOptions {
            ttl: Some(ttl),
            ..SetAttributeOptions::default()
        };
        session
            .file_system()
            .await?
            .set_attribute(&path, Descend::All, options)
            .await?;
        session.output.line(format_args!(
            "TTL of file '{path}' was successfully removed."
        ));
        Ok(())
    })
    .await
}
