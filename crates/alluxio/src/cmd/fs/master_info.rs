//! `masterInfo`: which masters there are.

use crate::connect;
use crate::shell::{Command, Count, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "masterInfo",
    usage: "masterInfo",
    description: "Prints the address of the primary master and those of all masters.",
    options: &[],
    count: Count::Exactly(0),
    run: |session, _call| Box::pin(async move { run(session) }),
};

fn run(session: &Session) -> Outcome {
    let masters = connect::master_addresses(&session.conf);
    let all: Vec<String> = masters
        .iter()
        .map(connect::MasterAddress::unresolved)
        .collect();
    let output = &session.output;
    if let Some(primary) = all.first() {
        output.line(format_args!("Current leader master: {primary}"));
    }
    output.line(format_args!("All masters: [{}]", all.join(", ")));
    Ok(())
}
