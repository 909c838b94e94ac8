//! `docs/reference/errors.md`: every kind of error, from [`ErrorCode`].

use alluxio_common::{ErrorCode, Retry, SideEffects};
use alluxio_rpc::grpc_code;
use anyhow::Context;

use crate::tree::Tree;

/// The meanings stand as comments beside the codes, so that they cannot drift apart.
const SOURCE: &str = "crates/common/src/error.rs";

const HEAD: &str = "\
<!-- Made by `cargo xtask docs` from crates/common/src/error.rs. -->

# Error codes

Every failed call carries one of these codes. Clients of the original see the gRPC code and the
sentence; our own also get the code itself, with what is known about the failure. *Again* says
whether the same request may be sent once more: *later* in the same place, *elsewhere* at another
worker or master. *Changed* says whether the failed request may have had an effect.

| Code | gRPC | Again | Changed | What happened |
|---|---|---|---|---|
";

pub(super) fn render(tree: &Tree) -> anyhow::Result<String> {
    let source = tree.text(SOURCE).context("the error codes are missing")?;
    let mut text = HEAD.to_owned();
    for code in ErrorCode::ALL {
        let name = format!("{code:?}");
        let meaning = meaning_of(source, &name)
            .with_context(|| format!("{name} has no comment in {SOURCE}"))?;
        let again = match code.retry() {
            Retry::Never => "never",
            Retry::Later => "later",
            Retry::Elsewhere => "elsewhere",
        };
        let changed = match code.side_effects() {
            SideEffects::None => "no",
            SideEffects::Maybe => "maybe",
        };
        let grpc = grpc_name(&format!("{:?}", grpc_code(code)));
        text.push_str(&format!(
            "| `{name}` | {grpc} | {again} | {changed} | {meaning} |\n"
        ));
    }
    Ok(text)
}

/// The comment above a variant, on one line.
fn meaning_of(source: &str, name: &str) -> Option<String> {
    let (_, body) = source.split_once("pub enum ErrorCode {")?;
    let mut comment: Vec<&str> = Vec::new();
    for line in body.lines().map(str::trim) {
        match line.strip_prefix("///") {
            Some(words) => comment.push(words.trim()),
            None if line == format!("{name},") => return Some(comment.join(" ")),
            None => comment.clear(),
        }
    }
    None
}

/// `NotFound` as the protocol writes it: `NOT_FOUND`.
fn grpc_name(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(c.to_uppercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_of_a_variant_is_its_meaning() {
        let source =
            "pub enum ErrorCode {\n    /// One\n    /// two.\n    A,\n    /// B.\n    B,\n}";
        assert_eq!(meaning_of(source, "A").as_deref(), Some("One two."));
        assert_eq!(meaning_of(source, "B").as_deref(), Some("B."));
        assert_eq!(meaning_of(source, "C"), None);
    }

    #[test]
    fn grpc_codes_are_written_as_the_protocol_does() {
        assert_eq!(grpc_name("FailedPrecondition"), "FAILED_PRECONDITION");
    }
}
