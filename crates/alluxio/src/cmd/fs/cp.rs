//! `cp`: copies inside Alluxio, or between it and this machine.

use super::copy::{Directories, How, Keep, Settings, THREAD_OPTION, download, upload, within};
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "cp",
    usage: "cp [-R/-r/--recursive] [--buffersize <bytes>] <src> <dst>",
    description: "Copies a file or, with -R/-r/--recursive, a directory inside Alluxio, or \
                  between Alluxio and this machine. Paths of this machine begin with file://.",
    options: &[
        OptionSpec::both(
            "p",
            "preserve",
            "keep owner, group, permissions and access control list",
        ),
        OptionSpec::both(
            "R",
            "recursive",
            "copy directories with all that is in them",
        ),
        OptionSpec::short("r", "copy directories with all that is in them"),
        THREAD_OPTION,
    ],
    count: Count::Exactly(2),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let settings = Settings::of(&call)?;
    let (source, target) = (call.argument(0), call.argument(1));
    let is_local = |path: &str| path.starts_with("file:");
    match (is_local(source), is_local(target)) {
        (true, true) => Err(CommandError::refused(
            "Schemes must be either file or alluxio, and at most one file scheme is allowed.",
        )),
        (true, false) => upload(session, source, target, settings).await,
        (false, true) => download(session, source, target, settings).await,
        (false, false) => {
            let how = How {
                keep: if call.has("p") {
                    Keep::Attributes
                } else {
                    Keep::Bytes
                },
                directories: match call.has("R") || call.has("r") {
                    true => Directories::Copy,
                    false => Directories::Refuse,
                },
                settings,
            };
            within(session, source, target, how).await
        }
    }
}
