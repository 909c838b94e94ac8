//! `touch`: makes an empty file.

use alluxio_client::{CreateFileOptions, Parents};

use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "touch",
    usage: "touch <path>",
    description: "Makes a file of 0 bytes, in Alluxio and, as far as the write type says so, in \
                  the under store.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let path = session.path(call.argument(0))?;
    let options = CreateFileOptions {
        parents: Parents::MustExist,
        ..CreateFileOptions::default()
    };
    let writer = session
        .file_system()
        .await?
        .create_file(&path, options)
        .await?;
    let _cleans_up = session.interruption.listen();
    let closed = writer.close_unless(session.interruption.comes());
    Box::pin(closed).await??;
    session.output.line(format_args!("{path} has been created"));
    Ok(())
}
