//! `version`: which release this is.

use crate::output::Output;

/// The release of Alluxio whose protocol, properties and commands this program has. Clients compare
/// it with their own.
const VERSION: &str = "2.9.4";

/// The release of this program.
const REVISION: &str = env!("CARGO_PKG_VERSION");

/// Prints the version; with `-r` or `--revision` also that of this program, or the first letters
/// of it that the next argument asks for.
pub(super) fn run(output: &Output, arguments: &[String]) -> u8 {
    let flag = |argument: &String| argument == "-r" || argument == "--revision";
    match arguments.iter().position(flag) {
        None => output.line(VERSION),
        Some(position) => {
            let length = arguments
                .get(position + 1)
                .and_then(|text| text.parse().ok());
            let revision = format!("rs-{REVISION}");
            let shown = revision
                .get(..length.unwrap_or(revision.len()))
                .unwrap_or(&revision);
            output.line(format_args!("{VERSION}-{shown}"));
        }
    }
    0
}
