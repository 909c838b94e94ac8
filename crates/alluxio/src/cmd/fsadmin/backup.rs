//! `backup`: the namespace goes into a file of a store.

use std::time::Duration;

use alluxio_proto::grpc::meta::{BackupPOptions, BackupPRequest, BackupState};

use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "backup",
    usage: "backup [directory] [--local] [--allow-leader] [--bypass-delegation]",
    description: "Writes the whole namespace into a file, from which alluxio-start.sh -i starts an \
                  empty master. The directory is a path from the top of the root store; without \
                  it, alluxio.master.backup.directory counts. Whoever can read the file knows the \
                  keys of all mounts.",
    options: &[
        OptionSpec::long("local", "a directory of the machine of the master"),
        OptionSpec::long("allow-leader", "means nothing: there is one master"),
        OptionSpec::long("bypass-delegation", "means nothing: there is one master"),
    ],
    count: Count::Any,
    run: |session, call| Box::pin(run(session, call)),
};

/// How often it is asked whether the backup is done.
const POLL_PAUSE: Duration = Duration::from_millis(100);

async fn run(session: &Session, call: Invocation) -> Outcome {
    let request = BackupPRequest {
        target_directory: call.arguments().first().cloned(),
        options: Some(BackupPOptions {
            local_file_system: Some(call.has("local")),
            run_async: Some(true),
            allow_leader: Some(call.has("allow-leader")),
            bypass_delegation: Some(call.has("bypass-delegation")),
        }),
    };
    let master = session.file_system().await?.meta_master();
    let mut status = master.backup(request).await?;
    while status.backup_state() != BackupState::Completed {
        tokio::time::sleep(POLL_PAUSE).await;
        status = master.backup_status(status.backup_id()).await?;
    }
    session.output.line(format_args!(
        "Backup Host        : {}\nBackup URI         : {}\nBackup Entry Count : {}",
        status.backup_host(),
        status.backup_uri(),
        status.entry_count()
    ));
    Ok(())
}
