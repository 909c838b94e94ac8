//! Dates in the patterns of Java's `SimpleDateFormat`, because a property holds such a pattern.

use alluxio_common::Timestamp;
use chrono::{DateTime, Datelike, Local, TimeZone, Timelike, Utc};

/// A pattern such as `MM-dd-yyyy HH:mm:ss:SSS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DateFormat {
    pattern: String,
}

impl DateFormat {
    /// Numbers of year, month, day, hour, minute, second, millisecond and the zone are known, and
    /// text between single quotes; other letters are printed as they are.
    pub(crate) fn new(pattern: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
        }
    }

    /// The time in the zone of this machine.
    pub(crate) fn local(&self, time: Timestamp) -> String {
        match Local.timestamp_millis_opt(time.millis()).single() {
            Some(date) => self.format(&date, &date.format("%z").to_string()),
            None => time.millis().to_string(),
        }
    }

    /// The time in UTC.
    pub(crate) fn utc(&self, time: Timestamp) -> String {
        match Utc.timestamp_millis_opt(time.millis()).single() {
            Some(date) => self.format(&date, "+0000"),
            None => time.millis().to_string(),
        }
    }

    fn format<Z: TimeZone>(&self, date: &DateTime<Z>, zone: &str) -> String {
        let mut text = String::new();
        let mut rest = self.pattern.as_str();
        while let Some(letter) = rest.chars().next() {
            if letter == '\'' {
                let quoted = rest[1..].split('\'').next().unwrap_or("");
                text.push_str(if quoted.is_empty() { "'" } else { quoted });
                rest = rest.get(quoted.len() + 2..).unwrap_or("");
                continue;
            }
            let width = rest.chars().take_while(|&c| c == letter).count();
            let run = &rest[..width * letter.len_utf8()];
            rest = &rest[run.len()..];
            let number = match letter {
                'y' if width == 2 => i64::from(date.year().rem_euclid(100)),
                'y' => i64::from(date.year()),
                'M' => i64::from(date.month()),
                'd' => i64::from(date.day()),
                'H' => i64::from(date.hour()),
                'h' => i64::from(date.hour12().1),
                'm' => i64::from(date.minute()),
                's' => i64::from(date.second()),
                'S' => i64::from(date.timestamp_subsec_millis()),
                'Z' => {
                    text.push_str(zone);
                    continue;
                }
                _ => {
                    text.push_str(run);
                    continue;
                }
            };
            text.push_str(&format!("{number:0width$}"));
        }
        text
    }
}

/// `0 day(s), 0 hour(s), 11 minute(s), and 15 second(s)`
pub(crate) fn uptime(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    format!(
        "{days} day(s), {} hour(s), {} minute(s), and {} second(s)",
        hours % 24,
        minutes % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_java_are_understood() {
        let time = Timestamp::from_millis(1_560_495_765_048);
        for (pattern, text) in [
            ("MM-dd-yyyy HH:mm:ss:SSS", "06-14-2019 07:02:45:048"),
            ("yyyyMMdd-HHmmss", "20190614-070245"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2019-06-14T07:02:45.048+0000"),
            ("d.M.yy h 'hours'", "14.6.19 7 hours"),
        ] {
            assert_eq!(DateFormat::new(pattern).utc(time), text, "{pattern}");
        }
    }

    #[test]
    fn an_uptime_is_split_into_days_hours_minutes_and_seconds() {
        assert_eq!(
            uptime(93_784_999),
            "1 day(s), 2 hour(s), 3 minute(s), and 4 second(s)"
        );
    }
}
