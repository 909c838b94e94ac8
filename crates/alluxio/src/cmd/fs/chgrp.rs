//! `chgrp`: changes the group.

use alluxio_client::{Descend, SetAttributeOptions};

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "chgrp",
    usage: "chgrp [-R/--recursive] <group> <path>",
    description: "Gives a file or directory another group. With -R/--recursive also everything \
                  below.",
    options: &[OptionSpec::both("R", "recursive", "also everything below")],
    count: Count::Exactly(2),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let group = call.argument(0);
    let descend = if call.has("R") {
        Descend::All
    } else {
        Descend::No
    };
    for_each_match(session, call.argument(1), async |path| {
        let options = SetAttributeOptions {
            group: Some(group.to_owned()),
            ..SetAttributeOptions::default()
        };
        session
            .file_system()
            .await?
            .set_attribute(&path, descend, options)
            .await?;
        session
            .output
            .line(format_args!("Changed group of {path} to {group}"));
        Ok(())
    })
    .await
}
