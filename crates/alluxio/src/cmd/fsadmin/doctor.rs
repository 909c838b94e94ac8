//! `doctor`: what is wrong with the cluster.

use std::collections::BTreeMap;

use alluxio_proto::grpc::meta::InconsistentProperties;

use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session};

/// What the master sends for a property that has no value on a server.
const NO_VALUE: &str = "__Optional__";

const DESCRIPTION: &str = "\
Show what is wrong with the cluster.
Where [category] is one of these, or left out for all of them:
    configuration    settings of servers that should be the same and are not
    storage          directories that workers have lost
";

pub(crate) const COMMAND: Command = Command {
    name: "doctor",
    usage: "doctor [category]",
    description: DESCRIPTION,
    options: &[OptionSpec::short("h", "print this")],
    count: Count::AtMost(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let usage = || {
        session.output.line(COMMAND.usage);
        session.output.line(DESCRIPTION);
    };
    if call.has("h") {
        usage();
        return Ok(());
    }
    match call.arguments().first().map(String::as_str) {
        None => {
            configuration(session).await?;
            storage(session).await
        }
        Some("configuration") => configuration(session).await,
        Some("storage") => storage(session).await,
        Some(_) => {
            usage();
            Err(CommandError::refused("doctor category is invalid."))
        }
    }
}

async fn configuration(session: &Session) -> Outcome {
    let report = session
        .file_system()
        .await?
        .meta_master()
        .config_report()
        .await?;
    let output = &session.output;
    if report.errors.is_empty() && report.warns.is_empty() {
        output.line("No server-side configuration errors or warnings.");
        return Ok(());
    }
    if !report.errors.is_empty() {
        output.line(
            "Server-side configuration errors (those properties are required to be identical): ",
        );
        print(session, &report.errors);
    }
    if !report.warns.is_empty() {
        output.line(
            "\nServer-side configuration warnings (those properties are recommended to be identical): ",
        );
        print(session, &report.warns);
    }
    Ok(())
}

fn print(session: &Session, by_scope: &BTreeMap<String, InconsistentProperties>) {
    for property in by_scope.values().flat_map(|list| &list.properties) {
        session
            .output
            .line(format_args!("key: {}", property.name()));
        for (value, servers) in &property.values {
            let servers = servers.values.join(", ");
            let value = match value.as_str() {
                NO_VALUE => "no value set",
                value => value,
            };
            session
                .output
                .line(format_args!("    value: {value} ({servers})"));
        }
    }
}

async fn storage(session: &Session) -> Outcome {
    let lost = session.block_master().await?.lost_storage().await?;
    let output = &session.output;
    if lost.is_empty() {
        output.line("All worker storage paths are in working state.");
        return Ok(());
    }
    for worker in lost {
        let host = worker.address.unwrap_or_default().host.unwrap_or_default();
        output.line(format_args!(
            "The following storage paths are lost in worker {host}: "
        ));
        for (tier, paths) in &worker.lost_storage {
            for path in &paths.storage {
                output.line(format_args!("{path} ({tier})"));
            }
        }
    }
    Ok(())
}
