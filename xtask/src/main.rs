//! Chores of the workspace: `cargo xtask tidy` checks the house rules that no lint can hold, and
//! `cargo xtask docs` writes the documents that are made from registries.

#![expect(
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for contributors: it prints, and its errors are only read"
)]

mod constant;
mod docs;
mod tidy;
mod tree;

use std::process::ExitCode;

use anyhow::bail;

use crate::tree::Tree;

const USAGE: &str = "usage: cargo xtask <tidy | docs>

  tidy   check the house rules: sizes, headers, layers, names, words, links, generated files
  docs   write docs/reference, the site template and the list of names for completion";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> anyhow::Result<()> {
    match arguments {
        ["tidy"] => tidy::run(&Tree::of_workspace()?),
        ["docs"] => docs::write(&Tree::of_workspace()?),
        _ => bail!(USAGE),
    }
}
