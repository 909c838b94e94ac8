//! `getUsedBytes`: how much of the workers' room is taken.

use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "getUsedBytes",
    usage: "getUsedBytes",
    description: "Shows how many bytes the workers hold.",
    options: &[],
    count: Count::Exactly(0),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, _call: Invocation) -> Outcome {
    let bytes = session.block_master().await?.used_bytes().await?;
    session.output.line(format_args!("Used Bytes: {bytes}"));
    Ok(())
}
