//! A property that claims to have an effect is read somewhere.

use alluxio_common::conf::property::DefaultValue;
use alluxio_common::conf::{Registry, key};

use super::check::Finding;
use crate::constant::{identifier_of, is_used};
use crate::tree::Tree;

const RULE: &str = "key-use";
const KEYS: &str = "crates/common/src/conf/key.rs";

/// Clients of the original ask for these when they connect.
const FOR_CLIENTS: [&str; 2] = ["alluxio.version", "alluxio.underfs.version"];

/// Names here are listed, not read.
const TABLES: &str = "crates/common/src/conf/registry/";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let keys = tree.text(KEYS).unwrap_or_default();
    let registry = Registry::new();
    key::ALL
        .iter()
        .filter(|name| !is_read(tree, &registry, keys, name))
        .map(|name| {
            let reason = format!("nothing reads {name}; remove the key and its description");
            Finding::error(KEYS, line_of(keys, name), RULE, reason)
        })
        .collect()
}

fn is_read(tree: &Tree, registry: &Registry, keys: &str, name: &str) -> bool {
    let Some(identifier) = identifier_of(keys, name) else {
        return false;
    };
    FOR_CLIENTS.contains(&name)
        || is_in_default(registry, name)
        || is_templated(registry, name)
        || is_used(tree, TABLES, &format!("key::{identifier}"))
}

/// Whether it works through the default of another property.
fn is_in_default(registry: &Registry, name: &str) -> bool {
    let reference = format!("${{{name}}}");
    registry.properties().into_iter().any(|property| {
        let is_there =
            matches!(property.default, DefaultValue::Text(text) if text.contains(&reference));
        is_there && property.has_effect()
    })
}

/// Whether the name, or what is below it, is made at run time.
fn is_templated(registry: &Registry, name: &str) -> bool {
    let below = format!("{name}.x");
    registry
        .templates()
        .iter()
        .filter(|template| template.property().has_effect())
        .any(|template| template.matches(name) || template.matches(&below))
}

fn line_of(keys: &str, name: &str) -> usize {
    let quoted = format!("\"{name}\"");
    let line = (1..)
        .zip(keys.lines())
        .find(|(_, line)| line.contains(&quoted));
    line.map_or(1, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_points_to_the_line_of_its_key() {
        let keys = "keys! {\n    DEBUG = \"alluxio.debug\",\n    HOME = \"alluxio.home\",\n}";
        assert_eq!(line_of(keys, "alluxio.home"), 3);
    }
}
