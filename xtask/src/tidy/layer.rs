//! Who may depend on whom. Arrows only go down, and master, worker and client never meet.

use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::check::Finding;
use crate::tree::Tree;

const RULE: &str = "layer";

/// Each crate with what of ours it may depend on.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("alluxio-common", &[]),
    ("alluxio-proto", &[]),
    ("alluxio-rpc", &["alluxio-common", "alluxio-proto"]),
    ("alluxio-ufs", &["alluxio-common"]),
    ("alluxio-journal", &["alluxio-common", "alluxio-ufs"]),
    ("alluxio-web", &["alluxio-common"]),
    (
        "alluxio-master",
        &[
            "alluxio-common",
            "alluxio-proto",
            "alluxio-rpc",
            "alluxio-ufs",
            "alluxio-journal",
            "alluxio-web",
        ],
    ),
    (
        "alluxio-worker",
        &[
            "alluxio-common",
            "alluxio-proto",
            "alluxio-rpc",
            "alluxio-ufs",
            "alluxio-web",
        ],
    ),
    (
        "alluxio-client",
        &["alluxio-common", "alluxio-proto", "alluxio-rpc"],
    ),
    (
        "alluxio",
        &[
            "alluxio-common",
            "alluxio-proto",
            "alluxio-rpc",
            "alluxio-ufs",
            "alluxio-journal",
            "alluxio-master",
            "alluxio-worker",
            "alluxio-client",
        ],
    ),
    (
        "alluxio-testing",
        &[
            "alluxio-common",
            "alluxio-proto",
            "alluxio-rpc",
            "alluxio-ufs",
            "alluxio-journal",
            "alluxio-master",
            "alluxio-worker",
            "alluxio-client",
        ],
    ),
    ("xtask", &["alluxio-common", "alluxio-rpc"]),
];

/// Crates for contributors; they may depend on anything, and nothing that ships on them.
const FREE: [&str; 2] = ["alluxio-benches", "alluxio-crash"];

/// Crates that tests of all others may use.
const FOR_TESTS: [&str; 2] = ["alluxio-testing", "alluxio-crash"];

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(tree.root())
        .output()
        .context("cannot run cargo metadata")?;
    ensure!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    Ok(check_metadata(&metadata))
}

fn check_metadata(metadata: &Value) -> Vec<Finding> {
    let packages = metadata["packages"].as_array();
    let packages: Vec<&Value> = packages.into_iter().flatten().collect();
    let ours: Vec<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let mut findings = Vec::new();
    for package in &packages {
        let Some(name) = package["name"].as_str() else {
            continue;
        };
        let dependencies = package["dependencies"].as_array();
        for dependency in dependencies.into_iter().flatten() {
            let Some(used) = dependency["name"].as_str() else {
                continue;
            };
            let when = match dependency["kind"].as_str() {
                Some("dev") => When::Testing,
                Some(_) | None => When::Always,
            };
            if ours.contains(&used) && !may_use(name, used, when) {
                let reason = format!("{name} may not depend on {used}; see ARCHITECTURE.md");
                findings.push(Finding::error(name, 1, RULE, reason));
            }
        }
    }
    findings
}

/// When a dependency is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    Testing,
}

fn may_use(name: &str, used: &str, when: When) -> bool {
    if FREE.contains(&name) || (when == When::Testing && FOR_TESTS.contains(&used)) {
        return true;
    }
    let entry = ALLOWED.iter().find(|(known, _)| *known == name);
    entry.is_some_and(|(_, allowed)| allowed.contains(&used))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_and_upward_arrows_are_refused() {
        assert!(may_use("alluxio-master", "alluxio-journal", When::Always));
        assert!(!may_use("alluxio-master", "alluxio-worker", When::Always));
        assert!(!may_use("alluxio-master", "alluxio-worker", When::Testing));
        assert!(!may_use("alluxio-journal", "alluxio-rpc", When::Always));
        assert!(!may_use("alluxio-common", "alluxio-proto", When::Always));
        assert!(!may_use("alluxio-new", "alluxio-common", When::Always));
        assert!(may_use("alluxio-client", "alluxio-testing", When::Testing));
        assert!(!may_use("alluxio-client", "alluxio-testing", When::Always));
    }

    #[test]
    fn a_forbidden_edge_in_the_metadata_is_found() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "alluxio-common", "dependencies": [
                { "name": "serde", "kind": null }, { "name": "alluxio-rpc", "kind": null }
            ] },
            { "name": "alluxio-rpc", "dependencies": [
                { "name": "alluxio-common", "kind": null }
            ] },
        ]});
        let findings = check_metadata(&metadata);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].path, "alluxio-common");
    }
}
