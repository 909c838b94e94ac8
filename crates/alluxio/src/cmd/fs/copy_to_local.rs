//! `copyToLocal`: files and directories out of Alluxio.

use super::copy::{Settings, download};
use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "copyToLocal",
    usage: "copyToLocal [--buffersize <bytes>]  <src> <localDst>",
    description: "Copies a file or a directory from Alluxio to this machine.",
    options: &[
        OptionSpec::long("buffersize", "how much is read at once; 8MB by default")
            .taking(Value::One("buffer size")),
    ],
    count: Count::ExactlyAs(2, "cp"),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let settings = Settings::of(&call)?;
    download(session, call.argument(0), call.argument(1), settings).await
}
