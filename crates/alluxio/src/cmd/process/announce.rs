//! How a server in the background tells its starter that it serves, or why it does not.
//!
//! The starter gives the server a pipe as standard output. The server writes one message into it and
//! then closes it; from then on its standard output is its `.out` file.

use std::io::{self, Read, Write};
use std::process::ChildStdout;

use nix::unistd;

/// The option that tells a server that its starter listens.
pub(super) const OPTION: &str = "--announce";

const READY: &str = "ready ";
const FAILED: &str = "failed ";

/// A message longer than this is cut: no sentence is.
const LONGEST: u64 = 16 << 10;

/// The server's end of the pipe.
#[derive(Debug)]
pub(super) enum Announcer {
    /// Somebody listens.
    ToStarter,
    /// It runs in the foreground: nobody does.
    ToNobody,
}

impl Announcer {
    /// The server serves; there may be something to know all the same.
    pub(super) fn ready(self, warning: Option<&str>) {
        self.send(&format!("{READY}{}", warning.unwrap_or_default()));
    }

    /// The server ends, and this is why.
    pub(super) fn failed(self, reason: &str) {
        self.send(&format!("{FAILED}{reason}"));
    }

    fn send(self, message: &str) {
        match self {
            Self::ToNobody => {}
            Self::ToStarter => {
                // A starter that was interrupted does not read any more; the server goes on.
                drop(io::stdout().write_all(message.as_bytes()));
                drop(io::stdout().flush());
                // This closes the pipe. Standard error is the `.out` file.
                unistd::dup2_stdout(io::stderr()).ok();
            }
        }
    }
}

/// What a starter has heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Announcement {
    /// It serves; with what there is to know all the same.
    Ready(Option<String>),
    /// It has said why it does not.
    Failed(String),
    /// It ended without a word.
    Silence,
}

/// Waits for the message.
pub(super) fn listen(pipe: ChildStdout) -> Announcement {
    let mut bytes = Vec::new();
    // What could be read before an error is all that there is to know.
    drop(pipe.take(LONGEST).read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    if let Some(warning) = text.strip_prefix(READY) {
        let warning = Some(warning).filter(|text| !text.is_empty());
        return Announcement::Ready(warning.map(str::to_owned));
    }
    match text.strip_prefix(FAILED) {
        Some(reason) => Announcement::Failed(reason.to_owned()),
        None => Announcement::Silence,
    }
}
