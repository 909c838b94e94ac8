//! A file that ships has at most 800 lines, its tests not counted; from 500 on it is mentioned.

use super::check::{Finding, Severity};
use crate::tree::{Tree, is_test_file, production_part};

const LONGEST: usize = 800;
const LONG: usize = 500;
const RULE: &str = "file-length";

/// Files that are data: one entry after the other, nothing to understand.
const TABLES: [&str; 1] = ["crates/common/src/conf/registry/"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let files = tree.rust().filter(|(path, _)| !is_test_file(path));
    files
        .filter_map(|(path, text)| check_file(path, production_part(text).lines().count()))
        .collect()
}

fn check_file(path: &str, lines: usize) -> Option<Finding> {
    if lines > LONGEST {
        let reason = format!("{lines} lines are more than {LONGEST}; part it by operation");
        return Some(Finding::error(path, LONGEST, RULE, reason));
    }
    let is_table = TABLES.iter().any(|table| path.starts_with(table));
    (lines > LONG && !is_table).then(|| Finding {
        severity: Severity::Warning,
        ..Finding::error(path, LONG, RULE, format!("{lines} lines; is it one thing?"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_are_mentioned_and_longer_ones_refused() {
        assert_eq!(check_file("a.rs", 500), None);
        let warning = check_file("a.rs", 501).unwrap();
        assert_eq!(warning.severity, Severity::Warning);
        assert_eq!(check_file("a.rs", 801).unwrap().severity, Severity::Error);
    }
}
