//! Every `lib.rs` and `mod.rs` opens with what it owns, what it must never know, and where to start
//! reading; and it holds no logic.

use super::check::Finding;
use crate::tree::{Tree, is_test_file, production_part};

const RULE: &str = "header";

/// What each of the three paragraphs says, in lower case.
const PARTS: [&str; 3] = ["owns", "never know", "start reading"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|(path, _)| path.ends_with("/lib.rs") || path.ends_with("/mod.rs"))
        .filter(|(path, _)| !is_test_file(path) && !path.starts_with("benches/"))
        .flat_map(|(path, text)| {
            let mut findings = check_header(path, text);
            findings.extend(check_logic(path, production_part(text)));
            findings
        })
        .collect()
}

fn check_header(path: &str, text: &str) -> Vec<Finding> {
    // Line breaks may part the words of a phrase.
    let header: Vec<&str> = text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .map(|line| line.trim_start_matches("//!").trim())
        .collect();
    let header = header.join(" ").to_lowercase();
    PARTS
        .iter()
        .filter(|part| !header.contains(**part))
        .map(|part| {
            Finding::error(
                path,
                1,
                RULE,
                format!("the //! header does not say \"{part}\""),
            )
        })
        .collect()
}

fn check_logic(path: &str, text: &str) -> Option<Finding> {
    let (line, _) = (1..).zip(text.lines()).find(|(_, line)| {
        let words = line
            .trim_start_matches("pub ")
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub(super) ")
            .trim_start_matches("async ");
        words.starts_with("fn ") || words.starts_with("impl ") || words.starts_with("impl<")
    })?;
    let reason = "a map of modules holds no logic; give it a file with a name";
    Some(Finding::error(path, line, RULE, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_needs_all_three_parts_even_across_lines() {
        let good =
            "//! A.\n//!\n//! **Owns** x. **Must never\n//! know** y. **Start reading** at z.\n";
        assert_eq!(check_header("a", good), []);
        assert_eq!(check_header("a", "//! A. It owns x.\nmod a;\n").len(), 2);
        assert_eq!(check_header("a", "mod a;\n").len(), 3);
    }

    #[test]
    fn functions_and_implementations_are_logic() {
        assert_eq!(check_logic("a", "mod a;\npub use a::B;\n"), None);
        assert_eq!(
            check_logic("a", "mod a;\npub async fn f() {}\n")
                .unwrap()
                .line,
            2
        );
        assert!(check_logic("a", "impl<T> A<T> {}\n").is_some());
    }
}
