//! `getSyncPathList`: the paths that follow their stores by themselves.

use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "getSyncPathList",
    usage: "getSyncPathList",
    description: "Prints the paths that follow their under stores by themselves.",
    options: &[],
    count: Count::Any,
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, _call: Invocation) -> Outcome {
    let paths = session.file_system().await?.sync_path_list().await?;
    let output = &session.output;
    output.line("The following paths are under active sync");
    for path in paths {
        output.line(path);
    }
    Ok(())
}
