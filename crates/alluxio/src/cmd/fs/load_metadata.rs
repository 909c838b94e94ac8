//! `loadMetadata`: looks into the store now, not at the first access.

use alluxio_client::{Descend, ListStatusOptions, LoadMetadata, SyncInterval};

use crate::shell::{Command, Count, Invocation, OptionSpec, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "loadMetadata",
    usage: "loadMetadata [-R] [-F] <path>",
    description: "Looks into the under store for the entries of a directory.",
    options: &[
        OptionSpec::short(
            "F",
            "also compare what is known already with the under store",
        ),
        OptionSpec::short("R", "also in all directories below"),
    ],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let path = session.path(call.argument(0))?;
    let start = session.clock.monotonic();
    let options = ListStatusOptions {
        descend: if call.has("R") {
            Descend::All
        } else {
            Descend::No
        },
        load: Some(LoadMetadata::Always),
        sync: call.has("F").then_some(SyncInterval::Always),
    };
    session
        .file_system()
        .await?
        .load_metadata(&path, options)
        .await?;
    let elapsed = session.clock.monotonic().saturating_sub(start);
    session
        .output
        .line(format_args!("Time elapsed {}", elapsed.as_millis()));
    Ok(())
}
