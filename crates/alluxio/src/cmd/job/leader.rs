//! `job leader`: which job master is primary.

use crate::connect;
use crate::shell::{Command, CommandError, Count, Invocation, Outcome, Session};

pub(super) const COMMAND: Command = Command {
    name: "leader",
    usage: "leader",
    description: "Prints the host of the primary job master.",
    options: &[],
    count: Count::Exactly(0),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, _call: Invocation) -> Outcome {
    match connect::job_master_addresses(&session.conf).first() {
        Some(master) => {
            session.output.line(master.host());
            Ok(())
        }
        None => Err(CommandError::refused("Failed to get the job leader.")),
    }
}
