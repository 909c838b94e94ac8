//! `setTtl`: how long a file lives.

use alluxio_client::{Descend, SetAttributeOptions, Ttl};
use alluxio_common::TtlAction;

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};

pub(crate) const COMMAND: Command = Command {
    name: "setTtl",
    usage: "setTtl [--action delete|free] <path> <time to live>",
    description: "Sets how long a file, or everything below a directory, lives, and what happens \
                  then: it is deleted, also from the under store (the default), or its cached \
                  copies are freed. Units of the time: ms, millisecond, s, second, m, min, \
                  minute, h, hour, d, day; without one it is milliseconds.",
    options: &[
        OptionSpec::long("action", "what happens then: delete (the default) or free")
            .taking(Value::One("arg")),
    ],
    count: Count::Exactly(2),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let action = match call.value("action") {
        None => TtlAction::Delete,
        Some(name) => TtlAction::parse(name).map_err(|_unknown| {
            CommandError::usage(format!("TTL action should be DELETE OR FREE, not {name}"))
        })?,
    };
    let text = call.argument(1);
    let millis =
        parse(text).ok_or_else(|| CommandError::refused(format!("{text} is not valid time")))?;
    for_each_match(session, call.argument(0), async |path| {
        let options = SetAttributeOptions {
            ttl: Some(Ttl { millis, action }),
            ..SetAttributeOptions::default()
        };
        session
            .file_system()
            .await?
            .set_attribute(&path, Descend::All, options)
            .await?;
        session.output.line(format_args!(
            "TTL of path '{path}' was successfully set to {millis} milliseconds, \
             with expiry action set to {action}"
        ));
        Ok(())
    })
    .await
}

/// A whole number and a unit, with nothing in between.
fn parse(text: &str) -> Option<i64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let factor = match text[end..].to_ascii_lowercase().as_str() {
        "" | "ms" | "millisecond" => 1,
        "s" | "second" => 1_000,
        "m" | "min" | "minute" => 60_000,
        "h" | "hour" => 3_600_000,
        "d" | "day" => 86_400_000,
        _ => return None,
    };
    text[..end].parse::<i64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_whole_numbers_with_a_known_unit_are_times() {
        for (text, millis) in [
            ("3600000", 3_600_000),
            ("10min", 600_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(parse(text), Some(millis), "{text}");
        }
        for text in ["abc", "0.5h", "1 day", "-1", "", "99999999999999d"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
