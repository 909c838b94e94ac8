//! `version`: which release this is.

use super::environment::Call;

/// The release of Alluxio whose protocol, properties and commands this program has. Clients compare
/// it with their own.
pub(crate) const VERSION: &str = "2.9.4";

/// The release of this program.
pub(crate) const REVISION: &str = concat!("rs-", env!("CARGO_PKG_VERSION"));

/// Prints the version; with `-r` or `--revision` also that of this program, or as many letters of
/// it as the next argument asks for.
pub(super) fn run(call: Call) -> u8 {
    let flag = |argument: &String| argument == "-r" || argument == "--revision";
    match call.arguments.iter().position(flag) {
        None => call.output.line(VERSION),
        Some(position) => {
            let length = call
                .arguments
                .get(position + 1)
                .and_then(|text| text.parse().ok());
            let shown = REVISION
                .get(..length.unwrap_or(REVISION.len()))
                .unwrap_or(REVISION);
            call.output.line(format_args!("{VERSION}-{shown}"));
        }
    }
    0
}
