//! `getCapacityBytes`: how much room all workers have.

use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "getCapacityBytes",
    usage: "getCapacityBytes",
    description: "Shows how many bytes all workers together can hold.",
    options: &[],
    count: Count::Exactly(0),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, _call: Invocation) -> Outcome {
    let bytes = session.block_master().await?.capacity_bytes().await?;
    session.output.line(format_args!("Capacity Bytes: {bytes}"));
    Ok(())
}
