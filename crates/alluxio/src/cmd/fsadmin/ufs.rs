//! `ufs`: maintenance of an under store.

use alluxio_client::UfsMode;

use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "ufs",
    usage: "ufs [--mode <noAccess/readOnly/readWrite>] <ufsPath>",
    description: "Says what may be done with an under store, which is named by its scheme and \
                  authority; / is the local one.",
    options: &[
        OptionSpec::long("mode", "noAccess, readOnly or readWrite").taking(Value::One("mode"))
    ],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let output = &session.output;
    let Some(mode) = call.value("mode") else {
        output.line("No attribute to update");
        return Ok(());
    };
    let mode = match mode {
        "noAccess" => UfsMode::NoAccess,
        "readOnly" => UfsMode::ReadOnly,
        "readWrite" => UfsMode::ReadWrite,
        _ => return Err(CommandError::refused("Unrecognized mode")),
    };
    let file_system = session.file_system().await?;
    file_system.update_ufs_mode(call.argument(0), mode).await?;
    output.line("Ufs mode updated");
    Ok(())
}
