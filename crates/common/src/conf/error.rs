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
    #[error("{name}: its value refers to itself: {} ({place})", cycle.join(" -> "))]
    CircularReference {
        /// The property whose value has the reference.
        name: String,
        /// Each name refers to the next; the last one is the first.
        cycle: Vec<String>,
        /// File and line, or where else it came from.
        place: String,
    },
    /// Replacing `${...}` leads to ever more references, or to a value of ever more bytes.
    #[error("{name}: replacing ${{{reference}}} does not come to an end ({place})")]
    EndlessReference {
        /// The property whose value has the reference.
        name: String,
        /// Where it was given up.
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
            | Self::CircularReference { name, place, .. }
            | Self::EndlessReference { name, place, .. } => {
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
            | Self::CircularReference { .. }
            | Self::EndlessReference { .. } => None,
        }
    }
}

impl ConfError {
    /// The name, as written, of the property that has no value because of its `${...}`.
    pub fn unresolved(&self) -> Option<&str> {
        match self {
            Self::UndefinedReference { name, .. }
            | Self::CircularReference { name, .. }
            | Self::EndlessReference { name, .. } => Some(name),
            Self::ReadFile { .. }
            | Self::Malformed { .. }
            | Self::BadValue { .. }
            | Self::Contradiction { .. } => None,
        }
    }
}
