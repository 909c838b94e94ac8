//! `test`: answers a question about a path with the exit code.

use alluxio_client::FileStatus;

use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session};

/// The exit code for "no".
const NO: u8 = 1;
/// The exit code when nothing can be said of the path.
const UNKNOWN: u8 = 3;
/// The exit code for none, or more than one, question.
const UNCLEAR: u8 = 255;

pub(crate) const COMMAND: Command = Command {
    name: "test",
    usage: "test [-d|-f|-e|-s|-z] <path>",
    description: "Asks one thing about a path; the exit code is 0 for yes, 1 for no, and 3 when \
                  nothing can be found out.",
    options: &[
        OptionSpec::short("d", "is it a directory?"),
        OptionSpec::short("e", "is there anything?"),
        OptionSpec::short("f", "is it a file?"),
        OptionSpec::short("s", "is there anything in it?"),
        OptionSpec::short("z", "is it a file of 0 bytes?"),
    ],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let Ok(status) = find(session, call.argument(0)).await else {
        return Err(CommandError::Exit(UNKNOWN));
    };
    let is_true = match call.parsed.keys()[..] {
        ["d"] => status.is_directory(),
        ["e"] => true,
        ["f"] => !status.is_directory(),
        ["s"] => status.length > 0,
        ["z"] => !status.is_directory() && status.length == 0,
        _ => return Err(CommandError::Exit(UNCLEAR)),
    };
    if is_true {
        Ok(())
    } else {
        Err(CommandError::Exit(NO))
    }
}

async fn find(session: &Session, text: &str) -> Result<FileStatus, CommandError> {
    let path = session.path(text)?;
    Ok(session.file_system().await?.get_status(&path).await?)
}
