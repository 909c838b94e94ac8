//! `checkConsistency`: what is not in its store as Alluxio has it.

use alluxio_client::{DeleteOptions, Descend, MountPoints, UfsDelete};
use alluxio_common::AlluxioPath;
use futures::{StreamExt, stream};

use crate::shell::wildcard::{all_of, for_each_match};
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "checkConsistency",
    usage: "checkConsistency [-r] [-t|--threads <threads>] <Alluxio path>",
    description: "Names everything at and below a path that is not in its under store as Alluxio \
                  has it. With -r Alluxio forgets it and looks into the store again, but for what \
                  is in no under store.",
    options: &[
        OptionSpec::short("r", "forget what differs, and look again"),
        OptionSpec::both(
            "t",
            "threads",
            "with -r: how many paths at the same time; twice the number of cores by default",
        )
        .taking(Value::One("arg")),
    ],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let threads = match call.value("t").map(|text| (text, text.parse())) {
        None => 2 * std::thread::available_parallelism().map_or(1, usize::from),
        Some((_text, Ok(number @ 1..))) => number,
        Some((text, _)) => {
            return Err(CommandError::refused(format!(
                "For input string: \"{text}\""
            )));
        }
    };
    let repairs = call.has("r");
    for_each_match(session, call.argument(0), async |path| {
        let file_system = session.file_system().await?;
        let differing = file_system.check_consistency(&path).await?;
        let output = &session.output;
        if differing.is_empty() {
            output.line(format_args!(
                "{path} is consistent with the under storage system."
            ));
        } else if repairs {
            output.line(format_args!(
                "{path} has: {} inconsistent files. Repairing with {threads} threads.",
                differing.len()
            ));
            repair(session, differing, threads).await?;
        } else {
            output.line("The following files are inconsistent:");
            for path in differing {
                output.line(path);
            }
        }
        Ok(())
    })
    .await
}

/// Files first, then directories, which may hold some of them.
async fn repair(session: &Session, differing: Vec<AlluxioPath>, threads: usize) -> Outcome {
    let file_system = session.file_system().await?;
    let (mut files, mut directories, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for path in differing {
        match file_system.find_status(&path).await? {
            // Alluxio alone has it: to forget it would be to lose it.
            Some(status) if !status.persisted => errors.push(CommandError::refused(format!(
                "{path} is in no under store and is left alone"
            ))),
            Some(status) if status.is_directory() => directories.push(path),
            Some(_) => files.push(path),
            // Another has repaired it, or it is gone.
            None => {}
        }
    }
    let repairing = files.into_iter().map(|path| repair_one(session, path));
    let outcomes: Vec<Outcome> = stream::iter(repairing).buffered(threads).collect().await;
    errors.extend(outcomes.into_iter().filter_map(Result::err));
    // The deepest ones first: those above may hold them.
    for path in directories.into_iter().rev() {
        errors.extend(repair_one(session, path).await.err());
    }
    all_of(errors)
}

/// Forgets a file, or a directory that holds nothing any more.
async fn repair_one(session: &Session, path: AlluxioPath) -> Outcome {
    let output = &session.output;
    output.line(format_args!("repairing path: {path}"));
    let file_system = session.file_system().await?;
    let options = DeleteOptions {
        descend: Descend::No,
        ufs: UfsDelete::Keep,
        mount_points: MountPoints::Refuse,
    };
    file_system.delete(&path, options).await?;
    // Looking for it brings back what the store has.
    file_system.exists(&path).await?;
    output.line(format_args!("{path} repaired\n"));
    Ok(())
}
