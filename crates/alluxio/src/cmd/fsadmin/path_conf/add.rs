//! `pathConf add`: gives properties to a path.

use std::collections::BTreeMap;

use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(super) const COMMAND: Command = Command {
    name: "add",
    usage: "add [--property <key=value>] [--property <key=value>] <path>\n\
            \t--property: a property and its value",
    description: "Gives properties to a path, beside those that it has. Clients use those of their \
                  own scope, unless they have been told otherwise themselves.",
    options: &[
        OptionSpec::long("property", "a property and its value").taking(Value::Pair("key=value"))
    ],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let path = session.path(call.argument(0))?;
    let properties: BTreeMap<_, _> = call.parsed.pairs("property").into_iter().collect();
    let registry = session.conf.registry();
    let mut names = properties.keys();
    if let Some(name) = names.find(|name| registry.find(name).is_none()) {
        return Err(CommandError::refused(format!(
            "Invalid property key {name}"
        )));
    }
    let master = session.file_system().await?.meta_master();
    master.set_path_configuration(&path, properties).await?;
    Ok(())
}
