//! What a measurement prints.
#![expect(clippy::print_stdout, reason = "figures are printed")]

use std::io::Write;
use std::time::Duration;

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// It only informs.
    None,
    /// The figure should not be below.
    AtLeast(f64),
    /// The figure should not be above.
    AtMost(f64),
}

/// What stands before an error, in the output of a server too.
pub(crate) const ERROR: &str = "bench: ";

/// Begins a workload.
pub(crate) fn heading(text: &str) {
    line(&format!("\n## {text}"));
}

/// A sentence on its own line.
pub(crate) fn line(text: &str) {
    println!("{text}");
    // A pipe that nobody reads any more is no reason to stop.
    std::io::stdout().flush().ok();
}

/// A figure, its unit, what it should be, and what else is worth knowing.
pub(crate) fn figure(name: &str, value: f64, unit: &str, target: Target, more: &str) {
    let (target, verdict) = match target {
        Target::None => (String::new(), ""),
        Target::AtLeast(limit) => (
            format!(">= {}", number(limit)),
            if value >= limit { "ok" } else { "BELOW" },
        ),
        Target::AtMost(limit) => (
            format!("<= {}", number(limit)),
            if value <= limit { "ok" } else { "ABOVE" },
        ),
    };
    let value = number(value);
    line(&format!(
        "{name:42} {value:>12} {unit:22} {target:14} {verdict:6} {more}"
    ));
}

/// Large numbers with separators, small ones with decimals.
pub(crate) fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The middle of several runs.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// `p` of 100 of the latencies are at most this, in milliseconds.
pub(crate) fn percentile(sorted: &[Duration], p: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let index = (last as f64 * p / 100.0).round() as usize;
    sorted
        .get(index)
        .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
}
