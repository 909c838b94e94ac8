//! [`LogSettings`]: what `conf/log.properties` says.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use tracing::level_filters::LevelFilter;

use super::levels::parse_level;
use super::rolling_file::RollingLimits;
use crate::ByteSize;
use crate::conf::properties_file;

/// The name of the file in the configuration folder.
pub const LOG_SETTINGS_FILE: &str = "log.properties";

/// Levels and sizes at start; `logLevel` changes levels later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The level of loggers without one of their own.
    pub root: LevelFilter,
    /// Levels by logger.
    pub loggers: BTreeMap<String, LevelFilter>,
    /// When a file is full, and how many are kept.
    pub limits: RollingLimits,
}

/// A file of log settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogSettingsError {
    /// It is there but cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line makes no sense.
    #[error("{}, line {line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u32,
        /// What is wrong with it.
        reason: String,
    },
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            root: LevelFilter::INFO,
            loggers: BTreeMap::new(),
            limits: RollingLimits::default(),
        }
    }
}

impl LogSettings {
    /// Reads `log.properties` in a folder; without one everything is as usual.
    ///
    /// # Errors
    /// When the file cannot be read or a line makes no sense.
    pub fn load(folder: &Path) -> Result<Self, LogSettingsError> {
        let path = folder.join(LOG_SETTINGS_FILE);
        match std::fs::read(&path) {
            Ok(bytes) => Self::parse(&bytes).map_err(|(line, reason)| LogSettingsError::Line {
                path,
                line,
                reason,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(LogSettingsError::Read { path, source }),
        }
    }

    fn parse(bytes: &[u8]) -> Result<Self, (u32, String)> {
        let mut settings = Self::default();
        let lines = properties_file::parse(bytes)
            .map_err(|malformed| (malformed.line, malformed.reason.to_owned()))?;
        for line in lines {
            settings
                .set(&line.name, line.value.trim())
                .map_err(|reason| (line.number, reason))?;
        }
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let level = || {
            parse_level(value).ok_or_else(|| {
                format!("{value} is not one of OFF, ERROR, WARN, INFO, DEBUG, TRACE")
            })
        };
        match name {
            "rootLogger" => self.root = level()?,
            "file.size" => {
                let size = ByteSize::parse(value).map_err(|error| error.to_string())?;
                self.limits.file_bytes = size.bytes();
            }
            "file.backups" => {
                self.limits.backups = value
                    .parse()
                    .map_err(|_not_a_number| format!("{value} is not a number of files"))?;
            }
            _ => match name.strip_prefix("logger.") {
                Some(logger) => {
                    self.loggers.insert(logger.to_owned(), level()?);
                }
                None => {
                    return Err(format!(
                        "{name} is not one of rootLogger, logger.<name>, file.size, file.backups"
                    ));
                }
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_means_the_usual_settings() {
        let folder = tempfile::tempdir().unwrap();
        let settings = LogSettings::load(folder.path()).unwrap();
        assert_eq!(settings, LogSettings::default());
    }

    #[test]
    fn every_setting_is_read() {
        let text = "rootLogger=warn\nlogger.alluxio.master=DEBUG\nfile.size=1MB\nfile.backups=3\n";
        let settings = LogSettings::parse(text.as_bytes()).unwrap();
        assert_eq!(settings.root, LevelFilter::WARN);
        assert_eq!(settings.loggers["alluxio.master"], LevelFilter::DEBUG);
        assert_eq!(settings.limits.file_bytes, 1 << 20);
        assert_eq!(settings.limits.backups, 3);
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        for text in ["rootLogger=LOUD", "file.size=big", "file.backups=-1", "x=y"] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join(LOG_SETTINGS_FILE);
            std::fs::write(file, format!("# c\n{text}\n")).unwrap();
            let error = LogSettings::load(folder.path()).unwrap_err();
            assert!(error.to_string().contains("line 2"), "{error}");
        }
    }
}
