//! `load`: brings files into the cache by reading them.

use alluxio_client::{FileStatus, ListStatusOptions};
use alluxio_common::ReadType;
use indicatif::ProgressBar;

use super::reading;
use crate::shell::wildcard::for_each_match;
use crate::shell::{
    Command, CommandError, Count, Invocation, OptionSpec, Outcome, Progress, Session,
};

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
    let progress = Progress::bytes(&session.output);
    let load = Load {
        session,
        is_local: call.has("local"),
        bar: progress.bar(),
    };
    for_each_match(session, call.argument(0), async |path| {
        let status = session.file_system().await?.get_status(&path).await?;
        load.tree(status).await
    })
    .await
}

/// One call of the command.
struct Load<'a> {
    session: &'a Session,
    is_local: bool,
    bar: &'a ProgressBar,
}

impl Load<'_> {
    /// Loads everything below, depth first. The list on the heap takes the place of recursion: no
    /// directory is too deep.
    async fn tree(&self, status: FileStatus) -> Outcome {
        let mut todo = vec![Step::Visit(status)];
        while let Some(step) = todo.pop() {
            match step {
                Step::Visit(status) if status.is_directory() => {
                    let options = ListStatusOptions::default();
                    let file_system = self.session.file_system().await?;
                    let children = file_system.list_status(&status.path, options).await?;
                    let bytes = children.iter().map(FileStatus::length_bytes).sum();
                    self.bar.inc_length(bytes);
                    todo.push(Step::Leave(status));
                    todo.extend(children.into_iter().rev().map(Step::Visit));
                }
                Step::Visit(status) => self.file(&status).await?,
                Step::Leave(status) => {
                    let path = &status.path;
                    self.session.output.line(format_args!("{path} loaded"));
                }
            }
        }
        Ok(())
    }

    async fn file(&self, status: &FileStatus) -> Outcome {
        let (path, output) = (&status.path, &self.session.output);
        if !self.is_local && status.in_alluxio_percentage == 100 {
            self.bar.inc(status.length_bytes());
            output.line(format_args!("{path} already in Alluxio fully"));
            return Ok(());
        }
        let mut reader = reading::open(self.session, path, Some(ReadType::CachePromote)).await?;
        loop {
            let bytes = reader.read(reading::CHUNK).await?;
            if bytes.is_empty() {
                break;
            }
            self.bar.inc(bytes.len() as u64);
        }
        output.line(format_args!("{path} loaded"));
        Ok(())
    }
}

enum Step {
    Visit(FileStatus),
    Leave(FileStatus),
}
