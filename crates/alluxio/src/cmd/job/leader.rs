//! `job leader`: which job master is primary.

use crate::connect;
use crate::shell::{Command, CommandError, Count, Outcome, Session};

pub(super) const COMMAND: Command = Command {
    name: "leader",
    usage: "leader",
    description: "Prints the host of the primary job master.",
    options: &[],
    count: Count::Exactly(0),
    run: |session, _call| Box::pin(std::future::ready(run(session))),
};

fn run(session: &Session) -> Outcome {
    match connect::job_master_addresses(&session.conf).first() {
        Some(master) => {
            session.output.line(master.host());
            Ok(())
        }
        None => Err(CommandError::refused("Failed to get the job leader.")),
    }
}
