//! Unfinished files: without a name where the system allows it, else under names that tell what they
//! are; and [`TemporaryFile`], which removes itself.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use alluxio_common::Clock;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::libc;
use tokio::runtime::Handle;

const PREFIX: &str = ".alluxio.0x";
const SUFFIX: &str = ".tmp";
const HEX_DIGITS: usize = 16;

/// Where the system shows the open files of this process. A file without a name gets one through it.
const OPEN_FILES: &str = "/proc/self/fd";

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

    /// Creates an empty file in `directory`. Its mode is 0666 less the umask. It has no name where the
    /// file system can do that: then nothing is left of it when the process is killed.
    pub(super) fn create_in(&self, directory: &Path) -> io::Result<(TemporaryFile, Arc<File>)> {
        match create_unnamed(directory) {
            Ok(file) => {
                let file = Arc::new(file);
                return Ok((Place::Unnamed(Arc::clone(&file)).into(), file));
            }
            Err(error) if is_not_offered(&error) => {}
            Err(error) => return Err(error),
        }
        self.create_named(directory)
    }

    fn create_named(&self, directory: &Path) -> io::Result<(TemporaryFile, Arc<File>)> {
        self.with_new_name(directory, |path| {
            let created = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o666)
                .open(path)?;
            Ok((Place::Named(path.to_path_buf()).into(), Arc::new(created)))
        })
    }

    /// Gives an unfinished file its final name, in place of what has that name.
    pub(super) fn finish(&self, mut temporary: TemporaryFile, target: &Path) -> io::Result<()> {
        match temporary.place.take() {
            Some(Place::Named(path)) => rename_or_remove(&path, target),
            Some(Place::Unnamed(file)) => {
                match link(&file, target) {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    linked => return linked,
                }
                // Only a name can replace another. It has one for the moment between two calls.
                let directory = target.parent().unwrap_or(target);
                let path = self.with_new_name(directory, |path| {
                    link(&file, path).map(|()| path.to_path_buf())
                })?;
                rename_or_remove(&path, target)
            }
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Tries names until `make` finds one that nothing has.
    fn with_new_name<T>(
        &self,
        directory: &Path,
        make: impl Fn(&Path) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            // An odd step visits all numbers before it comes back, and those of writers that
            // started near one another soon lie far apart.
            let number = self
                .next
                .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            let path = directory.join(format!("{PREFIX}{number:016X}{SUFFIX}"));
            match make(&path) {
                // Another process has taken this number; 2^64 of them cannot be taken.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made,
            }
        }
    }
}

fn create_unnamed(directory: &Path) -> io::Result<File> {
    if !Path::new(OPEN_FILES).try_exists()? {
        return Err(io::ErrorKind::Unsupported.into());
    }
    OpenOptions::new()
        .write(true)
        .mode(0o666)
        .custom_flags(libc::O_TMPFILE)
        .open(directory)
}

/// Whether the file system, or an old kernel, knows only files with names.
fn is_not_offered(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::IsADirectory | io::ErrorKind::InvalidInput
    )
}

/// Gives a file without a name one that nothing has.
fn link(file: &File, path: &Path) -> io::Result<()> {
    let open = Path::new(OPEN_FILES).join(file.as_raw_fd().to_string());
    let flags = AtFlags::AT_SYMLINK_FOLLOW;
    nix::unistd::linkat(AT_FDCWD, &open, AT_FDCWD, path, flags).map_err(io::Error::from)
}

/// An unfinished file; dropping this removes it.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    /// `None` once it is no longer ours to remove.
    place: Option<Place>,
}

#[derive(Debug)]
enum Place {
    /// It is freed when nobody has it open.
    Unnamed(Arc<File>),
    /// It must be removed.
    Named(PathBuf),
}

impl TemporaryFile {
    /// Removes it now.
    pub(super) fn remove(mut self) -> io::Result<()> {
        self.place.take().map_or(Ok(()), Place::remove)
    }
}

impl From<Place> for TemporaryFile {
    fn from(place: Place) -> Self {
        Self { place: Some(place) }
    }
}

impl Place {
    fn remove(self) -> io::Result<()> {
        match self {
            Self::Unnamed(file) => drop(file),
            Self::Named(path) => return remove_if_there(&path),
        }
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let Some(place) = self.place.take() else {
            return;
        };
        let remove = move || {
            if let Err(error) = place.remove() {
                tracing::warn!(%error, "temporary file left behind");
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

fn rename_or_remove(path: &Path, target: &Path) -> io::Result<()> {
    let renamed = fs::rename(path, target);
    if renamed.is_err() {
        remove_if_there(path)?;
    }
    renamed
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;
    use alluxio_common::SystemClock;

    fn names_in(directory: &Path) -> Vec<String> {
        let listed = fs::read_dir(directory).unwrap();
        listed
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn content(path: &Path) -> String {
        let mut text = String::new();
        File::open(path).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn only_names_that_were_made_here_are_temporary() {
        let directory = tempfile::tempdir().unwrap();
        let names = TemporaryNames::new(&SystemClock::new());
        let (temporary, _file) = names.create_named(directory.path()).unwrap();
        let name = names_in(directory.path()).pop().unwrap();
        assert!(TemporaryNames::is_temporary(&name), "{name}");
        for name in [
            "a.tmp",
            ".alluxio.0x12.tmp",
            "x.alluxio.0x0123456789ABCDEF.tmp",
        ] {
            assert!(!TemporaryNames::is_temporary(name), "{name}");
        }
        drop(temporary);
        assert_eq!(names_in(directory.path()), [""; 0]);
    }

    #[test]
    fn whoever_is_killed_leaves_nothing_where_files_need_no_name() {
        let directory = tempfile::tempdir().unwrap();
        let names = TemporaryNames::new(&SystemClock::new());
        let (temporary, mut file) = names.create_in(directory.path()).unwrap();
        file.write_all(b"half").unwrap();
        assert!(matches!(temporary.place, Some(Place::Unnamed(_))));
        assert_eq!(names_in(directory.path()), [""; 0]);
    }

    #[test]
    fn a_finished_file_replaces_what_has_its_name_with_or_without_one_before() {
        let directory = tempfile::tempdir().unwrap();
        let names = TemporaryNames::new(&SystemClock::new());
        let target = directory.path().join("f");
        let ways = [TemporaryNames::create_in, TemporaryNames::create_named];
        for (number, create) in ways.into_iter().cycle().take(4).enumerate() {
            let (temporary, mut file) = create(&names, directory.path()).unwrap();
            file.write_all(number.to_string().as_bytes()).unwrap();
            names.finish(temporary, &target).unwrap();
            assert_eq!(content(&target), number.to_string());
            assert_eq!(names_in(directory.path()), ["f"]);
        }
    }
}
