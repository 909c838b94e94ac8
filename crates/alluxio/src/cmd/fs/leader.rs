//! `leader`: which master is primary.

use crate::connect;
use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "leader",
    usage: "leader",
    description: "Prints the host of the primary master.",
    options: &[],
    count: Count::Exactly(0),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, _call: Invocation) -> Outcome {
    let output = &session.output;
    output.line("This command will be deprecated as of v3.0, please use masterInfo command");
    if let Some(master) = connect::master_addresses(&session.conf).first() {
        output.line(master.host());
    }
    if !session.is_master_serving().await {
        output.error_line("The leader is not currently serving requests.");
    }
    Ok(())
}
