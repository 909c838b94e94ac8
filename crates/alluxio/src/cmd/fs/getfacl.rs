//! `getfacl`: shows access control lists.

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, Outcome, Session};
use crate::text::acl_entries;

pub(crate) const COMMAND: Command = Command {
    name: "getfacl",
    usage: "getfacl <path>",
    description: "Shows owner, group and access control list of a file or directory.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    for_each_match(session, call.argument(0), async |path| {
        let status = session.file_system().await?.get_status(&path).await?;
        let output = &session.output;
        output.line(format_args!("# file: {path}"));
        output.line(format_args!("# owner: {}", status.owner));
        output.line(format_args!("# group: {}", status.group));
        for entry in acl_entries(&status) {
            output.line(entry);
        }
        if let Some(default) = &status.default_acl {
            default.entries.iter().for_each(|entry| output.line(entry));
        }
        Ok(())
    })
    .await
}
