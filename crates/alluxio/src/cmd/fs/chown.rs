//! `chown`: changes the owner, and with it the group if one is named.

use alluxio_client::{Descend, SetAttributeOptions};

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "chown",
    usage: "chown [-R/--recursive] <owner>[:<group>] <path>",
    description: "Gives a file or directory another owner, and another group if one is named. \
                  With -R/--recursive also everything below. Only superusers may do that.",
    options: &[OptionSpec::both("R", "recursive", "also everything below")],
    count: Count::Exactly(2),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let text = call.argument(0);
    let (owner, group) = match text.split(':').collect::<Vec<_>>()[..] {
        [owner] if !owner.is_empty() => (owner, None),
        [owner, group] if !owner.is_empty() && !group.is_empty() => (owner, Some(group)),
        _ => {
            let sentence = format!("Failed to parse {text} as user or user:group");
            return Err(CommandError::refused(sentence));
        }
    };
    let descend = if call.has("R") {
        Descend::All
    } else {
        Descend::No
    };
    for_each_match(session, call.argument(1), async |path| {
        let options = SetAttributeOptions {
            owner: Some(owner.to_owned()),
            group: group.map(str::to_owned),
            ..SetAttributeOptions::default()
        };
        session
            .file_system()
            .await?
            .set_attribute(&path, descend, options)
            .await?;
        session.output.line(match group {
            None => format!("Changed owner of {path} to {owner}"),
            Some(group) => format!("Changed owner:group of {path} to {owner}:{group}."),
        });
        Ok(())
    })
    .await
}
