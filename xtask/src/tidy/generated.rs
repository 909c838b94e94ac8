//! Documents that are made from registries are up to date.

use super::check::Finding;
use crate::docs;
use crate::tree::Tree;

const RULE: &str = "generated";

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let stale = docs::documents(tree)?
        .into_iter()
        .filter(|document| tree.text(document.path) != Some(document.text.as_str()))
        .map(|document| Finding::error(document.path, 1, RULE, "is stale; run `cargo xtask docs`"))
        .collect();
    Ok(stale)
}
