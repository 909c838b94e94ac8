//! Dates and spans as Alluxio's pages and reports print them.

use std::time::Duration;

use chrono::{Local, TimeZone, Utc};

use crate::Timestamp;

/// `MM-dd-yyyy HH:mm:ss:SSS` in the zone of the machine; a dash for a time that no calendar has.
pub fn date_text(time: Timestamp) -> String {
    match Local.timestamp_millis_opt(time.millis()).single() {
        Some(date) => date.format("%m-%d-%Y %H:%M:%S:%3f").to_string(),
        None => "-".to_owned(),
    }
}

/// `yyyy-MM-dd` in UTC; a dash for a time that no calendar has.
pub fn day_text(time: Timestamp) -> String {
    match Utc.timestamp_millis_opt(time.millis()).single() {
        Some(date) => date.format("%Y-%m-%d").to_string(),
        None => "-".to_owned(),
    }
}

/// `0 day(s), 0 hour(s), 13 minute(s), and 33 second(s)`.
pub fn span_text(span: Duration) -> String {
    let seconds = span.as_secs();
    format!(
        "{} day(s), {} hour(s), {} minute(s), and {} second(s)",
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_print_as_alluxio_prints_them() {
        let span = Duration::from_secs(86_400 + 3 * 3600 + 4 * 60 + 5);
        assert_eq!(
            span_text(span),
            "1 day(s), 3 hour(s), 4 minute(s), and 5 second(s)"
        );
    }

    #[test]
    fn a_date_has_the_width_of_its_pattern() {
        let text = date_text(Timestamp::from_millis(1_709_210_096_007));
        assert_eq!(text.len(), "MM-dd-yyyy HH:mm:ss:SSS".len());
        assert!(
            text.ends_with(":56:007") && text.contains("-2024 "),
            "{text}"
        );
    }
}
