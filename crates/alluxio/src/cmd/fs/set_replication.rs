//! `setReplication`: how many copies of each block there should be.

use alluxio_client::{Descend, SetAttributeOptions};

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "setReplication",
    usage: "setReplication [-R] [--max <num> | --min <num>] <path>",
    description: "Sets the least and the greatest number of copies of each block of a file; a \
                  greatest number of -1 stands for no limit. With -R for all files below a \
                  directory.",
    options: &[
        OptionSpec::long("max", "at most so many copies").taking(Value::One("arg")),
        OptionSpec::long("min", "at least so many copies").taking(Value::One("arg")),
        OptionSpec::short("R", "all files below"),
    ],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let max = number(&call, "max")?;
    let min = number(&call, "min")?;
    if max.is_none() && min.is_none() {
        let sentence = "At least one option of '--max' or '--min' must be specified";
        return Err(CommandError::refused(sentence));
    }
    if min.is_some_and(|min| min < 0) {
        let sentence = "Min replication must be a non-negative integer";
        return Err(CommandError::refused(sentence));
    }
    if let (Some(max), Some(min)) = (max, min)
        && max >= 0
        && max < min
    {
        let sentence = "Invalid values for '--max' and '--min' options";
        return Err(CommandError::refused(sentence));
    }
    let descend = if call.has("R") {
        Descend::All
    } else {
        Descend::No
    };
    for_each_match(session, call.argument(0), async |path| {
        let options = SetAttributeOptions {
            replication_max: max,
            replication_min: min,
            ..SetAttributeOptions::default()
        };
        session
            .file_system()
            .await?
            .set_attribute(&path, descend, options)
            .await?;
        let output = &session.output;
        output.line(format_args!("Changed the replication level of {path}"));
        if let Some(max) = max {
            output.line(format_args!("replicationMax was set to {max}"));
        }
        if let Some(min) = min {
            output.line(format_args!("replicationMin was set to {min}"));
        }
        output.line("");
        Ok(())
    })
    .await
}

fn number(call: &Invocation, key: &str) -> Result<Option<i32>, CommandError> {
    let Some(text) = call.value(key) else {
        return Ok(None);
    };
    match text.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_not_a_number) => Err(CommandError::refused(format!(
            "For input string: \"{text}\""
        ))),
    }
}
