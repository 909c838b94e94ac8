//! `stat`: everything that the master says of a file or directory.

use alluxio_client::FileStatus;
use alluxio_common::{AlluxioPath, InodeId};

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};
use crate::text::{DateFormat, block_info, uri_status};

pub(crate) const COMMAND: Command = Command {
    name: "stat",
    usage: "stat [-f <format>] <path> or stat [-f <format>] --file-id <file-id>",
    description: "Shows all that is known of a file or directory.
With --file-id the argument is the id of a file, not a path.
With -f only what the format asks for is shown:
   \"%N\": the name;
   \"%z\": the size in bytes;
   \"%u\": the owner;
   \"%g\": the group;
   \"%i\": the id;
   \"%y\": when it was last changed, in UTC, as 'yyyy-MM-dd HH:mm:ss';
   \"%Y\": the same in milliseconds since 1970;
   \"%b\": the number of blocks",
    options: &[
        OptionSpec::short("f", "what to show, and how").taking(Value::One("arg")),
        OptionSpec::long("file-id", "the argument is the id of a file"),
    ],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let format = call.value("f");
    if !call.has("file-id") {
        return for_each_match(session, call.argument(0), async |path| {
            show(session, &path, format).await
        })
        .await;
    }
    let text = call.argument(0);
    let id = text
        .parse()
        .map_err(|_not_a_number| CommandError::refused(format!("For input string: \"{text}\"")))?;
    let path = session
        .file_system()
        .await?
        .file_path(InodeId::from_raw(id))
        .await?;
    session
        .output
        .line(format_args!("The specified file ID {id} is {path}"));
    show(session, &path, format).await
}

async fn show(session: &Session, path: &AlluxioPath, format: Option<&str>) -> Outcome {
    let status = session.file_system().await?.get_status(path).await?;
    let output = &session.output;
    if let Some(format) = format {
        output.line(fill(format, &status));
        return Ok(());
    }
    if status.is_directory() {
        output.line(format_args!("{path} is a directory path."));
        output.line(uri_status(&status));
        return Ok(());
    }
    output.line(format_args!("{path} is a file path."));
    output.line(uri_status(&status));
    if status.blocks.is_empty() {
        output.line("This file does not contain any blocks.");
        return Ok(());
    }
    output.line("Containing the following blocks: ");
    for block in &status.blocks {
        output.line(block_info(&block.info));
    }
    Ok(())
}

/// Replaces the letters behind percent signs; what is unknown stays.
fn fill(format: &str, status: &FileStatus) -> String {
    let of_file = |value: String| match status.is_directory() {
        true => "NA".to_owned(),
        false => value,
    };
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let modified = status.last_modification_time;
        match letters.next() {
            Some('N') => text.push_str(&status.name),
            Some('z') => text.push_str(&of_file(status.length.to_string())),
            Some('u') => text.push_str(&status.owner),
            Some('g') => text.push_str(&status.group),
            Some('i') => text.push_str(&status.id.to_string()),
            Some('y') => text.push_str(&DateFormat::new("yyyy-MM-dd HH:mm:ss").utc(modified)),
            Some('Y') => text.push_str(&modified.millis().to_string()),
            Some('b') => text.push_str(&of_file(status.blocks.len().to_string())),
            other => {
                text.push('%');
                text.extend(other);
            }
        }
    }
    text
}
