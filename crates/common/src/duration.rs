//! Spans of time: how people write them in properties and on the command line.

use std::time::Duration;

/// A text that is not a span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is not a duration such as 500ms, 30s, 5min, 1h or 2day (a bare number is milliseconds)"
)]
pub struct ParseDurationError {
    /// What was given.
    pub text: String,
}

/// Parses a span in milliseconds: `500`, `5ms`, `1.5s`, `2min`, `1h`, `3day`, `-1`. Negative
/// values mean "none" or "never" in many properties, so they are kept.
///
/// # Errors
/// When there is no number, the unit is unknown, or it does not fit.
pub fn parse_millis(text: &str) -> Result<i64, ParseDurationError> {
    let error = || ParseDurationError {
        text: text.to_owned(),
    };
    let trimmed = text.trim();
    let end = trimmed
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-')))
        .unwrap_or(trimmed.len());
    let factor = match trimmed[end..].trim().to_ascii_lowercase().as_str() {
        "" | "ms" | "msec" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "second" | "seconds" => 1_000.0,
        "m" | "min" | "minute" | "minutes" => 60_000.0,
        "h" | "hr" | "hour" | "hours" => 3_600_000.0,
        "d" | "day" | "days" => 86_400_000.0,
        _ => return Err(error()),
    };
    if factor == 1.0
        && let Ok(whole) = trimmed[..end].parse::<i64>()
    {
        return Ok(whole);
    }
    let number: f64 = trimmed[..end].parse().map_err(|_not_a_number| error())?;
    let millis = number * factor;
    if !millis.is_finite() || millis.abs() >= i64::MAX as f64 {
        return Err(error());
    }
    Ok(millis as i64)
}

/// A span for which "never" makes no sense: negative values become zero.
///
/// # Errors
/// As [`parse_millis`].
pub fn parse(text: &str) -> Result<Duration, ParseDurationError> {
    parse_millis(text).map(|millis| Duration::from_millis(millis.max(0).unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_parse_with_every_unit_that_the_docs_show() {
        for (text, millis) in [
            ("500", 500),
            ("5ms", 5),
            ("30sec", 30_000),
            ("1.5s", 1_500),
            ("2min", 120_000),
            ("2hour", 7_200_000),
            ("1d", 86_400_000),
            ("-1", -1),
            ("9223372036854775807", i64::MAX),
        ] {
            assert_eq!(parse_millis(text), Ok(millis), "{text}");
        }
        for text in ["", "s", "3 fortnights", "1e3"] {
            assert!(parse_millis(text).is_err(), "{text}");
        }
    }
}
