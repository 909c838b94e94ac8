//! Relative links in Markdown lead to something.

use std::path::{Component, Path, PathBuf};

use super::check::Finding;
use crate::tree::Tree;

const RULE: &str = "link";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.texts()
        .filter(|(path, _)| path.ends_with(".md"))
        .flat_map(|(path, text)| check_text(tree, path, text))
        .collect()
}

fn check_text(tree: &Tree, path: &str, text: &str) -> Vec<Finding> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    links(text)
        .into_iter()
        .filter(|(_, target)| resolve(folder, target).is_none_or(|target| !tree.has(&target)))
        .map(|(line, target)| {
            Finding::error(path, line, RULE, format!("\"{target}\" leads nowhere"))
        })
        .collect()
}

/// The relative targets of a text, outside code.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut is_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        for (start, _) in line.match_indices("](") {
            let rest = &line[start + 2..];
            let end = rest.find([')', ' ']).unwrap_or(rest.len());
            let target = rest[..end].split('#').next().unwrap_or_default();
            let is_relative =
                !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:");
            if is_relative && rest[end..].starts_with([')', ' ']) {
                found.push((number, target));
            }
        }
    }
    found
}

/// The target from the root; `None` if it leaves the workspace.
fn resolve(folder: &Path, target: &str) -> Option<PathBuf> {
    let joined = match target.strip_prefix('/') {
        Some(from_root) => PathBuf::from(from_root),
        None => folder.join(target),
    };
    let mut resolved = PathBuf::new();
    for component in joined.components() {
        match component {
            Component::Normal(part) => resolved.push(part),
            Component::ParentDir => {
                if !resolved.pop() {
                    return None;
                }
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Some(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_links_outside_code_are_found() {
        let text = "[a](b.md#c) [d](https://x.y) [e](#f)\n```\n[g](h)\n```\n![i](../j.png \"t\")\n";
        assert_eq!(links(text), [(1, "b.md"), (5, "../j.png")]);
    }

    #[test]
    fn links_are_resolved_from_their_folder() {
        let folder = Path::new("docs/adr");
        for (target, expected) in [
            ("../a.md", Some("docs/a.md")),
            ("./b.md", Some("docs/adr/b.md")),
            ("/README.md", Some("README.md")),
            ("../../../c.md", None),
        ] {
            assert_eq!(
                resolve(folder, target),
                expected.map(PathBuf::from),
                "{target}"
            );
        }
    }
}
