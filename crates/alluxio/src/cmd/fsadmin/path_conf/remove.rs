//! `pathConf remove`: takes properties from a path.

use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(super) const COMMAND: Command = Command {
    name: "remove",
    usage: "remove [-r] [--keys <key1,key2>] <path>\n\
            \t-r: also of the paths below it\n\
            \t--keys: only these properties",
    description: "Takes the properties of a path away.",
    options: &[
        OptionSpec::both("r", "recursive", "also of the paths below it"),
        OptionSpec::long("keys", "only these properties, with commas").taking(Value::One("keys")),
    ],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let path = session.path(call.argument(0))?;
    let keys = call.value("keys").unwrap_or_default().split(',');
    let keys: Vec<String> = keys
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .map(|key| session.conf.canonical(key).to_owned())
        .collect();
    let master = session.file_system().await?.meta_master();
    let paths = match call.has("r") {
        false => vec![path],
        true => {
            let all = super::all(session).await?;
            let below = all.into_keys();
            below
                .filter(|other| path.is_ancestor_or_self_of(other))
                .collect()
        }
    };
    for path in paths {
        master
            .remove_path_configuration(&path, keys.clone())
            .await?;
    }
    Ok(())
}
