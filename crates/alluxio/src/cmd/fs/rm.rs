//! `rm`: removes files and directories.

use alluxio_client::{DeleteOptions, Descend, MountPoints, UfsDelete};
use alluxio_common::AlluxioPath;

use crate::shell::wildcard::for_each_match;
use crate::shell::{
    Command, CommandError, Count, Invocation, OptionSpec, Outcome, Progress, Session, Value,
};

pub(crate) const COMMAND: Command = Command {
    name: "rm",
    usage: "rm [-R/-r/--recursive] [-U] [--alluxioOnly] [-m/--deleteMountPoint] <path>",
    description: "Removes a file, also from its under store. Directories need -R/-r/--recursive. \
                  With -U it is not checked whether the under store holds entries that Alluxio \
                  does not know. With --alluxioOnly the under store keeps everything. Directories \
                  with mount points inside need -m/--deleteMountPoint.",
    options: &[
        OptionSpec::long("alluxioOnly", "keep everything in the under store"),
        OptionSpec::both("m", "deleteMountPoint", "unmount what is mounted inside"),
        OptionSpec::both(
            "R",
            "recursive",
            "remove directories with all that is in them",
        ),
        OptionSpec::short("r", "remove directories with all that is in them"),
        OptionSpec::both(
            "s",
            "syncParentNextTime",
            "with \"true\", ask the under store what the directory above holds when that is next \
             listed",
        )
        .taking(Value::One("arg")),
        OptionSpec::short("U", "do not compare directories with the under store first"),
    ],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    for text in call.arguments() {
        for_each_match(session, text, async |path| {
            remove(session, &call, &path).await
        })
        .await?;
    }
    Ok(())
}

async fn remove(session: &Session, call: &Invocation, path: &AlluxioPath) -> Outcome {
    let file_system = session.file_system().await?;
    let descend = if call.has("R") || call.has("r") {
        Descend::All
    } else {
        Descend::No
    };
    if descend == Descend::No && file_system.get_status(path).await?.is_directory() {
        return Err(CommandError::refused(format!(
            "{path} is a directory, to remove it, please use \"rm -R/-r/--recursive <path>\""
        )));
    }
    let ufs = if call.has("alluxioOnly") {
        UfsDelete::Keep
    } else if call.has("U") {
        UfsDelete::Unchecked
    } else {
        UfsDelete::Checked
    };
    let mount_points = if call.has("m") {
        MountPoints::Unmount
    } else {
        MountPoints::Refuse
    };
    let options = DeleteOptions {
        descend,
        ufs,
        mount_points,
    };
    let waiting = Progress::waiting(&session.output, format!("removing {path}"));
    let looks_again = call.value("s");
    let deleted = if looks_again.is_some_and(|word| word.eq_ignore_ascii_case("true")) {
        file_system.delete_and_look_again(path, options).await
    } else {
        file_system.delete(path, options).await
    };
    drop(waiting);
    deleted?;
    let scope = if ufs == UfsDelete::Keep {
        " only from Alluxio space"
    } else {
        ""
    };
    session
        .output
        .line(format_args!("{path} has been removed{scope}"));
    Ok(())
}
