//! `report metrics`: what is counted and measured.

use alluxio_common::ByteSize;
use alluxio_proto::grpc::metric::MetricValue;

use crate::shell::{Outcome, Session};
use crate::text::grouped;

pub(super) async fn report(session: &Session) -> Outcome {
    let metrics = session.file_system().await?.meta_master().metrics().await?;
    for (name, metric) in &metrics {
        let kind = metric.metric_type().as_str_name();
        session.output.line(format_args!(
            "{name}  (Type: {kind}, Value: {})",
            value(name, metric)
        ));
    }
    Ok(())
}

fn value(name: &str, metric: &MetricValue) -> String {
    if let Some(text) = &metric.string_value {
        return text.clone();
    }
    let number = metric.double_value();
    if name.contains("Bytes") {
        let size = ByteSize::from_bytes(number.max(0.0) as u64);
        let per = if name.contains("Throughput") {
            "/MIN"
        } else {
            ""
        };
        return format!("{size}{per}");
    }
    let whole = number.trunc();
    let fraction = format!("{:.5}", (number - whole).abs());
    let fraction = fraction.trim_start_matches('0').trim_end_matches('0');
    let fraction = if fraction == "." { "" } else { fraction };
    format!("{}{fraction}", grouped(whole as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_rates_and_counts_look_different() {
        let metric = |number: f64| MetricValue {
            double_value: Some(number),
            ..MetricValue::default()
        };
        for (name, number, text) in [
            ("Cluster.BytesReadLocal", 160.0, "160B"),
            ("Cluster.BytesReadUfsThroughput", 1425.0, "1425B/MIN"),
            ("Cluster.CapacityFree", 1_070_595_936.0, "1,070,595,936"),
            ("Cluster.CacheHitRate", -97.0, "-97"),
            ("Master.X", 0.5, "0.5"),
        ] {
            assert_eq!(value(name, &metric(number)), text, "{name}");
        }
    }
}
