//! `unmount`: detaches a store.

use super::mount::mount_path;
use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "unmount",
    usage: "unmount <alluxioPath>",
    description: "Detaches the store that is mounted at a path. The store keeps its data.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let path = mount_path(session, call.argument(0))?;
    session.file_system().await?.unmount(&path).await?;
    session.output.line(format_args!("Unmounted {path}"));
    Ok(())
}
