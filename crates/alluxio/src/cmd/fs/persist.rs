//! `persist`: writes files that are only in Alluxio to their under store.

use std::pin::pin;
use std::time::Duration;

use alluxio_client::{Descend, Kind, ListStatusOptions};
use alluxio_common::{AlluxioPath, PersistenceState};
use futures::{StreamExt, TryStreamExt, stream};

use super::failed_copies::FailedCopies;

use crate::shell::wildcard::{all_of, expand};
use crate::shell::{
    Command, CommandError, Count, Invocation, OptionSpec, Outcome, Progress, Session, Value,
};

pub(crate) const COMMAND: Command = Command {
    name: "persist",
    usage: "persist [-p|--parallelism <#>] [-t|--timeout <milliseconds>] [-w|--wait <milliseconds>] <path> [<path> ...]",
    description: "Writes files, or all files below directories, that are only in Alluxio to their \
                  under store, and waits until they are there.",
    options: &[
        OptionSpec::both(
            "p",
            "parallelism",
            "how many files at the same time; 1024 by default",
        )
        .taking(Value::One("# concurrent operations")),
        OptionSpec::both(
            "t",
            "timeout",
            "how long one file may take; 1200000 by default",
        )
        .taking(Value::One("timeout in milliseconds")),
        OptionSpec::both(
            "w",
            "wait",
            "how long to wait before a file is written; 0 by default",
        )
        .taking(Value::One("the initial persistence wait time")),
    ],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

/// The master hands files to job workers in rounds: whoever waits for a few before it asks for the
/// next ones waits for a round each time.
const DEFAULT_PARALLELISM: i64 = 1024;
const DEFAULT_TIMEOUT_MS: i64 = 20 * 60 * 1000;

/// How soon the master is asked again whether a file is in its store, and how late at the most.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

async fn run(session: &Session, call: Invocation) -> Outcome {
    let parallelism = number(&call, "p", DEFAULT_PARALLELISM)?;
    let timeout = Duration::from_millis(number(&call, "t", DEFAULT_TIMEOUT_MS)?.unsigned_abs());
    let wait_ms = number(&call, "w", 0)?;
    let files = find(session, &call).await?;
    let output = &session.output;
    output.line(format_args!("Found {} files to persist.", files.len()));
    let total = files.len();
    let parallelism = usize::try_from(parallelism).unwrap_or(1).max(1);
    let failed = FailedCopies::default();
    let waiting = Waiting {
        session,
        wait_ms,
        timeout,
        failed: &failed,
    };
    let persisting = files.into_iter().map(|path| async move {
        let outcome = waiting.persist(&path).await;
        (path, outcome)
    });
    output.flush();
    let progress = Progress::count(output, u64::try_from(total).unwrap_or(u64::MAX));
    let mut done = stream::iter(persisting).buffer_unordered(parallelism);
    let mut watching = pin!(failed.watch(session));
    let mut persisted = 0;
    let mut errors = Vec::new();
    loop {
        let next = tokio::select! {
            next = done.next() => next,
            Err(error) = &mut watching => return Err(error),
        };
        let Some((path, outcome)) = next else { break };
        progress.bar().inc(1);
        match outcome {
            Ok(()) => {
                persisted += 1;
                output.line(format_args!(
                    "({persisted}/{total}) Successfully persisted file: {path}"
                ));
            }
            Err(error) => {
                errors.push(CommandError::refused(format!(
                    "Failed to persist file {path}: {error}"
                )));
            }
        }
    }
    drop(progress);
    all_of(errors)
}

/// The complete files below the arguments that are not in their store.
async fn find(session: &Session, call: &Invocation) -> Result<Vec<AlluxioPath>, CommandError> {
    let mut files = Vec::new();
    for text in call.arguments() {
        for path in expand(session, text).await? {
            let options = ListStatusOptions {
                descend: Descend::All,
                ..ListStatusOptions::default()
            };
            let mut entries = session
                .file_system()
                .await?
                .iterate_status(&path, options)
                .await?;
            while let Some(status) = entries.try_next().await? {
                if status.kind == Kind::File && status.persistence != PersistenceState::Persisted {
                    files.push(status.path);
                }
            }
        }
    }
    Ok(files)
}

/// How files are waited for.
#[derive(Debug, Clone, Copy)]
struct Waiting<'a> {
    session: &'a Session,
    wait_ms: i64,
    timeout: Duration,
    failed: &'a FailedCopies,
}

impl Waiting<'_> {
    /// Asks for a file to be persisted, and waits until it is, or until it is clear why not.
    async fn persist(self, path: &AlluxioPath) -> Outcome {
        let file_system = self.session.file_system().await?;
        let began = self.session.clock.monotonic();
        file_system.schedule_persist(path, self.wait_ms).await?;
        let mut pause = FIRST_PAUSE;
        loop {
            match file_system.get_status(path).await?.persistence {
                PersistenceState::Persisted => return Ok(()),
                PersistenceState::Lost => {
                    return Err(CommandError::refused("its blocks are lost"));
                }
                // The master has given it up: no later try would end otherwise.
                PersistenceState::NotPersisted => {
                    let sentence = "its store does not take it; the log of the master says why";
                    let reason = self.failed.reason(path.as_str());
                    return Err(CommandError::refused(reason.as_deref().unwrap_or(sentence)));
                }
                PersistenceState::ToBePersisted => {}
            }
            let waited = self.session.clock.monotonic().saturating_sub(began);
            if let Some(reason) = self.failed.verdict(path.as_str(), began) {
                return Err(CommandError::refused(format!(
                    "{reason}. The master goes on trying."
                )));
            }
            if waited >= self.timeout {
                let timeout = self.timeout.as_millis();
                let sentence = format!("it was not persisted within {timeout}ms");
                return Err(CommandError::refused(sentence));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn number(call: &Invocation, key: &str, default: i64) -> Result<i64, CommandError> {
    match call.value(key) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_not_a_number| {
            CommandError::refused(format!("For input string: \"{text}\""))
        }),
    }
}
