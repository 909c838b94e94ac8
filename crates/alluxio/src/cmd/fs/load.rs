//! `load`: brings files into the cache by reading them.

use alluxio_client::{FileStatus, ListStatusOptions};
use alluxio_common::ReadType;

use super::reading;
use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "load",
    usage: "load [--local] <path>",
    description: "Reads a file, or all files below a directory, so that they are in Alluxio.",
    options: &[OptionSpec::long(
        "local",
        "load into the worker of this host",
    )],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    if call.has("local") && !session.has_local_worker().await? {
        let sentence = "When local option is specified, there must be a local worker available";
        return Err(CommandError::refused(sentence));
    }
    for_each_match(session, call.argument(0), async |path| {
        let status = session.file_system().await?.get_status(&path).await?;
        load(session, &call, status).await
    })
    .await
}

/// Loads everything below, depth first. The list on the heap takes the place of recursion: no
/// directory is too deep.
async fn load(session: &Session, call: &Invocation, status: FileStatus) -> Outcome {
    let mut todo = vec![Step::Visit(status)];
    while let Some(step) = todo.pop() {
        match step {
            Step::Visit(status) if status.is_directory() => {
                let options = ListStatusOptions::default();
                let file_system = session.file_system().await?;
                let children = file_system.list_status(&status.path, options).await?;
                todo.push(Step::Leave(status));
                todo.extend(children.into_iter().rev().map(Step::Visit));
            }
            Step::Visit(status) => load_file(session, call, &status).await?,
            Step::Leave(status) => session.output.line(format_args!("{} loaded", status.path)),
        }
    }
    Ok(())
}

enum Step {
    Visit(FileStatus),
    Leave(FileStatus),
}

async fn load_file(session: &Session, call: &Invocation, status: &FileStatus) -> Outcome {
    if !call.has("local") && status.in_alluxio_percentage == 100 {
        let path = &status.path;
        session
            .output
            .line(format_args!("{path} already in Alluxio fully"));
        return Ok(());
    }
    let mut reader = reading::open(session, &status.path, Some(ReadType::CachePromote)).await?;
    while !reader.read(reading::CHUNK).await?.is_empty() {}
    session.output.line(format_args!("{} loaded", status.path));
    Ok(())
}
