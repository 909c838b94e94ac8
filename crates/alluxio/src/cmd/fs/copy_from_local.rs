//! `copyFromLocal`: local files and directories into Alluxio.

use super::copy::{Settings, THREAD_OPTION, upload};
use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "copyFromLocal",
    usage: "copyFromLocal [--thread <num>] [--buffersize <bytes>] <src> <remoteDst>",
    description: "Copies a file or a directory of this machine into Alluxio, many files at the \
                  same time.",
    options: &[
        OptionSpec::long("buffersize", "how much is read at once; 8MB by default")
            .taking(Value::One("buffer size")),
        THREAD_OPTION,
    ],
    count: Count::ExactlyAs(2, "cp"),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let settings = Settings::of(&call)?;
    upload(session, call.argument(0), call.argument(1), settings).await
}
