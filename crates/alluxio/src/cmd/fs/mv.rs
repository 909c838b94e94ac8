//! `mv`: renames a file or a directory.

use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "mv",
    usage: "mv <src> <dst>",
    description: "Gives a file or a directory another path inside the same mount.",
    options: &[],
    count: Count::Exactly(2),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let source = session.path(call.argument(0))?;
    let as_given = call.argument(1);
    let target = session.path(as_given)?;
    session
        .file_system()
        .await?
        .rename(&source, &target)
        .await?;
    // A whole address is repeated as it was given, a path as what it means.
    let shown = match as_given.contains("://") {
        true => as_given.trim_end_matches('/').to_owned(),
        false => target.to_string(),
    };
    session
        .output
        .line(format_args!("Renamed {source} to {shown}"));
    Ok(())
}
