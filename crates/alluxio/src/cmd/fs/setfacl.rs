//! `setfacl`: changes access control lists.

use alluxio_client::{AclEntry, Descend, SetAclAction};

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "setfacl",
    usage: "setfacl [-d] [-R] [--set | -m | -x <acl_entries> <path>] | [-b | -k <path>]",
    description: "Changes the access control list of a file or directory.",
    options: &[
        OptionSpec::short(
            "b",
            "remove everything but the entries of owner, group and others",
        ),
        OptionSpec::short("d", "the entries are for what new children get"),
        OptionSpec::short("k", "remove what new children get"),
        OptionSpec::short("m", "add these entries, or change them").taking(Value::One("arg")),
        OptionSpec::short("R", "also everything below"),
        OptionSpec::long(
            "set",
            "these entries, among them user, group and other, are all",
        )
        .taking(Value::One("arg")),
        OptionSpec::short("x", "remove these entries").taking(Value::One("arg")),
    ],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let keys = call.parsed.keys();
    let is_action = |key: &&str| matches!(*key, "set" | "m" | "x" | "b" | "k");
    let mut actions: Vec<&str> = keys.into_iter().filter(is_action).collect();
    let action = match actions[..] {
        [] => return Err(CommandError::refused("No actions specified.")),
        [action] => action,
        _ => {
            actions.reverse();
            let sentence = format!("Only 1 action can be specified: {}", actions.join(", "));
            return Err(CommandError::refused(sentence));
        }
    };
    let entries = call.value(action).unwrap_or("");
    let (action, entries) = match action {
        "set" => (SetAclAction::Replace, parse(&call, entries, "")?),
        "m" => (SetAclAction::Modify, parse(&call, entries, "")?),
        // What is removed is named without permissions.
        "x" => (SetAclAction::Remove, parse(&call, entries, ":---")?),
        "b" => (SetAclAction::RemoveAll, Vec::new()),
        _ => (SetAclAction::RemoveDefault, Vec::new()),
    };
    let descend = if call.has("R") {
        Descend::All
    } else {
        Descend::No
    };
    for_each_match(session, call.argument(0), async |path| {
        let file_system = session.file_system().await?;
        Ok(file_system
            .set_acl(&path, descend, action, &entries)
            .await?)
    })
    .await
}

fn parse(call: &Invocation, text: &str, permissions: &str) -> Result<Vec<AclEntry>, CommandError> {
    let scope = if call.has("d") { "default:" } else { "" };
    let entries = text.split(',').map(|entry| {
        let entry = entry.trim();
        let scope = if entry.starts_with("default:") {
            ""
        } else {
            scope
        };
        AclEntry::parse(&format!("{scope}{entry}{permissions}"))
            .map_err(|error| CommandError::refused(error.to_string()))
    });
    entries.collect()
}
