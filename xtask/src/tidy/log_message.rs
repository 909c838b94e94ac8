//! Log messages stay the same, in lower case, without a full stop; what varies is in fields.

use super::check::Finding;
use crate::tree::{Tree, is_test_file, production_part};

const RULE: &str = "log-message";

const MACROS: [&str; 5] = ["trace!(", "debug!(", "info!(", "warn!(", "error!("];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|(path, _)| path.starts_with("crates/") && !is_test_file(path))
        .flat_map(|(path, text)| check_text(path, production_part(text)))
        .collect()
}

fn check_text(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in MACROS {
        for (start, _) in text.match_indices(name) {
            // `debug_assert!(` and the like are other macros; a comment is no call.
            let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
            let before = text[line_start..start].trim_start();
            let is_part_of_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if is_part_of_word || before.starts_with("//") {
                continue;
            }
            let Some(problem) = message(&text[start + name.len()..]).and_then(problem_of) else {
                continue;
            };
            let line = text[..start].lines().count().max(1);
            findings.push(Finding::error(path, line, RULE, problem));
        }
    }
    findings
}

/// The first argument of a call that is a string by itself, without its quotes.
fn message(call: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut is_start = true;
    let mut index = 0;
    while let Some(c) = call[index..].chars().next() {
        match c {
            '"' => {
                let inside = &call[index + 1..];
                let end = end_of_string(inside)?;
                if depth == 0 && is_start {
                    return Some(&inside[..end]);
                }
                index += end + 1;
            }
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => return None,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !c.is_whitespace() {
            is_start = c == ',' && depth == 0;
        }
        index += c.len_utf8();
    }
    None
}

fn end_of_string(inside: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (index, c) in inside.char_indices() {
        match c {
            '"' if !is_escaped => return Some(index),
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    None
}

fn problem_of(message: &str) -> Option<String> {
    let mut chars = message.chars();
    let (first, second) = (chars.next()?, chars.next());
    // An abbreviation such as RPC keeps its letters, and so does the name of the system.
    let is_capital = first.is_uppercase()
        && second.is_some_and(char::is_lowercase)
        && !message.starts_with("Alluxio ");
    if is_capital {
        return Some(format!("log message starts with a capital: \"{message}\""));
    }
    message
        .ends_with('.')
        .then(|| format!("log message ends with a full stop: \"{message}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        check_text("a.rs", text).len()
    }

    #[test]
    fn messages_are_lower_case_without_a_full_stop() {
        for (text, findings) in [
            ("warn!(%worker_id, \"worker lost\");", 0),
            ("warn!(%worker_id, \"Worker lost\");", 1),
            (
                "tracing::info!(\n    path = f(\"A.\"),\n    \"done.\"\n);",
                1,
            ),
            ("info!(name = \"Capital.\", \"fine\");", 0),
            ("error!(\"RPC failed\")", 0),
            ("debug!(\"say \\\"Hi.\\\" now\")", 0),
            ("// warn!(\"Not a call.\")", 0),
            ("my_error!(\"Not ours.\")", 0),
            ("info!(count, size)", 0),
        ] {
            assert_eq!(count(text), findings, "{text}");
        }
    }

    #[test]
    fn a_finding_names_its_line() {
        let findings = check_text("a.rs", "fn f() {\n    warn!(\"Bad\");\n}\n");
        assert_eq!(findings[0].line, 2);
    }
}
