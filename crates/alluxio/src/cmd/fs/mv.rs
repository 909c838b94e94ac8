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
    let target = session.path(call.argument(1))?;
    session
        .file_system()
        .await?
        .rename(&source, &target)
        .await?;
    session
        .output
        .line(format_args!("Renamed {source} to {target}"));
    Ok(())
}
