//! `syncDirNextTime`: whether the store is asked what a directory holds when it is next listed.

use alluxio_client::{Descend, SetAttributeOptions};

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "syncDirNextTime",
    usage: "syncDirNextTime <true|false> <path>\n\
            \ttrue means the next access will trigger a metadata sync on the dir\
            \tfalse means the next metadata sync is disabled",
    description: "Says whether the under store is asked what a directory holds when it is next \
                  listed.",
    options: &[],
    count: Count::Exactly(2),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    // Everything but this word means no, as in Java.
    let asks = call.argument(0).eq_ignore_ascii_case("true");
    for_each_match(session, call.argument(1), async |path| {
        let options = SetAttributeOptions {
            children_loaded: Some(!asks),
            ..SetAttributeOptions::default()
        };
        let file_system = session.file_system().await?;
        file_system
            .set_attribute(&path, Descend::No, options)
            .await?;
        let what = if asks { "trigger" } else { "skip" };
        session.output.line(format_args!(
            "Successfully marked the dir {path} to {what} metadata sync on next access"
        ));
        Ok(())
    })
    .await
}
