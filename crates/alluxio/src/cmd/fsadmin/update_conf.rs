//! `updateConf`: what clients take from the master, changed while it runs.

use std::collections::BTreeMap;

use crate::shell::{Command, CommandError, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "updateConf",
    usage: "updateConf key1=val1 [key2=val2 ...]",
    description: "Sets properties of the running master until it stops. Those that clients take \
                  from the master can be set; clients follow within a minute. It needs \
                  alluxio.conf.dynamic.update.enabled=true on the master.",
    options: &[],
    count: Count::Any,
    run: |session, call| Box::pin(run(session, call)),
};

/// What Java's `System.exit(-2)` looks like to the caller.
const SOME_REFUSED: u8 = 254;

async fn run(session: &Session, call: Invocation) -> Outcome {
    let pairs = call.arguments().iter();
    let pairs = pairs.filter_map(|argument| argument.split_once('='));
    let properties: BTreeMap<String, String> = pairs
        .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if properties.is_empty() {
        return Err(CommandError::refused("No config to update"));
    }
    let master = session.file_system().await?.meta_master();
    let done = master.update_configuration(properties).await?;
    let output = &session.output;
    output.line(format_args!("Updated {} configs", done.len()));
    let mut refused = done.iter().filter(|(_name, done)| !**done).peekable();
    if refused.peek().is_none() {
        return Ok(());
    }
    for (name, _done) in refused {
        output.line(format_args!("Failed to Update {name}"));
    }
    Err(CommandError::Exit(SOME_REFUSED))
}
