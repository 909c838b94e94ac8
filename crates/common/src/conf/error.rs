//! Everything that can be wrong with a configuration.

use std::io;
use std::path::PathBuf;

use crate::{Describe, ErrorCode, Fact, Hint};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfError {
    /// The site file is there but cannot be read.
    #[error("cannot read {}", path.display())]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no properties file.
    #[error("{}, line {line}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line where the problem begins.
        line: u32,
        /// What is wrong.
        reason: &'static str,
    },
    /// A value that its property cannot have.
    #[error("{name}: \"{value}\" is not {expected} ({place})")]
    BadValue {
        /// The property, as it was written.
        name: String,
        /// The value; stars for a secret.
        value: String,
        /// What would be right.
        expected: String,
        /// File and line, or where else it came from.
        place: String,
    },
    /// `${...}` names something that has no value.
    #[error("{name}: there is no value for ${{{reference}}} ({place})")]
    UndefinedReference {
        /// The property whose value has the reference.
        name: String,
        /// What it refers to.
        reference: String,
        /// File and line, or where else it came from.
        place: String,
    },
    /// `${...}` leads back to itself.
    #[error("{name}: the reference to ${{{reference}}} leads in a circle ({place})")]
    CircularReference {
        /// The property whose value has the reference.
        name: String,
        /// The name that is met twice.
        reference: String,
        /// File and line, or where else it came from.
        place: String,
    },
    /// Values that are right alone but not together.
    #[error("{message}")]
    Contradiction {
        /// The property to look at.
        name: &'static str,
        /// What does not fit.
        message: String,
    },
}

impl Describe for ConfError {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidArgument
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::ReadFile { path, .. } => vec![("file", path.display().to_string())],
            Self::Malformed { path, line, .. } => {
                vec![
                    ("file", path.display().to_string()),
                    ("line", line.to_string()),
                ]
            }
            Self::BadValue { name, place, .. }
            | Self::UndefinedReference { name, place, .. }
            | Self::CircularReference { name, place, .. } => {
                vec![("property", name.clone()), ("in", place.clone())]
            }
            Self::Contradiction { name, .. } => vec![("property", (*name).to_owned())],
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Contradiction { name, .. } => Some(Hint::CheckProperty(name)),
            Self::ReadFile { .. }
            | Self::Malformed { .. }
            | Self::BadValue { .. }
            | Self::UndefinedReference { .. }
            | Self::CircularReference { .. } => None,
        }
    }
}
