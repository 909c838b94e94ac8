//! `pathConf show`: the properties of a path.

use crate::path_defaults::effective;
use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session};

pub(super) const COMMAND: Command = Command {
    name: "show",
    usage: "show [--all] <path>\n\t--all: also what the paths above it say, where it says nothing",
    description: "Prints the properties of a path.",
    options: &[OptionSpec::long(
        "all",
        "also what the paths above it say, where it says nothing",
    )],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let path = session.path(call.argument(0))?;
    let by_path = super::all(session).await?;
    let mut properties = match call.has("all") {
        true => effective(&by_path, &path),
        false => by_path.get(&path).cloned().unwrap_or_default(),
    };
    properties.sort_unstable();
    for property in properties {
        let value = property.value.unwrap_or_default();
        session
            .output
            .line(format_args!("{}={value}", property.name));
    }
    Ok(())
}
