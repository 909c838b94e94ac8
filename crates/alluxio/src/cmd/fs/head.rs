//! `head`: prints the beginning of a file.

use super::reading;
use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "head",
    usage: "head [-c <bytes>] <path>",
    description: "Prints the first bytes of a file, 1KB unless told otherwise.",
    options: &[OptionSpec::short("c", "how many bytes (1024, 4KB)").taking(Value::One("arg"))],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let part = reading::part(call.value("c"))?;
    for_each_match(session, call.argument(0), async |path| {
        let mut reader = reading::open(session, &path, None).await?;
        reading::print(session, &mut reader, part).await
    })
    .await
}
