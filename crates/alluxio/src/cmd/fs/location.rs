//! `location`: which workers hold a file.

use std::collections::BTreeSet;

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "location",
    usage: "location <path>",
    description: "Lists the hosts whose workers hold blocks of a file.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    for_each_match(session, call.argument(0), async |path| {
        let status = session.file_system().await?.get_status(&path).await?;
        let blocks = status.blocks.iter();
        let locations = blocks.flat_map(|block| &block.info.locations);
        let hosts: BTreeSet<&str> = locations.map(|place| place.address.host.as_str()).collect();
        let output = &session.output;
        output.line(format_args!(
            "{path} with file id {} is on nodes: ",
            status.id
        ));
        hosts.iter().for_each(|host| output.line(host));
        Ok(())
    })
    .await
}
