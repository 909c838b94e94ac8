//! The log files that web pages show: those directly in the configured folder, a part at a time.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path};

use crate::ByteSize;

/// How much of a log is shown at once.
const PART: u64 = 64 << 10;

/// More files than this are not listed.
const FILE_LIMIT: usize = 500;

/// A log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Its name in the folder.
    pub name: String,
    /// How many bytes it has.
    pub length: u64,
}

impl LogFile {
    /// Its size as people read it.
    pub fn size_text(&self) -> String {
        ByteSize::from_bytes(self.length).to_string()
    }
}

/// Where a part begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// So many bytes from the beginning.
    Offset(u64),
    /// So that it ends with the file.
    End,
}

/// A part of a log.
#[derive(Debug)]
pub struct LogPart {
    /// What stands there; bytes that are no text are replaced.
    pub text: String,
    /// Where it begins, in bytes.
    pub offset: u64,
}

/// Why a log is not shown.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It is no file of the folder.
    #[error("Error: Invalid file {name}")]
    Invalid {
        /// What was asked for.
        name: String,
    },
    /// The system does not give it.
    #[error("Error: File {name} is not available ({source})")]
    Unreadable {
        /// What was asked for.
        name: String,
        /// What the system said.
        source: io::Error,
    },
}

/// The files of the folder, by name.
pub fn list(folder: Option<&Path>) -> Vec<LogFile> {
    let Some(entries) = folder.and_then(|folder| fs::read_dir(folder).ok()) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(LogFile {
                name: entry.file_name().into_string().ok()?,
                length: metadata.len(),
            })
        })
        .take(FILE_LIMIT)
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// A part of one file. Only plain names are taken: whoever asks for `../conf` gets nothing.
///
/// # Errors
/// When the name is not plain, or the file cannot be read.
pub fn read(folder: Option<&Path>, name: &str, start: Start) -> Result<LogPart, LogError> {
    let invalid = || LogError::Invalid {
        name: name.to_owned(),
    };
    let folder = folder.ok_or_else(invalid)?;
    let mut components = Path::new(name).components();
    let (Some(Component::Normal(plain)), None) = (components.next(), components.next()) else {
        return Err(invalid());
    };
    let part = || -> io::Result<LogPart> {
        let mut file = File::open(folder.join(plain))?;
        let length = file.metadata()?.len();
        let offset = match start {
            Start::Offset(offset) => offset.min(length),
            Start::End => length.saturating_sub(PART),
        };
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(PART).read_to_end(&mut bytes)?;
        Ok(LogPart {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            offset,
        })
    };
    part().map_err(|source| LogError::Unreadable {
        name: name.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder_itself_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        fs::create_dir(&logs).unwrap();
        fs::write(folder.path().join("secret"), "hush").unwrap();
        fs::write(logs.join("worker.log"), "line").unwrap();
        assert_eq!(list(Some(&logs)).len(), 1);
        let whole = read(Some(&logs), "worker.log", Start::End).unwrap();
        assert_eq!((whole.text.as_str(), whole.offset), ("line", 0));
        for name in ["../secret", "/etc/passwd", "", "a/b", ".."] {
            assert!(read(Some(&logs), name, Start::End).is_err(), "{name:?}");
        }
    }
}
