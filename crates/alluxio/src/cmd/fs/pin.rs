//! `pin`: keeps a file in the cache.

use alluxio_client::{Descend, Pinned, SetAttributeOptions};
use alluxio_common::conf::key;

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, CommandError, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "pin",
    usage: "pin <path> media1 media2 media3 ...",
    description: "Keeps a file, or all files below a directory, in the cache: their blocks are \
                  not evicted. If media are named, the blocks are kept on these.",
    options: &[],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let media = call.arguments()[1..].to_vec();
    let known = session.conf.list(key::MASTER_TIEREDSTORE_GLOBAL_MEDIUMTYPE);
    let unknown: Vec<&str> = media
        .iter()
        .filter(|medium| !known.contains(medium))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        return Err(CommandError::refused(format!(
            "Invalid medium to pin the file. {} are invalid. {} are valid medium types",
            unknown.join(", "),
            known.join(", ")
        )));
    }
    for_each_match(session, call.argument(0), async |path| {
        let options = SetAttributeOptions {
            pinned: Some(Pinned::Yes),
            media: media.clone(),
            ..SetAttributeOptions::default()
        };
        session
            .file_system()
            .await?
            .set_attribute(&path, Descend::No, options)
            .await?;
        session
            .output
            .line(format_args!("File '{path}' was successfully pinned."));
        Ok(())
    })
    .await
}
