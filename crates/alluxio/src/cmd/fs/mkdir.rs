//! `mkdir`: makes directories and their parents.

use alluxio_client::{CreateDirectoryOptions, IfExists, Parents};

use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "mkdir",
    usage: "mkdir <path1> [path2] ... [pathn]",
    description: "Makes each of the directories, and every directory above it that is missing.",
    options: &[],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    for text in call.arguments() {
        let path = session.path(text)?;
        let options = CreateDirectoryOptions {
            if_exists: IfExists::Fail,
            parents: Parents::Create,
            mode: None,
            write_type: None,
        };
        session
            .file_system()
            .await?
            .create_directory(&path, options)
            .await?;
        session
            .output
            .line(format_args!("Successfully created directory {path}"));
    }
    Ok(())
}
