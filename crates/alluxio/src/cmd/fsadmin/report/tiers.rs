//! Tiers in reports: their order, and the lines for them.

use std::collections::BTreeMap;

use alluxio_common::ByteSize;

use crate::output::Output;

/// Memory first, then what is slower; others behind them by name.
const ORDER: [&str; 3] = ["MEM", "SSD", "HDD"];

/// The names of the tiers in the order in which they are reported.
pub(super) fn names<'a>(tiers: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    let mut names: Vec<&str> = tiers.into_iter().map(String::as_str).collect();
    let place = |name: &str| ORDER.iter().position(|known| *known == name);
    names.sort_by_key(|name| (place(name).unwrap_or(ORDER.len()), *name));
    names.dedup();
    names
}

/// An amount as people read it; what is negative counts as nothing.
pub(super) fn size(bytes: i64) -> String {
    ByteSize::from_bytes(u64::try_from(bytes).unwrap_or(0)).to_string()
}

/// `        Tier: MEM  Size: 1024.00MB`, one line each.
pub(super) fn print(output: &Output, tiers: &BTreeMap<String, i64>) {
    for name in names(tiers.keys()) {
        let bytes = tiers.get(name).copied().unwrap_or(0);
        output.line(format_args!("        Tier: {name}  Size: {}", size(bytes)));
    }
}
