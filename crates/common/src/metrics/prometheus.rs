//! A snapshot as `/metrics/prometheus/` shows it.

use std::fmt::Write;

use super::instrument::GaugeValue;
use super::registry::Snapshot;

const QUANTILES: [f64; 6] = [0.5, 0.75, 0.95, 0.98, 0.99, 0.999];

impl Snapshot {
    /// The text format, version 0.0.4.
    pub fn to_prometheus(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.gauges {
            let number = match value {
                GaugeValue::Integer(value) => *value as f64,
                GaugeValue::Number(value) => *value,
                GaugeValue::Text(_) | GaugeValue::Absent => continue,
            };
            let shown = head(&mut text, name, "Gauge", "gauge");
            sample(&mut text, &shown, number);
        }
        for (name, count) in &self.counters {
            let shown = head(&mut text, name, "Counter", "gauge");
            sample(&mut text, &shown, *count as f64);
        }
        for (name, (count, _)) in &self.meters {
            let shown = head(&mut text, name, "Meter", "counter");
            sample(&mut text, &shown, *count as f64);
        }
        for (name, (count, _, times)) in &self.timers {
            let shown = head(&mut text, name, "Timer", "summary");
            for part in QUANTILES {
                let series = format!("{shown}{{quantile=\"{part}\",}}");
                sample(&mut text, &series, times.quantile_nanos(part) / 1e9);
            }
            sample(&mut text, &format!("{shown}_count"), *count as f64);
        }
        text
    }
}

/// Writes the two lines above a metric and returns the name below them.
fn head(text: &mut String, name: &str, class: &str, kind: &str) -> String {
    let mut shown = shown_name(name);
    if kind == "counter" {
        shown.push_str("_total");
    }
    // Line breaks in a name, which may have come from a user, would forge lines.
    let name = name.replace(['\n', '\r', '\\'], "_");
    text.push_str(&format!(
        "# HELP {shown} Generated from Dropwizard metric import (metric={name}, \
         type=com.codahale.metrics.{class})\n# TYPE {shown} {kind}\n"
    ));
    shown
}

fn sample(text: &mut String, series: &str, value: f64) {
    text.push_str(series);
    text.push(' ');
    push_java_double(text, value);
    text.push('\n');
}

fn shown_name(name: &str) -> String {
    let mut shown: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '_' | ':') {
                c
            } else {
                '_'
            }
        })
        .collect();
    if shown.starts_with(|c: char| c.is_ascii_digit()) {
        shown.insert(0, '_');
    }
    shown
}

/// As Java prints a double: plain between a thousandth and ten million, otherwise with an exponent.
fn push_java_double(text: &mut String, value: f64) {
    let size = value.abs();
    let result = if value == 0.0 || (1e-3..1e7).contains(&size) {
        write!(text, "{value:?}")
    } else if value.is_nan() {
        text.write_str("NaN")
    } else if value.is_infinite() {
        text.write_str(if value > 0.0 { "+Inf" } else { "-Inf" })
    } else {
        let exponential = format!("{value:E}");
        let (digits, exponent) = exponential.split_once('E').unwrap_or((&exponential, "0"));
        let fraction = if digits.contains('.') { "" } else { ".0" };
        write!(text, "{digits}{fraction}E{exponent}")
    };
    result.expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_java_prints_them() {
        for (value, expected) in [
            (0.0, "0.0"),
            (18_200.0, "18200.0"),
            (18_350_080.0, "1.835008E7"),
            (0.5, "0.5"),
            (0.0001, "1.0E-4"),
            (-3.0, "-3.0"),
            (f64::NAN, "NaN"),
        ] {
            let mut text = String::new();
            push_java_double(&mut text, value);
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn names_keep_letters_digits_underscores_and_colons() {
        assert_eq!(
            shown_name("Master.CreateFile.User:root"),
            "Master_CreateFile_User:root"
        );
        assert_eq!(shown_name("a-b/é"), "a_b__");
    }
}
