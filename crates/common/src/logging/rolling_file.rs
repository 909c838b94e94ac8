//! [`RollingFile`]: a log file that starts over when it is full, and keeps the older ones.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RollingLimits {
    /// Bytes in a file before the next one begins.
    pub file_bytes: u64,
    /// Older files: `name.1` is the youngest.
    pub backups: u32,
}

impl Default for RollingLimits {
    /// 10 MB and 100 backups, as in the original.
    fn default() -> Self {
        Self {
            file_bytes: 10 << 20,
            backups: 100,
        }
    }
}

/// A file that is renamed to `name.1` when it is full; `name.1` to `name.2`, and so on.
#[derive(Debug)]
pub struct RollingFile {
    path: PathBuf,
    limits: RollingLimits,
    file: File,
    length: u64,
}

impl RollingFile {
    /// Opens or creates the file, and its folder, and appends to it.
    ///
    /// # Errors
    /// When the folder or the file cannot be created.
    pub fn open(path: &Path, limits: RollingLimits) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            length: file.metadata()?.len(),
            limits,
            file,
        })
    }

    fn roll(&mut self) -> io::Result<()> {
        for number in (1..self.limits.backups).rev() {
            let (from, to) = (self.backup(number), self.backup(number + 1));
            match fs::rename(from, to) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if self.limits.backups == 0 {
            fs::remove_file(&self.path)?;
        } else {
            fs::rename(&self.path, self.backup(1))?;
        }
        self.file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?;
        self.length = 0;
        Ok(())
    }

    fn backup(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }
}

impl Write for RollingFile {
    /// Writes whole lines: a file is never rolled within one buffer.
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let added = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        if self.length > 0 && self.length.saturating_add(added) > self.limits.file_bytes {
            // A full disk or a lost folder must not stop the log: it goes on in the same file.
            drop(self.roll());
        }
        self.file.write_all(buffer)?;
        self.length = self.length.saturating_add(added);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(folder: &Path, name: &str) -> Option<String> {
        fs::read_to_string(folder.join(name)).ok()
    }

    #[test]
    fn a_full_file_becomes_the_first_backup_and_the_oldest_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let limits = RollingLimits {
            file_bytes: 4,
            backups: 2,
        };
        let path = folder.path().join("logs/master.log");
        let mut file = RollingFile::open(&path, limits).unwrap();
        for line in [
            "1\n",
            "2\n",
            "3\n",
            "4\n",
            "longer than a file\n",
            "6\n",
            "7\n",
        ] {
            file.write_all(line.as_bytes()).unwrap();
        }
        let logs = folder.path().join("logs");
        assert_eq!(content(&logs, "master.log").unwrap(), "6\n7\n");
        assert_eq!(
            content(&logs, "master.log.1").unwrap(),
            "longer than a file\n"
        );
        assert_eq!(content(&logs, "master.log.2").unwrap(), "3\n4\n");
        assert_eq!(content(&logs, "master.log.3"), None);
    }

    #[test]
    fn a_restart_appends_to_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        for line in ["one\n", "two\n"] {
            let mut file = RollingFile::open(&path, RollingLimits::default()).unwrap();
            file.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(content(folder.path(), "a.log").unwrap(), "one\ntwo\n");
    }
}
