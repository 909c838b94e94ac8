//! `count`: how many files and directories there are below a path, and how large they are.

use alluxio_client::{Descend, ListStatusOptions};
use alluxio_common::ByteSize;
use futures::TryStreamExt;

use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "count",
    usage: "count [-h] <path>",
    description: "Counts the files and directories below a path, and adds up their bytes.",
    options: &[OptionSpec::short(
        "h",
        "print sizes for people (1KB, 234MB, 2GB)",
    )],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let path = session.path(call.argument(0))?;
    let options = ListStatusOptions {
        descend: Descend::All,
        ..ListStatusOptions::default()
    };
    let mut entries = session
        .file_system()
        .await?
        .iterate_status(&path, options)
        .await?;
    let (mut files, mut directories, mut bytes) = (0_u64, 0_u64, 0_u64);
    while let Some(status) = entries.try_next().await? {
        if status.is_directory() {
            directories += 1;
        } else {
            files += 1;
            bytes = bytes.saturating_add(status.length_bytes());
        }
    }
    let size = match call.has("h") {
        true => ByteSize::from_bytes(bytes).to_string(),
        false => bytes.to_string(),
    };
    let output = &session.output;
    output.line(row("File Count", "Folder Count", "Folder Size"));
    output.line(row(&files.to_string(), &directories.to_string(), &size));
    Ok(())
}

fn row(files: &str, directories: &str, size: &str) -> String {
    format!("{files:<25}{directories:<25}{size:<15}")
}
