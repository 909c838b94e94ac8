//! Names that say nothing: files for odds and ends, and type suffixes that hide the idea.

use super::check::Finding;
use crate::tree::{Tree, production_part};

const RULE: &str = "name";

const FILES: [&str; 9] = [
    "utils", "util", "helpers", "helper", "misc", "types", "common", "base", "manager",
];

const SUFFIXES: [&str; 6] = ["Manager", "Helper", "Util", "Utils", "Impl", "Base"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .flat_map(|(path, text)| {
            let mut findings: Vec<Finding> = check_file_name(path).into_iter().collect();
            findings.extend(check_types(path, production_part(text)));
            findings
        })
        .collect()
}

fn check_file_name(path: &str) -> Option<Finding> {
    let (_, inside) = path.split_once("/src/").or(path.split_once("/tests/"))?;
    let part = inside
        .split('/')
        .map(|part| part.trim_end_matches(".rs"))
        .find(|part| FILES.contains(part))?;
    let reason = format!("\"{part}\" says nothing; a function belongs to the thing it is about");
    Some(Finding::error(path, 1, RULE, reason))
}

fn check_types(path: &str, text: &str) -> Vec<Finding> {
    let lines = (1..).zip(text.lines());
    lines
        .filter_map(|(number, line)| {
            let name = defined_type(line)?;
            let suffix = SUFFIXES
                .iter()
                .find(|suffix| name.ends_with(**suffix) && name.len() > suffix.len())?;
            let reason = format!("{name}: \"{suffix}\" hides what it is");
            Some(Finding::error(path, number, RULE, reason))
        })
        .collect()
}

/// The name that a line defines as a type.
fn defined_type(line: &str) -> Option<&str> {
    let words = line.trim_start();
    let words = match words.strip_prefix("pub") {
        Some(rest) => rest.split_once(' ').map_or("", |(_, rest)| rest),
        None => words,
    };
    let rest = ["struct ", "enum ", "trait ", "type "]
        .iter()
        .find_map(|kind| words.strip_prefix(kind))?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    Some(&rest[..end.unwrap_or(rest.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_for_odds_and_ends_are_refused_at_any_depth() {
        assert!(check_file_name("crates/master/src/utils.rs").is_some());
        assert!(check_file_name("crates/master/src/helpers/a.rs").is_some());
        assert_eq!(check_file_name("crates/common/src/id.rs"), None);
        assert_eq!(check_file_name("crates/common/tests/log.rs"), None);
    }

    #[test]
    fn suffixes_that_hide_the_idea_are_refused() {
        for (line, count) in [
            ("pub struct BlockManager {", 1),
            ("    pub(crate) enum XUtil<T> {", 1),
            ("trait StoreImpl: Send {", 1),
            ("pub struct Database {", 0),
            ("struct Base;", 0),
            ("let manager = BlockManager;", 0),
        ] {
            assert_eq!(check_types("a.rs", line).len(), count, "{line}");
        }
    }
}
