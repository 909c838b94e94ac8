//! A property that claims to have an effect is read somewhere.

use alluxio_common::conf::{Registry, key};

use super::check::Finding;
use crate::tree::Tree;

const RULE: &str = "key-use";
const KEYS: &str = "crates/common/src/conf/key.rs";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let readers: Vec<&str> = tree
        .rust()
        .filter(|(path, _)| path.starts_with("crates/") && *path != KEYS)
        .filter(|(path, _)| !path.starts_with("crates/common/src/conf/registry/"))
        .map(|(_, text)| text)
        .collect();
    let keys = tree.text(KEYS).unwrap_or_default();
    let registry = Registry::new();
    key::ALL
        .iter()
        .filter(|name| !is_read(&registry, name, keys, &readers))
        .map(|name| {
            let reason = format!("nothing reads {name}; remove the key and its description");
            Finding::error(KEYS, line_of(keys, name), RULE, reason)
        })
        .collect()
}

fn is_read(registry: &Registry, name: &str, keys: &str, readers: &[&str]) -> bool {
    // A few names are made at run time from the level of a tier or the name of a place.
    let is_templated = registry
        .templates()
        .iter()
        .any(|template| template.property().has_effect() && template.matches(name));
    if is_templated {
        return true;
    }
    let constant = format!("key::{}", constant_of(keys, name).unwrap_or_default());
    let quoted = format!("\"{name}\"");
    readers
        .iter()
        .any(|text| has_constant(text, &constant) || text.contains(&quoted))
}

/// The identifier of a name in the list of keys.
fn constant_of<'a>(keys: &'a str, name: &str) -> Option<&'a str> {
    let end = keys.find(&format!(" = \"{name}\""))?;
    let start = keys[..end].rfind([' ', '\n']).map_or(0, |start| start + 1);
    Some(&keys[start..end])
}

fn line_of(keys: &str, name: &str) -> usize {
    let quoted = format!("\"{name}\"");
    let line = (1..)
        .zip(keys.lines())
        .find(|(_, line)| line.contains(&quoted));
    line.map_or(1, |(number, _)| number)
}

/// Whether the constant stands there, and not only as the beginning of a longer one.
fn has_constant(text: &str, constant: &str) -> bool {
    text.match_indices(constant).any(|(start, _)| {
        let rest = &text[start + constant.len()..];
        !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_found_as_whole_words() {
        assert!(has_constant("conf.bool(key::DEBUG)", "key::DEBUG"));
        assert!(!has_constant("conf.bool(key::DEBUG_MORE)", "key::DEBUG"));
        assert!(has_constant("key::DEBUG_MORE, key::DEBUG", "key::DEBUG"));
    }

    #[test]
    fn the_identifier_of_a_name_is_found() {
        let keys = "keys! {\n    DEBUG = \"alluxio.debug\",\n    HOME = \"alluxio.home\",\n}";
        assert_eq!(constant_of(keys, "alluxio.home"), Some("HOME"));
        assert_eq!(line_of(keys, "alluxio.home"), 3);
    }
}
