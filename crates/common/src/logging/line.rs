//! One line: `2020-03-08 23:40:44,374 WARN  BlockMasterClient - message field=value`.

use std::fmt::{self, Write};

use chrono::{DateTime, Local};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use crate::Timestamp;
use crate::conf::{STARS, Secrecy, secrecy_of_option};

/// The longest line; what clients send may end up in one.
const LONGEST_LINE: usize = 16 * 1024;

/// The name of a logger in the form that `logLevel` takes: `alluxio.master.file_system.rename` for
/// the module `alluxio_master::file_system::rename`.
pub fn logger_name(target: &str) -> String {
    let dotted = target.replace("::", ".");
    match dotted.strip_prefix("alluxio_") {
        Some(rest) => format!("alluxio.{rest}"),
        None => dotted,
    }
}

/// Appends a whole line with its line break.
pub(super) fn push_line(line: &mut String, now: Timestamp, event: &Event<'_>) {
    let meta = event.metadata();
    push_time(line, now);
    line.push(' ');
    line.push_str(padded(*meta.level()));
    line.push(' ');
    push_short_name(line, meta.target());
    line.push_str(" - ");
    let mut parts = Parts::default();
    event.record(&mut parts);
    push_escaped(line, &parts.message);
    push_escaped(line, &parts.fields);
    if line.len() > LONGEST_LINE {
        let end = (0..=LONGEST_LINE)
            .rev()
            .find(|end| line.is_char_boundary(*end))
            .unwrap_or(0);
        line.truncate(end);
        line.push_str(" ...");
    }
    line.push('\n');
}

fn push_time(line: &mut String, now: Timestamp) {
    let Some(utc) = DateTime::from_timestamp_millis(now.millis()) else {
        return;
    };
    let local = utc.with_timezone(&Local);
    let result = write!(line, "{}", local.format("%Y-%m-%d %H:%M:%S,%3f"));
    result.expect("the format is constant and valid");
}

const fn padded(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARN ",
        Level::INFO => "INFO ",
        Level::DEBUG => "DEBUG",
        Level::TRACE => "TRACE",
    }
}

/// The last part of a module path in the form of a class name: `BlockMasterClient`.
fn push_short_name(line: &mut String, target: &str) {
    let last = target.rsplit(['.', ':']).next().unwrap_or(target);
    for word in last.split('_') {
        let mut chars = word.chars();
        line.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        line.push_str(chars.as_str());
    }
}

/// A line break inside a value would look like another line.
fn push_escaped(line: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\x1b' => line.push_str("\\e"),
            other => line.push(other),
        }
    }
}

/// Message and fields of an event.
#[derive(Default)]
struct Parts {
    message: String,
    fields: String,
}

impl Parts {
    fn push(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let name = field.name();
        let result = if name == "message" {
            self.message.write_fmt(value)
        } else if name.starts_with("log.") {
            // The bridge from the `log` crate repeats what the line already says.
            Ok(())
        } else if secrecy_of_option(name) == Secrecy::Secret {
            write!(self.fields, " {name}={STARS}")
        } else {
            write!(self.fields, " {name}={value}")
        };
        // A value whose `Display` fails is cut short; a log line is no place to stop for that.
        result.unwrap_or_default();
    }
}

impl Visit for Parts {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.push(field, format_args!("{value}"));
        } else {
            self.push(field, format_args!("{value:?}"));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut chain = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            source = cause.source();
        }
        self.push(field, format_args!("{chain}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_read_as_the_loggers_of_the_original() {
        assert_eq!(
            logger_name("alluxio_master::file_system::rename"),
            "alluxio.master.file_system.rename"
        );
        assert_eq!(logger_name("alluxio"), "alluxio");
        let mut short = String::new();
        push_short_name(&mut short, "alluxio_worker::block_master_client");
        assert_eq!(short, "BlockMasterClient");
    }
}
