//! The registry and its two forms, against what the original answers.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::{ManualClock, Timestamp};

fn fixture() -> (Arc<ManualClock>, Metrics) {
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let metrics = Metrics::new(Arc::<ManualClock>::clone(&clock));
    (clock, metrics)
}

#[test]
fn one_name_is_one_instrument() {
    let (_clock, metrics) = fixture();
    metrics.counter("a").increment();
    metrics.clone().counter("a").add(2);
    assert_eq!(metrics.counter("a").value(), 3);
    // Another kind under a name that is taken works, but is not shown.
    metrics.timer("a").record(Duration::from_secs(1));
    assert_eq!(metrics.snapshot().number("a"), Some(3.0));
}

#[test]
fn the_json_form_is_the_one_that_dashboards_know() {
    let (clock, metrics) = fixture();
    metrics.counter("Master.TotalRpcs").add(7);
    metrics.gauge("Master.TotalPaths", || 12_u64);
    metrics.gauge("Master.Role", || "PRIMARY".to_owned());
    metrics.gauge("Process.Nothing", || GaugeValue::Absent);
    metrics.meter("Client.BytesReadLocalThroughput").mark(160);
    metrics
        .timer("Master.JournalFlushTimer")
        .record(Duration::from_millis(4));
    clock.advance(Duration::from_secs(10));
    let json: serde_json::Value = serde_json::from_str(&metrics.snapshot().to_json()).unwrap();
    assert_eq!(json["version"], "4.0.0");
    assert_eq!(json["counters"]["Master.TotalRpcs"]["count"], 7);
    assert_eq!(json["gauges"]["Master.TotalPaths"]["value"], 12);
    assert_eq!(json["gauges"]["Master.Role"]["value"], "PRIMARY");
    assert!(json["gauges"]["Process.Nothing"]["value"].is_null());
    assert_eq!(json["histograms"], serde_json::json!({}));
    let meter = &json["meters"]["Client.BytesReadLocalThroughput"];
    assert_eq!(meter["count"], 160);
    assert_eq!(meter["mean_rate"], 16.0);
    assert_eq!(meter["units"], "events/second");
    let timer = &json["timers"]["Master.JournalFlushTimer"];
    assert_eq!(timer["count"], 1);
    assert_eq!(timer["max"], 4.0);
    assert_eq!(timer["p999"], 4.0);
    assert_eq!(timer["duration_units"], "milliseconds");
    assert_eq!(timer.as_object().unwrap().len(), 17);
}

#[test]
fn the_prometheus_form_follows_the_naming_rule() {
    let (_clock, metrics) = fixture();
    metrics.counter("Cluster.BytesReadLocal").add(18_350_080);
    metrics.gauge("Master.TotalPaths", || 18_200_u64);
    metrics.gauge("Master.Role", || "PRIMARY".to_owned());
    metrics.meter("Worker.BlocksAccessed").mark(2);
    let timer = metrics.timer("Master.CreateFile.User:root");
    timer.record(Duration::from_secs(2));
    let text = metrics.snapshot().to_prometheus();
    let expected = "\
# HELP Master_TotalPaths Generated from Dropwizard metric import (metric=Master.TotalPaths, type=com.codahale.metrics.Gauge)
# TYPE Master_TotalPaths gauge
Master_TotalPaths 18200.0
# HELP Cluster_BytesReadLocal Generated from Dropwizard metric import (metric=Cluster.BytesReadLocal, type=com.codahale.metrics.Counter)
# TYPE Cluster_BytesReadLocal gauge
Cluster_BytesReadLocal 1.835008E7
# HELP Worker_BlocksAccessed_total Generated from Dropwizard metric import (metric=Worker.BlocksAccessed, type=com.codahale.metrics.Meter)
# TYPE Worker_BlocksAccessed_total counter
Worker_BlocksAccessed_total 2.0
# HELP Master_CreateFile_User:root Generated from Dropwizard metric import (metric=Master.CreateFile.User:root, type=com.codahale.metrics.Timer)
# TYPE Master_CreateFile_User:root summary
Master_CreateFile_User:root{quantile=\"0.5\",} 2.0
Master_CreateFile_User:root{quantile=\"0.75\",} 2.0
Master_CreateFile_User:root{quantile=\"0.95\",} 2.0
Master_CreateFile_User:root{quantile=\"0.98\",} 2.0
Master_CreateFile_User:root{quantile=\"0.99\",} 2.0
Master_CreateFile_User:root{quantile=\"0.999\",} 2.0
Master_CreateFile_User:root_count 1.0
";
    assert_eq!(text, expected);
}

#[test]
fn a_name_from_outside_cannot_forge_a_line() {
    let (_clock, metrics) = fixture();
    metrics.counter("a\nforged 1").increment();
    let text = metrics.snapshot().to_prometheus();
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn percentiles_forget_what_is_older_than_two_windows() {
    let (clock, metrics) = fixture();
    let timer = metrics.timer("t");
    timer.record(Duration::from_secs(9));
    for _ in 0..2 {
        clock.advance(Duration::from_secs(61));
        timer.record(Duration::from_millis(1));
        metrics.snapshot();
    }
    let json: serde_json::Value = serde_json::from_str(&metrics.snapshot().to_json()).unwrap();
    assert_eq!(json["timers"]["t"]["count"], 3);
    assert_eq!(json["timers"]["t"]["max"], 1.0);
}

#[test]
fn names_are_known_once() {
    let mut names: Vec<&str> = name::ALL.iter().map(|(name, _)| *name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
