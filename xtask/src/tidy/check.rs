//! Runs all rules and prints what they found.

use std::fmt;

use anyhow::bail;

use super::{file_length, generated, header, key_use, layer, link, log_message, name, word};
use crate::tree::Tree;

/// Whether a finding fails the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// It must be repaired.
    Error,
    /// It should be looked at.
    Warning,
}

/// Something that a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file.
    pub path: String,
    /// The line, counted from one.
    pub line: usize,
    /// The name of the rule.
    pub rule: &'static str,
    /// What is wrong and why it matters.
    pub reason: String,
    /// Whether it fails the check.
    pub severity: Severity,
}

impl Finding {
    /// A finding that fails the check.
    pub(crate) fn error(
        path: &str,
        line: usize,
        rule: &'static str,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            reason: reason.into(),
            severity: Severity::Error,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(
            f,
            "{word}: {}:{}: {} [{}]",
            self.path, self.line, self.reason, self.rule
        )
    }
}

/// Checks everything.
///
/// # Errors
/// When a rule is broken.
pub(crate) fn run(tree: &Tree) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    findings.extend(file_length::check(tree));
    findings.extend(header::check(tree));
    findings.extend(layer::check(tree)?);
    findings.extend(name::check(tree));
    findings.extend(log_message::check(tree));
    findings.extend(word::check(tree));
    findings.extend(link::check(tree));
    findings.extend(key_use::check(tree));
    findings.extend(generated::check(tree)?);
    for finding in &findings {
        println!("{finding}");
    }
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    match findings.iter().filter(is_error).count() {
        0 => Ok(()),
        count => bail!("tidy: {count} rules broken"),
    }
}
