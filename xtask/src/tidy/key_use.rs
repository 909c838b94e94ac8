//! A property that claims to have an effect is read somewhere, and one that is read claims it.

use alluxio_common::conf::Registry;
use alluxio_common::conf::property::{DefaultValue, Effect};

use super::check::Finding;
use crate::constant::{has_word, identifier_of, is_used};
use crate::tree::{Tree, production_part};

const RULE: &str = "key-use";
const KEYS: &str = "crates/common/src/conf/key.rs";

/// Clients of the original ask for these when they connect.
const FOR_CLIENTS: [&str; 2] = ["alluxio.version", "alluxio.underfs.version"];

/// Names here are listed, mostly not read.
const CONF: &str = "crates/common/src/conf/";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let keys = tree.text(KEYS).unwrap_or_default();
    let registry = Registry::new();
    let described = registry
        .properties()
        .into_iter()
        .filter(|p| p.about.is_some() || matches!(p.effect, Effect::NotNeeded(_)));
    described
        .filter_map(|property| {
            let name = property.name;
            let reason = match (property.effect, is_read(tree, &registry, keys, name)) {
                (Effect::Works, true) | (Effect::NotYet | Effect::NotNeeded(_), false) => {
                    return None;
                }
                (Effect::Works, false) => format!("nothing reads {name}: add .not_yet()"),
                (Effect::NotYet, true) => format!("{name} is read: remove .not_yet()"),
                (Effect::NotNeeded(_), true) => format!("{name} is read: remove .not_needed()"),
            };
            Some(Finding::error(KEYS, line_of(keys, name), RULE, reason))
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
        || is_used(tree, CONF, &format!("key::{identifier}"))
        || is_used(tree, CONF, &format!("\"{name}\""))
        || is_validated(tree, identifier)
}

/// Whether the checks of the whole configuration read it.
fn is_validated(tree: &Tree, identifier: &str) -> bool {
    let files = ["listing", "load", "validate"].map(|name| format!("{CONF}{name}.rs"));
    let constant = format!("key::{identifier}");
    files
        .iter()
        .filter_map(|path| tree.text(path))
        .any(|text| has_word(production_part(text), &constant))
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
