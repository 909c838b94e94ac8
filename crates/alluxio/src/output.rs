//! The only place that prints. Everything that a command says goes through [`Output`].
//!
//! When the reader goes away (`alluxio fs ls / | head`), the rest is dropped quietly: commands that
//! print much ask [`Output::is_closed`] and stop. Any other failure, such as a full disk, is told by
//! [`Output::finish`], and the command fails.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use indicatif::ProgressBar;
use parking_lot::Mutex;

/// Standard output and standard error of one command. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Output {
    shared: Arc<Shared>,
}

struct Shared {
    streams: Mutex<Streams>,
    /// A bar on the terminal, which has to make room for lines.
    bar: Mutex<Option<ProgressBar>>,
    line_buffered: bool,
    errors_are_seen: bool,
}

struct Streams {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    closed: bool,
    /// Why standard output cannot be written, when its reader is not just gone.
    failure: Option<io::Error>,
}

/// The exit code of a command whose answer could not be written.
const UNWRITTEN: u8 = 1;

/// How much is collected before it is written, when nobody watches.
const BUFFER: usize = 64 << 10;

impl Output {
    /// The streams of this process.
    pub(crate) fn standard() -> Self {
        let out = io::stdout();
        let shared = Shared {
            bar: Mutex::new(None),
            line_buffered: out.is_terminal(),
            errors_are_seen: io::stderr().is_terminal(),
            streams: Mutex::new(Streams {
                out: Box::new(io::BufWriter::with_capacity(BUFFER, out)),
                err: Box::new(io::stderr()),
                closed: false,
                failure: None,
            }),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The last word of a command that ends with `code`: an answer that could not be written is told
    /// of on standard error, and makes a failure of a success.
    pub(crate) fn finish(&self, code: u8) -> u8 {
        let mut streams = self.shared.streams.lock();
        streams.flush();
        let Some(failure) = streams.failure.take() else {
            return code;
        };
        drop(writeln!(
            streams.err,
            "Standard output cannot be written: {failure}"
        ));
        code.max(UNWRITTEN)
    }

    /// Prints `text` and a line end on standard output.
    pub(crate) fn line(&self, text: impl fmt::Display) {
        self.text(format_args!("{text}\n"));
    }

    /// Prints `text` on standard output: as it is for a program, harmless for a terminal.
    pub(crate) fn text(&self, text: impl fmt::Display) {
        let mut text = text.to_string();
        if self.shared.line_buffered {
            text = harmless(text);
        }
        self.bytes(text.as_bytes());
    }

    /// Writes bytes to standard output.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        let bar = self.shared.bar.lock().clone();
        match bar {
            Some(bar) => bar.suspend(|| self.write(bytes)),
            None => self.write(bytes),
        }
    }

    fn write(&self, bytes: &[u8]) {
        let mut streams = self.shared.streams.lock();
        if streams.closed {
            return;
        }
        let written = streams.out.write_all(bytes);
        streams.note(written);
        if self.shared.line_buffered && bytes.contains(&b'\n') {
            streams.flush();
        }
    }

    /// Prints `text` and a line end on standard error, after what was printed before.
    pub(crate) fn error_line(&self, text: impl fmt::Display) {
        let mut text = text.to_string();
        if self.shared.errors_are_seen {
            text = harmless(text);
        }
        let bar = self.shared.bar.lock().clone();
        let write = || {
            let mut streams = self.shared.streams.lock();
            streams.flush();
            // Nobody is left to tell when standard error is gone, too.
            drop(writeln!(streams.err, "{text}"));
        };
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Hands everything that was printed to the reader.
    pub(crate) fn flush(&self) {
        self.shared.streams.lock().flush();
    }

    /// Whether standard output takes nothing any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.shared.streams.lock().closed
    }

    /// Draws lines above this bar from now on.
    pub(crate) fn attach(&self, bar: &ProgressBar) {
        *self.shared.bar.lock() = (!bar.is_hidden()).then(|| bar.clone());
    }

    /// Forgets the bar.
    pub(crate) fn detach(&self) {
        *self.shared.bar.lock() = None;
    }

    /// Whether a person watches standard error: then progress is worth drawing.
    pub(crate) fn shows_progress(&self) -> bool {
        self.shared.errors_are_seen
    }
}

/// The text without what a terminal would obey: a name may hold anything, whoever has given it.
fn harmless(text: String) -> String {
    let is_obeyed = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if !text.contains(is_obeyed) {
        return text;
    }
    text.replace(is_obeyed, "?")
}

impl Streams {
    fn flush(&mut self) {
        if !self.closed {
            let flushed = self.out.flush();
            self.note(flushed);
        }
    }

    fn note(&mut self, written: io::Result<()>) {
        let Err(error) = written else {
            return;
        };
        self.closed = true;
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.failure.get_or_insert(error);
        }
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.flush();
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_told_nothing_that_it_would_obey() {
        let listed = "/a\tb\n/\u{1b}]0;title\u{7}\u{9b}2J\r/ä 文\n".to_owned();
        assert_eq!(harmless(listed), "/a\tb\n/?]0;title??2J?/ä 文\n");
    }
}
