//! A snapshot as `/metrics/json/` shows it.

use serde_json::{Map, Value, json};

use super::histogram::Distribution;
use super::instrument::GaugeValue;
use super::rate::Rates;
use super::registry::Snapshot;

impl Snapshot {
    /// One JSON object with the five kinds of instruments.
    pub fn to_json(&self) -> String {
        let counters: Map<String, Value> = self
            .counters
            .iter()
            .map(|(name, count)| (name.clone(), json!({ "count": count })))
            .collect();
        let gauges: Map<String, Value> = self
            .gauges
            .iter()
            .map(|(name, value)| (name.clone(), json!({ "value": gauge_value(value) })))
            .collect();
        let meters: Map<String, Value> = self
            .meters
            .iter()
            .map(|(name, (count, rates))| (name.clone(), meter_value(*count, rates)))
            .collect();
        let timers: Map<String, Value> = self
            .timers
            .iter()
            .map(|(name, (count, rates, times))| (name.clone(), timer_value(*count, rates, times)))
            .collect();
        json!({
            "version": "4.0.0",
            "gauges": gauges,
            "counters": counters,
            "histograms": {},
            "meters": meters,
            "timers": timers,
        })
        .to_string()
    }
}

fn gauge_value(value: &GaugeValue) -> Value {
    match value {
        GaugeValue::Integer(value) => json!(value),
        // JSON has no infinities; they become null.
        GaugeValue::Number(value) => json!(value),
        GaugeValue::Text(text) => json!(text),
        GaugeValue::Absent => Value::Null,
    }
}

fn meter_value(count: u64, rates: &Rates) -> Value {
    json!({
        "count": count,
        "m15_rate": rates.fifteen_minutes,
        "m1_rate": rates.one_minute,
        "m5_rate": rates.five_minutes,
        "mean_rate": rates.mean,
        "units": "events/second",
    })
}

fn timer_value(count: u64, rates: &Rates, times: &Distribution) -> Value {
    let millis = |nanos: f64| nanos / 1e6;
    let quantile = |part| millis(times.quantile_nanos(part));
    json!({
        "count": count,
        "max": millis(times.max_nanos()),
        "mean": millis(times.mean_nanos()),
        "min": millis(times.min_nanos()),
        "p50": quantile(0.5),
        "p75": quantile(0.75),
        "p95": quantile(0.95),
        "p98": quantile(0.98),
        "p99": quantile(0.99),
        "p999": quantile(0.999),
        "stddev": millis(times.deviation_nanos()),
        "m15_rate": rates.fifteen_minutes,
        "m1_rate": rates.one_minute,
        "m5_rate": rates.five_minutes,
        "mean_rate": rates.mean,
        "duration_units": "milliseconds",
        "rate_units": "calls/second",
    })
}
