//! What can go wrong with a journal, as facts.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use alluxio_common::{BoxedError, Describe, ErrorCode, Fact, Hint, SequenceNumber};

/// The property that names the journal folder, for hints.
const FOLDER_PROPERTY: &str = "alluxio.master.journal.folder";

/// How bytes on disk differ from what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DamageKind {
    /// The first bytes of the file are not those of a journal file.
    #[error("this is not a journal file")]
    NotAJournalFile,
    /// A newer program wrote it.
    #[error("it has format version {found}, and this program reads versions up to {supported}")]
    UnknownVersion {
        /// What stands in the file.
        found: u16,
        /// What is understood.
        supported: u16,
    },
    /// The header's checksum does not match.
    #[error("the header does not match its checksum")]
    HeaderChecksum,
    /// The header and the file's name contradict each other.
    #[error("the header does not agree with the file name")]
    NameMismatch,
    /// The file belongs to a journal that was formatted at another time.
    #[error("it belongs to another journal (formatted as {found}, not as {expected})")]
    ForeignFormat {
        /// The identity in the file.
        found: String,
        /// The identity of this journal.
        expected: String,
    },
    /// A frame's checksum or length is wrong.
    #[error("the entry {expected} does not match its checksum")]
    Frame {
        /// The number of the entry that should stand here.
        expected: SequenceNumber,
    },
    /// A whole frame, but not the next one.
    #[error("expected the entry {expected}, found the entry {found}")]
    OutOfSequence {
        /// The number of the entry that should stand here.
        expected: SequenceNumber,
        /// The number that stands here.
        found: SequenceNumber,
    },
    /// The file ends too early.
    #[error("the file ends before the entry {expected}")]
    MissingEntries {
        /// The number of the first missing entry.
        expected: SequenceNumber,
    },
    /// A checkpoint's footer is missing or wrong: it was never finished, or was cut.
    #[error("the footer is missing or does not match its checksum")]
    Footer,
    /// A checkpoint's chunk is wrong.
    #[error("chunk {index} of section \"{section}\" does not match its checksum")]
    Chunk {
        /// The section's name.
        section: String,
        /// The chunk's place in the section, from zero.
        index: u32,
    },
}

/// Why the journal did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The folder holds no journal.
    #[error(
        "Journal {folder} has not been formatted! Run \"alluxio formatMasters\" once to create it."
    )]
    NotFormatted {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process owns the folder.
    #[error(
        "The journal in {folder} is in use by {owner}. Stop that process first, or give this one \
         another folder."
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// What the owner wrote about itself: process and host.
        owner: String,
    },
    /// Bytes on disk are wrong. Nothing was skipped.
    #[error("The journal is damaged: {file} at byte {offset}: {kind}.")]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where in the file.
        offset: u64,
        /// In what way.
        kind: DamageKind,
    },
    /// Entries are missing between two files.
    #[error(
        "The journal has a gap: the entries from {expected} to before {found} are in no file; \
         {file} starts at {found}."
    )]
    Gap {
        /// The first missing entry.
        expected: SequenceNumber,
        /// The first entry that is there again.
        found: SequenceNumber,
        /// The file that starts with it.
        file: PathBuf,
    },
    /// There is no readable checkpoint for the start of the log.
    #[error(
        "The journal cannot be loaded: {checkpoints} holds no readable checkpoint, and the log \
         starts only at the entry {log_start}, with {file}."
    )]
    NoUsableCheckpoint {
        /// The folder of the checkpoints.
        checkpoints: PathBuf,
        /// Where the log starts.
        log_start: SequenceNumber,
        /// The file with which it starts.
        file: PathBuf,
    },
    /// There is no log at all, which even a new journal has.
    #[error(
        "The journal cannot be loaded: {logs} holds no log, and even a new journal has one. Put the \
         files back, or run \"alluxio formatMasters\" if nothing is to be kept."
    )]
    LogMissing {
        /// The folder of the logs.
        logs: PathBuf,
    },
    /// The state did not understand what the journal holds.
    #[error(
        "The journal entry {sequence_number} in {file} at byte {offset} is not understood: {reason}"
    )]
    NotUnderstood {
        /// The entry.
        sequence_number: SequenceNumber,
        /// Its file.
        file: PathBuf,
        /// Its place in the file.
        offset: u64,
        /// What the state says.
        reason: BoxedError,
    },
    /// The state did not understand a checkpoint whose bytes are whole.
    #[error("The checkpoint {file} is not understood: {reason}")]
    CheckpointNotUnderstood {
        /// The checkpoint.
        file: PathBuf,
        /// What the state says.
        reason: BoxedError,
    },
    /// A call to the operating system failed.
    #[error("Cannot {operation} {file}: {source}")]
    Io {
        /// A verb: `read`, `write`, `sync`, `rename`.
        operation: &'static str,
        /// The file or folder.
        file: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The disk does not take writes at the moment. New changes are refused until it does; what was
    /// appended before is kept in memory and retried.
    #[error("The journal cannot be written at the moment: {reason}")]
    Unavailable {
        /// The last failure, as a sentence.
        reason: String,
    },
    /// The disk does not take an entry that was appended. It is kept in memory and tried again: it may
    /// still become durable.
    #[error(
        "The change is not on the journal's disk yet, and is lost if the master stops before the disk \
         takes it: {reason}"
    )]
    NotDurable {
        /// The last failure, as a sentence.
        reason: String,
    },
    /// An entry did not become durable in time. It is kept and retried: it may still happen.
    #[error("The journal did not become durable within {} ms", timeout.as_millis())]
    FlushTimeout {
        /// How long was waited.
        timeout: Duration,
    },
    /// The entry is larger than a frame may be. Nothing was appended.
    #[error("A journal entry of {length} bytes exceeds the limit of {limit} bytes")]
    EntryTooLarge {
        /// The entry's length in bytes.
        length: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The journal is closed or closing.
    #[error("The journal is closed")]
    Closed,
    /// A checkpoint is being written already.
    #[error("A checkpoint is being written already")]
    CheckpointRunning,
}

impl JournalError {
    /// Shorthand for a failed call to the system: `map_err(JournalError::io("read", &path))`.
    pub(crate) fn io(
        operation: &'static str,
        file: &std::path::Path,
    ) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io {
            operation,
            file,
            source,
        }
    }

    /// Wrong bytes in `file`.
    pub(crate) fn damaged(file: &std::path::Path, offset: u64, kind: DamageKind) -> Self {
        Self::Damaged {
            file: file.to_owned(),
            offset,
            kind,
        }
    }
}

impl Describe for JournalError {
    fn code(&self) -> ErrorCode {
        match self {
            // Refused before anything was appended: no client repeats that for minutes without a word.
            Self::NotFormatted { .. } | Self::InUse { .. } | Self::Unavailable { .. } => {
                ErrorCode::FailedPrecondition
            }
            Self::Damaged { .. }
            | Self::Gap { .. }
            | Self::NoUsableCheckpoint { .. }
            | Self::LogMissing { .. }
            | Self::NotUnderstood { .. }
            | Self::CheckpointNotUnderstood { .. } => ErrorCode::DataCorrupt,
            Self::Io { .. } | Self::NotDurable { .. } | Self::FlushTimeout { .. } => {
                ErrorCode::JournalUnavailable
            }
            Self::EntryTooLarge { .. } => ErrorCode::InvalidArgument,
            Self::Closed => ErrorCode::Unavailable,
            Self::CheckpointRunning => ErrorCode::Busy,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        let text = |path: &PathBuf| path.display().to_string();
        match self {
            Self::NotFormatted { folder } | Self::LogMissing { logs: folder } => {
                vec![("folder", text(folder))]
            }
            Self::NoUsableCheckpoint {
                checkpoints,
                log_start,
                file,
            } => vec![
                ("folder", text(checkpoints)),
                ("file", text(file)),
                ("sequence_number", log_start.to_string()),
            ],
            Self::InUse { folder, owner } => {
                vec![("folder", text(folder)), ("owner", owner.clone())]
            }
            Self::Damaged { file, offset, .. } => {
                vec![("file", text(file)), ("offset", offset.to_string())]
            }
            Self::NotUnderstood {
                file,
                offset,
                sequence_number,
                ..
            } => vec![
                ("file", text(file)),
                ("offset", offset.to_string()),
                ("sequence_number", sequence_number.to_string()),
            ],
            Self::Gap { file, expected, .. } => vec![
                ("file", text(file)),
                ("sequence_number", expected.to_string()),
            ],
            Self::Io { file, .. } | Self::CheckpointNotUnderstood { file, .. } => {
                vec![("file", text(file))]
            }
            Self::EntryTooLarge { length, limit } => {
                vec![("length", length.to_string()), ("limit", limit.to_string())]
            }
            Self::Unavailable { .. }
            | Self::NotDurable { .. }
            | Self::FlushTimeout { .. }
            | Self::Closed
            | Self::CheckpointRunning => Vec::new(),
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::NotFormatted { .. } => Some(Hint::RunCommand("alluxio formatMasters".to_owned())),
            Self::InUse { .. }
            | Self::LogMissing { .. }
            | Self::Io { .. }
            | Self::Unavailable { .. }
            | Self::NotDurable { .. }
            | Self::FlushTimeout { .. } => Some(Hint::CheckProperty(FOLDER_PROPERTY)),
            Self::Damaged { .. }
            | Self::Gap { .. }
            | Self::NoUsableCheckpoint { .. }
            | Self::NotUnderstood { .. } => {
                Some(Hint::RunCommand("alluxio readJournal".to_owned()))
            }
            Self::CheckpointNotUnderstood { .. }
            | Self::EntryTooLarge { .. }
            | Self::Closed
            | Self::CheckpointRunning => None,
        }
    }
}
