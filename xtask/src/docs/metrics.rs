//! `docs/reference/metrics.md`: the metrics that some process counts.

use alluxio_common::metrics::name;
use anyhow::Context;

use crate::constant::{identifier_of, is_used};
use crate::tree::Tree;

const NAMES: &str = "crates/common/src/metrics/name.rs";

const HEAD: &str = "\
<!-- Made by `cargo xtask docs` from crates/common/src/metrics/name.rs. -->

# Metrics

Every server answers `/metrics/json/` and `/metrics/prometheus/` on its web port. In the second form
every character of a name outside letters, digits, `_` and `:` becomes `_`, and meters end in
`_total`. Counters and gauges are numbers of things or bytes, meters also tell how many there are per
second, timers how long something takes: in milliseconds as JSON, in seconds for Prometheus.

| Name | Kind |
|---|---|
";

pub(super) fn render(tree: &Tree) -> anyhow::Result<String> {
    let names = tree
        .text(NAMES)
        .context("the names of metrics are missing")?;
    let mut text = HEAD.to_owned();
    for (metric, kind) in name::ALL {
        let identifier =
            identifier_of(names, metric).with_context(|| format!("{metric} has no constant"))?;
        if is_used(tree, NAMES, &format!("name::{identifier}")) {
            text.push_str(&format!("| `{metric}` | {kind} |\n"));
        }
    }
    Ok(text)
}
