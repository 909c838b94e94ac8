//! `updateMount`: changes the options of a mount.

use super::mount::{mount_options, mount_path};
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "updateMount",
    usage: "updateMount [--readonly] [--shared] [--option <key=val>] <alluxioPath>",
    description: "Replaces all options of a mount, and keeps what Alluxio knows below its path.",
    options: &[
        OptionSpec::long(
            "option",
            "a setting of the store for this mount; those of before are forgotten",
        )
        .taking(Value::Pair("key=value")),
        OptionSpec::long("readonly", "refuse to change anything in the store"),
        OptionSpec::long("shared", "all users may read and write"),
    ],
    count: Count::Any,
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let [path] = call.arguments() else {
        let given = call.arguments().len();
        let sentence = format!("Command updateMount takes 1 argument, not {given}");
        return Err(CommandError::usage(sentence));
    };
    let path = mount_path(session, path)?;
    session
        .file_system()
        .await?
        .update_mount(&path, mount_options(&call))
        .await?;
    session
        .output
        .line(format_args!("Updated mount point options at {path}"));
    Ok(())
}
