//! The names of unfinished files, and [`TemporaryFile`], which removes itself.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use alluxio_common::Clock;
use tokio::runtime::Handle;

const PREFIX: &str = ".alluxio.0x";
const SUFFIX: &str = ".tmp";
const HEX_DIGITS: usize = 16;

/// Makes names that no other writer is likely to have. Their length does not depend on the name of
/// the file to be, which may use up all that the system allows.
#[derive(Debug)]
pub(super) struct TemporaryNames {
    next: AtomicU64,
}

impl TemporaryNames {
    pub(super) fn new(clock: &dyn Clock) -> Self {
        let start = clock.now().millis().unsigned_abs() << 20;
        Self {
            next: AtomicU64::new(start ^ u64::from(std::process::id())),
        }
    }

    /// Whether a name was made here, by this process or another.
    pub(super) fn is_temporary(name: &str) -> bool {
        let digits = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_suffix(SUFFIX));
        digits.is_some_and(|digits| {
            digits.len() == HEX_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }

    /// Creates an empty file beside those of `directory`. Its mode is 0666 less the umask.
    pub(super) fn create_in(&self, directory: &Path) -> io::Result<(TemporaryFile, File)> {
        loop {
            // An odd step visits all numbers before it comes back, and those of writers that
            // started near one another soon lie far apart.
            let number = self
                .next
                .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            let path = directory.join(format!("{PREFIX}{number:016X}{SUFFIX}"));
            let created = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o666)
                .open(&path);
            match created {
                Ok(file) => return Ok((TemporaryFile { path: Some(path) }, file)),
                // Another process has taken this number; 2^64 of them cannot be taken.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// An unfinished file; dropping this removes it.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    /// `None` once it is no longer ours to remove.
    path: Option<PathBuf>,
}

impl TemporaryFile {
    /// Gives it its final name, in place of what has that name.
    pub(super) fn rename_to(mut self, target: &Path) -> io::Result<()> {
        let Some(path) = self.path.as_deref() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        fs::rename(path, target)?;
        self.path = None;
        Ok(())
    }

    /// Removes it now.
    pub(super) fn remove(mut self) -> io::Result<()> {
        let Some(path) = self.path.take() else {
            return Ok(());
        };
        remove_if_there(&path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let Some(path) = self.path.take() else {
            return;
        };
        let remove = move || {
            if let Err(error) = remove_if_there(&path) {
                tracing::warn!(path = %path.display(), %error, "temporary file left behind");
            }
        };
        // Freeing a large file takes the system a while, which a thread of the runtime must not
        // spend. Without a runtime there is nobody to keep waiting.
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_no_runtime) => remove(),
        }
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alluxio_common::SystemClock;

    #[test]
    fn only_names_that_were_made_here_are_temporary() {
        let directory = tempfile::tempdir().unwrap();
        let names = TemporaryNames::new(&SystemClock::new());
        let (temporary, _file) = names.create_in(directory.path()).unwrap();
        let path = temporary.path.clone().unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(TemporaryNames::is_temporary(name), "{name}");
        for name in [
            "a.tmp",
            ".alluxio.0x12.tmp",
            "x.alluxio.0x0123456789ABCDEF.tmp",
        ] {
            assert!(!TemporaryNames::is_temporary(name), "{name}");
        }
        drop(temporary);
        assert!(!path.try_exists().unwrap());
    }
}
